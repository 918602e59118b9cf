package tmf

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"itms"
)

// MaxItems bounds the items of an order, as the domain does: a home has a few services.
const MaxItems = 50

// reader reads the documents of one sender.
type reader struct {
	words  *words
	source string // who sends
	strict bool
}

// orderRead is an order as read.
type orderRead struct {
	request itms.ServiceOrderRequest
	where   []map[string]string // of each item: field of the work order -> path
}

// order reads a new order.
func (rd *reader) order(doc object) (*orderRead, error) {
	if err := rd.shape("ServiceOrder_Create", doc); err != nil {
		return nil, err
	}
	for _, name := range notCreatable {
		delete(doc, name)
	}
	out := &orderRead{request: itms.ServiceOrderRequest{Source: rd.source, ExternalID: text(doc["externalId"]), Lenient: !rd.strict}}
	list := things(doc["serviceOrderItem"])
	if len(list) == 0 {
		return nil, wrongFields([]itms.FieldError{{Pointer: "serviceOrderItem", Text: "expected at least one item"}})
	}
	if len(list) > MaxItems {
		return nil, wrongFields([]itms.FieldError{{Pointer: "serviceOrderItem", Text: fmt.Sprintf("more than %d items", MaxItems)}})
	}
	rd.nameServices(out.request.ExternalID, list)
	if err := rd.items(doc, out); err != nil {
		return nil, err
	}
	out.request.RequestedStart, out.request.RequestedCompletion = timeOf(doc, "requestedStartDate"), timeOf(doc, "requestedCompletionDate")
	raw, err := stored(doc)
	out.request.Document = raw
	return out, err
}

// notCreatable are the attributes that this system sets: a strict sender may not give
// them, those of a lenient one are dropped.
var notCreatable = []string{"id", "href", "state", "orderDate", "startDate", "completionDate", "expectedCompletionDate", "errorMessage", "jeopardyAlert", "milestone"}

// shape brings a document into the standard's shape, or says why it is not.
func (rd *reader) shape(resource string, doc object) error {
	if !rd.strict {
		normalizer{orderingBook()}.document(resource, doc)
	}
	return wrongFields(orderingBook().inspect(resource, doc, rd.strict))
}

// wrongFields is the error of wrong places, nil when there are none.
func wrongFields(fields []itms.FieldError) error {
	if len(fields) == 0 {
		return nil
	}
	return &itms.Error{Kind: itms.KindInvalid, Code: itms.CodeInvalid, Text: fmt.Sprintf("the document has %d wrong place(s)", len(fields)), Fields: fields}
}

// items reads every item.
func (rd *reader) items(doc object, out *orderRead) error {
	var fields []itms.FieldError
	seen := map[string]bool{}
	for i, item := range things(doc["serviceOrderItem"]) {
		in := rd.itemReader(i)
		read := in.read(doc, item)
		if seen[read.ID] {
			in.wrong(in.at+".id", "another item has it")
		}
		seen[read.ID] = true
		fields = append(fields, in.fields...)
		out.request.Items, out.where = append(out.request.Items, read), append(out.where, in.where)
	}
	return wrongFields(fields)
}

// itemReader reads the item at an index.
func (rd *reader) itemReader(i int) *itemReader {
	in := &itemReader{words: rd.words, at: "serviceOrderItem[" + strconv.Itoa(i) + "]", where: map[string]string{}}
	in.want.Source = rd.source
	return in
}

// nameServices gives an id to services that items add without one. It follows from the
// sender's number of the order, so that a repeat means the same service.
func (rd *reader) nameServices(externalID string, items []object) {
	for _, item := range items {
		service, ok := item["service"].(object)
		if !ok || text(item["action"]) != string(itms.ActionAdd) || text(service["id"]) != "" {
			continue
		}
		seed := rand.Text()
		if externalID != "" {
			seed = strings.Join([]string{rd.source, externalID, text(item["id"])}, "\x00")
		}
		sum := sha256.Sum256([]byte(seed))
		service["id"] = "svc-" + hex.EncodeToString(sum[:])[:serviceIDLength]
	}
}

// serviceIDLength is how many hexadecimal digits a made service id has: 64 bits, so that
// no two of a million are alike.
const serviceIDLength = 16

// timeOf reads a time of a document that was inspected.
func timeOf(doc object, name string) time.Time {
	t, _ := readTime(text(doc[name]))
	return t
}

// stored is a document as it is kept: without secrets.
func stored(doc object) (json.RawMessage, error) {
	kept := clone(doc).(object)
	forget(kept)
	raw, err := json.Marshal(kept)
	if err != nil {
		return nil, fmt.Errorf("write a document: %w", err)
	}
	return raw, nil
}

// told translates the domain's pointers, "/items/0/service/account", into paths of the
// document that was sent.
func (o *orderRead) told(err error) error {
	return retold(err, func(pointer string) string { return pathOf(pointer, o.where) })
}

// usualPlaces are where a sender would write what it left out, by the beginning of a field.
var usualPlaces = []struct{ pointer, path string }{
	{"/id", "id"}, {"/action", "action"}, {"/service/id", "service.id"}, {"/service/type", "service.serviceType"},
	{"/device", "service.supportingResource"}, {"/oldDevice", "service.supportingResource[role=old]"},
	{"/subscriber/id", "service.relatedParty[role=customer].id"}, {"/subscriber/name", "service.relatedParty[role=customer].name"},
	{"/line/area", "service.place"}, {"/line", "service.place"},
	{"/state", "service.state"}, {"/after", "serviceOrderItemRelationship"}, {"/dueBy", "requestedCompletionDate"},
}

// pathOf is the path of a pointer.
func pathOf(pointer string, where []map[string]string) string {
	rest, ok := strings.CutPrefix(pointer, "/items/")
	number, field, _ := strings.Cut(rest, "/")
	i, err := strconv.Atoi(number)
	if !ok || err != nil || i < 0 {
		return strings.ReplaceAll(strings.TrimPrefix(pointer, "/"), "/", ".")
	}
	field = strings.TrimPrefix("/"+field, "/want")
	at := "serviceOrderItem[" + strconv.Itoa(i) + "]"
	if i < len(where) {
		if path, known := where[i][field]; known {
			return path
		}
	}
	for _, u := range usualPlaces {
		if field == u.pointer || strings.HasPrefix(field, u.pointer+"/") {
			return join(at, u.path)
		}
	}
	for _, d := range documentedSlots {
		if d.slot.pointer == field {
			return join(at, "service.serviceCharacteristic[name="+d.names[0]+"]")
		}
	}
	return strings.TrimSuffix(at+strings.ReplaceAll(field, "/", "."), ".")
}

// retold returns an error whose fields have other names.
func retold(err error, name func(string) string) error {
	e, ok := asDomain(err)
	if !ok || len(e.Fields) == 0 {
		return err
	}
	out := *e
	out.Fields = slices.Clone(e.Fields)
	for i := range out.Fields {
		out.Fields[i].Pointer = name(out.Fields[i].Pointer)
	}
	return &out
}

// pointerToken writes one token of a JSON pointer (RFC 6901 §3).
func pointerToken(name string) string {
	return strings.NewReplacer("~", "~0", "/", "~1").Replace(name)
}
