package tmf

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"itms"
)

// lenientReader and strictReader read as one sender each.
func lenientReader() *reader { return &reader{words: newWords(nil), source: "crm"} }
func strictReader() *reader {
	return &reader{words: newWords(nil), source: "crm", strict: true}
}

// mustParse reads a document.
func mustParse(t *testing.T, text string) object {
	t.Helper()
	doc, err := parseDocument([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// readOrder reads an order that is right.
func readOrder(t *testing.T, rd *reader, text string) *orderRead {
	t.Helper()
	read, err := rd.order(mustParse(t, text))
	if err != nil {
		t.Fatalf("the order is refused: %v", err)
	}
	return read
}

const strictOrder = `{"@type":"ServiceOrder","externalId":"SO-1","priority":"1","serviceOrderItem":[{"id":"1","action":"add",
 "service":{"@type":"Service","id":"U1-1","serviceType":"iptv","state":"active",
  "relatedParty":[{"@type":"RelatedParty","@referredType":"Customer","role":"customer","id":"U1","name":"Example Customer"}],
  "place":[{"role":"installationAddress","id":"510100","@type":"PlaceRef"}],
  "supportingResource":[{"id":"00:00:5E:00:53:01","@referredType":"PhysicalResource"}],
  "serviceCharacteristic":[{"name":"account","value":"iptv1"},{"name":"password","value":"pw-of-u1"},{"name":"vlan","value":100},{"name":"colour","value":{"value":"blue"}}]}}]}`

func TestAStrictOrderIsMapped(t *testing.T) {
	read := readOrder(t, strictReader(), strictOrder)
	got := read.request.Items[0]
	want := itms.OrderRequest{Source: "crm", Mode: itms.ModeSelf,
		Subscriber: itms.Subscriber{ID: "U1", Name: "Example Customer"},
		Service:    itms.ServiceSpec{ID: "U1-1", Type: itms.ServiceIPTV, Account: "iptv1", Password: itms.NewSecret("pw-of-u1")},
		Device:     itms.ClaimText{MAC: "00:00:5E:00:53:01"}, Line: itms.Line{Area: "510100", VLAN: 100},
		Attributes: map[string]string{"colour": "blue"}}
	if got.ID != "1" || got.Action != itms.ActionAdd || got.State != itms.ServiceActive || !reflect.DeepEqual(got.Want, want) {
		t.Errorf("read %+v, want %+v", got, want)
	}
	if read.request.ExternalID != "SO-1" || read.request.Lenient {
		t.Errorf("the order is %+v", read.request)
	}
	if doc := string(read.request.Document); strings.Contains(doc, "pw-of-u1") || !strings.Contains(doc, mask) {
		t.Errorf("the stored document is %s", doc)
	}
}

func TestStrictRefusesWhatTheStandardDoesNotKnow(t *testing.T) {
	doc := mustParse(t, strictOrder)
	doc["id"], doc["state"], doc["colour"] = "x", "acknowledged", "blue"
	item := things(doc["serviceOrderItem"])[0]
	item["action"] = "change"
	delete(item["service"].(object)["relatedParty"].([]any)[0].(object), "@referredType")
	_, err := strictReader().order(doc)
	var e *itms.Error
	if !errors.As(err, &e) {
		t.Fatalf("got %v", err)
	}
	var places []string
	for _, f := range e.Fields {
		places = append(places, f.Pointer)
	}
	want := "colour id serviceOrderItem[0].action serviceOrderItem[0].service.relatedParty[0].@referredType state"
	if got := strings.Join(places, " "); got != want {
		t.Errorf("wrong are %s, want %s", got, want)
	}
}

const legacyOrder = `{"externalID":4711,"priority":2,"note":"call first","orderItem":{"action":"CHANGE","mood":"good","service":{"id":"U1-1","state":"SUSPENDED",
  "relatedParty":{"role":"USER","name":"Example"},"characteristic":{"Down_Kbps":"100000"},
  "supportingResource":[{"role":"previous","@type":"MAC","id":"0000.5e00.5301"},{"resourceCharacteristic":[{"name":"STB-ID","value":"0010010099000000100100005E005302"}]}]}},
  "requestedCompletionDate":"2026-12-01T08:00:00"}`

func TestALenientOrderIsPutRight(t *testing.T) {
	read := readOrder(t, lenientReader(), legacyOrder)
	got := read.request.Items[0]
	want := itms.OrderRequest{Source: "crm", Mode: itms.ModeSelf, Subscriber: itms.Subscriber{ID: "Example", Name: "Example"},
		Service: itms.ServiceSpec{ID: "U1-1", Access: itms.AccessSpec{DownKbps: 100000}},
		Device:  itms.ClaimText{STBID: "0010010099000000100100005E005302"}, OldDevice: itms.ClaimText{MAC: "0000.5e00.5301"}}
	if got.ID != "1" || got.Action != itms.ActionModify || got.State != itms.ServiceSuspended || !reflect.DeepEqual(got.Want, want) {
		t.Errorf("read %+v, want %+v", got, want)
	}
	doc, err := decodeStored(read.request.Document)
	if err != nil {
		t.Fatal(err)
	}
	if wrong := orderingBook().inspect("ServiceOrder", doc, false); len(wrong) > 0 {
		t.Errorf("what is kept is not in the standard's shape: %v", wrong)
	}
	if item := things(doc["serviceOrderItem"])[0]; item["mood"] != "good" || doc["externalId"] != "4711" || item["action"] != "modify" {
		t.Errorf("kept %v", doc)
	}
	if read.request.RequestedCompletion.IsZero() || !read.request.Lenient {
		t.Errorf("the order is %+v", read.request)
	}
}

func TestFlatCharacteristicsAreTaken(t *testing.T) {
	read := readOrder(t, lenientReader(), `{"serviceOrderItem":[{"action":"add","service":{"name":"IPTV 4K","account":"a1","password":"pw-flat","MAC_ADDRESS":"00005E005301",
	  "subscriberId":"U1","area":510100}}]}`)
	got := read.request.Items[0].Want
	if got.Service.Type != itms.ServiceIPTV || got.Service.Account != "a1" || got.Service.Password.Reveal() != "pw-flat" ||
		got.Device.MAC != "00005E005301" || got.Subscriber.ID != "U1" || got.Line.Area != "510100" || got.Service.ID == "" {
		t.Errorf("read %+v", got)
	}
	if strings.Contains(string(read.request.Document), "pw-flat") {
		t.Errorf("kept %s", read.request.Document)
	}
}

func TestAServiceWithoutIDIsTheSameWhenRepeated(t *testing.T) {
	const order = `{"externalId":%q,"serviceOrderItem":[{"id":"1","action":"add","service":{"serviceType":"iptv"}}]}`
	id := func(number string) itms.ServiceID {
		return readOrder(t, lenientReader(), strings.Replace(order, "%q", `"`+number+`"`, 1)).request.Items[0].Want.Service.ID
	}
	first, again, other := id("A"), id("A"), id("B")
	if unnumbered, more := id(""), id(""); first != again || first == other || unnumbered == more {
		t.Errorf("ids are %s %s %s %s %s", first, again, other, unnumbered, more)
	}
}

func TestWhoFitsTheDevice(t *testing.T) {
	for body, want := range map[string]itms.OrderMode{
		`"action":"add","service":{}`:                                         itms.ModeTechnician,
		`"action":"add","service":{"mac":"00005E005301"}`:                     itms.ModeSelf,
		`"action":"add","service":{"mac":"00005E005301","mode":"Technician"}`: itms.ModeTechnician,
		`"action":"add","service":{"loid":"L1"}`:                              itms.ModeSelf,
		`"action":"modify","service":{"oldMac":"00005E005301"}`:               itms.ModeTechnician,
		`"action":"modify","service":{"package":"P"}`:                         itms.ModeSelf,
		`"action":"modify","service":{"oldMac":"00005E005301","serial":"S1"}`: itms.ModeSelf,
	} {
		read := readOrder(t, lenientReader(), `{"serviceOrderItem":[{`+body+`}]}`)
		if got := read.request.Items[0].Want.Mode; got != want {
			t.Errorf("%s: mode %s, want %s", body, got, want)
		}
	}
}

// TestDevicesByTheirIDs: what names a device tells what it is by its looks, or says so.
func TestDevicesByTheirIDs(t *testing.T) {
	for resource, want := range map[string]itms.ClaimText{
		`{"id":"00-00-5e-00-53-01"}`:                     {MAC: "00-00-5e-00-53-01"},
		`{"id":"0010010099000000100100005E005302"}`:      {STBID: "0010010099000000100100005E005302"},
		`{"id":"00005E-STB-SIM1"}`:                       {Serial: "SIM1"},
		`{"id":"AB-12-34"}`:                              {Serial: "AB-12-34"},
		`{"id":"00005E005301","@referredType":"serial"}`: {Serial: "00005E005301"},
		`{"@type":"MAC","id":"x"}`:                       {MAC: "x"},
		`{"resourceCharacteristic":[{"name":"mac","value":"00005E005301"},{"name":"model","value":"M"}]}`: {MAC: "00005E005301", Model: "M"},
	} {
		read := readOrder(t, lenientReader(), `{"serviceOrderItem":[{"action":"add","service":{"supportingResource":`+resource+`}}]}`)
		if got := read.request.Items[0].Want.Device; got != want {
			t.Errorf("%s is %+v, want %+v", resource, got, want)
		}
	}
}

func TestRelationsOrderItems(t *testing.T) {
	read := readOrder(t, lenientReader(), `{"serviceOrderItem":[{"id":"1","action":"add","service":{}},
	 {"id":"2","action":"add","service":{},"serviceOrderItemRelationship":[{"relationshipType":"DependsOn","orderItem":{"itemId":"1"}},{"relationshipType":"bundles","orderItem":{"itemId":"9"}}]}]}`)
	if got := read.request.Items[1].After; !reflect.DeepEqual(got, []string{"1"}) {
		t.Errorf("after %v", got)
	}
}

func TestWhatItemsCannotHaveIsRefused(t *testing.T) {
	for body, place := range map[string]string{
		`"id":"1","quantity":2,"action":"add","service":{}`:                                       "serviceOrderItem[0].quantity",
		`"id":"1","action":"add","service":{},"serviceOrderItem":[{"action":"add","service":{}}]`: "serviceOrderItem[0].serviceOrderItem[0].id",
		`"id":"1","action":"add","service":{"vlan":"many"}`:                                       "serviceOrderItem[0].service.serviceCharacteristic[name=vlan]",
		`"id":"1","action":"dance","service":{}`:                                                  "serviceOrderItem[0].action",
		`"id":"1","action":"add","service":{"serviceType":"tea"}`:                                 "serviceOrderItem[0].service.serviceType",
	} {
		_, err := lenientReader().order(mustParse(t, `{"serviceOrderItem":[{`+body+`}]}`))
		e, ok := asDomain(err)
		if !ok || len(e.Fields) == 0 || e.Fields[0].Pointer != place {
			t.Errorf("%s: %v, want something at %s", body, err, place)
		}
	}
}

func TestTheDomainsPointersBecomePaths(t *testing.T) {
	read := readOrder(t, lenientReader(), legacyOrder)
	for pointer, want := range map[string]string{
		"/items/0/service/account":         "serviceOrderItem[0].service.serviceCharacteristic[name=account]",
		"/items/0/service/access/downKbps": "serviceOrderItem[0].service.serviceCharacteristic[name=Down_Kbps]",
		"/items/0/oldDevice/mac":           "serviceOrderItem[0].service.supportingResource.id",
		"/items/0/subscriber/id":           "relatedParty",
		"/items/0/after/0":                 "serviceOrderItem[0].serviceOrderItemRelationship",
		"/items/0/line":                    "serviceOrderItem[0].service.place",
		"/items/0":                         "serviceOrderItem[0]",
		"/externalId":                      "externalId",
	} {
		got := pathOf(pointer, read.where)
		if want == "relatedParty" {
			want = "serviceOrderItem[0].service.relatedParty[role=USER].id"
		}
		if got != want {
			t.Errorf("%s is %s, want %s", pointer, got, want)
		}
	}
}

func TestTheOperatorsWordsComeFirst(t *testing.T) {
	w := newWords(map[string]itms.ServiceType{"TV-Plus": itms.ServiceInternet})
	for word, want := range map[string]itms.ServiceType{"tv_plus": itms.ServiceInternet, "CFS-IPTV-4K": itms.ServiceIPTV, "Voice": itms.ServiceVoIP, "": "", "tea": ""} {
		if got := w.serviceType(word); got != want {
			t.Errorf("%q is %q, want %q", word, got, want)
		}
	}
}

// TestSecretsDoNotStay: however a password is written, what is kept does not hold it, nor
// an attribute that was made of more than text.
func TestSecretsDoNotStay(t *testing.T) {
	for _, service := range []string{
		`{"password":"hide-me"}`,
		`{"serviceCharacteristic":[{"name":"PPPoE-Password","value":"hide-me"}]}`,
		`{"serviceCharacteristic":[{"name":"password","Value":"hide-me"}]}`,
		`{"serviceCharacteristic":[{"name":"password","value":{"value":"hide-me"}}]}`,
		`{"serviceCharacteristic":[{"name":"password","value":["hide-me"]}]}`,
		`{"serviceCharacteristic":[{"name":"login","value":{"user":"u","userPassword":"hide-me"}}]}`,
		`{"serviceCharacteristic":{"wifi_passphrase":"hide-me"}}`,
		`{"extra":{"list":[{"key":"db.secret","val":"hide-me"}]}}`,
		`{"supportingResource":[{"id":"S1","resourceCharacteristic":[{"name":"loginPassword","value":"hide-me"}]}]}`,
	} {
		read := readOrder(t, lenientReader(), `{"serviceOrderItem":[{"action":"add","service":`+service+`}]}`)
		if doc := string(read.request.Document); strings.Contains(doc, "hide-me") {
			t.Errorf("%s stays as %s", service, doc)
		}
		if login := read.request.Items[0].Want.Attributes["login"]; strings.Contains(login, "hide-me") {
			t.Errorf("%s becomes the attribute %s", service, login)
		}
	}
}

// TestNamesThatOnlySoundSecretStay: what a thing is called hides nothing of it.
func TestNamesThatOnlySoundSecretStay(t *testing.T) {
	read := readOrder(t, lenientReader(), `{"serviceOrderItem":[{"action":"add","service":{"id":"U1-1","name":"Secret Garden TV","serviceType":"iptv"}}]}`)
	if doc := string(read.request.Document); !strings.Contains(doc, `"U1-1"`) || !strings.Contains(doc, `"iptv"`) || !strings.Contains(doc, "Secret Garden TV") {
		t.Errorf("kept %s", doc)
	}
}

// FuzzOrder: whatever is sent, reading does not fail otherwise than with wrong fields, and
// what is kept of a lenient order is in the standard's shape and without its passwords.
func FuzzOrder(f *testing.F) {
	for _, seed := range []string{strictOrder, legacyOrder, `{}`, `{"serviceOrderItem":[{"service":{"serviceCharacteristic":{"password":"pw"}}}]}`, `{"orderItem":[null,{"action":null}]}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		for _, rd := range []*reader{lenientReader(), strictReader()} {
			doc, err := parseDocument(body)
			if err != nil {
				if _, known := asDomain(err); !known {
					t.Fatalf("parse: %v", err)
				}
				return
			}
			read, err := rd.order(doc)
			if err != nil {
				if _, known := asDomain(err); !known {
					t.Fatalf("read: %v", err)
				}
				continue
			}
			kept, err := decodeStored(read.request.Document)
			if err != nil {
				t.Fatalf("kept: %v", err)
			}
			if wrong := orderingBook().inspect("ServiceOrder", kept, false); len(wrong) > 0 {
				t.Fatalf("kept in another shape: %v", wrong)
			}
		}
	})
}
