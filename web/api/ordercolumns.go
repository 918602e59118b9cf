package api

import (
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"itms"
)

// orderColumn is one column of the table of orders, of imports and of exports.
type orderColumn struct {
	name string                            // its member of the order document, with dots
	set  func(*orderRequest, string) error // nil = an import reads it over
	show func(*orderView) string           // nil = it is a secret
}

// text makes a column of a text.
func text(name string, at func(*orderRequest) *string, show func(*orderView) string) orderColumn {
	return orderColumn{name, func(d *orderRequest, s string) error { *at(d) = s; return nil }, show}
}

// number makes a column of a whole number.
func number[N int | int64](name string, at func(*orderRequest) *N, show func(*orderView) N) orderColumn {
	return orderColumn{name, func(d *orderRequest, s string) error {
		n, err := strconv.ParseInt(s, 10, 0)
		if err != nil {
			return errors.New("expected a whole number")
		}
		*at(d) = N(n)
		return nil
	}, func(v *orderView) string {
		if n := show(v); n != 0 {
			return strconv.FormatInt(int64(n), 10)
		}
		return ""
	}}
}

// secret makes a column of a password, which is taken and never shown.
func secret(name string, at func(*orderRequest) *password) orderColumn {
	return orderColumn{name, func(d *orderRequest, s string) error { at(d).Secret = itms.NewSecret(s); return nil }, nil}
}

// told makes a column of an export only.
func told(name string, show func(*orderView) string) orderColumn {
	return orderColumn{name, nil, show}
}

// access is the network access of an order as shown; none is an empty one.
func (v *orderView) access() accessView {
	if v.Service.Access == nil {
		return accessView{}
	}
	return *v.Service.Access
}

// claimed is how an order names a device; none is an empty one.
func claimed(c *claimDoc) claimDoc {
	if c == nil {
		return claimDoc{}
	}
	return *c
}

// orderColumns are the columns in the order of an export.
var orderColumns = slices.Concat([]orderColumn{
	text("orderNo", func(d *orderRequest) *string { return &d.OrderNo }, func(v *orderView) string { return v.OrderNo }),
	text("source", func(d *orderRequest) *string { return &d.Source }, func(v *orderView) string { return v.Source }),
	text("kind", func(d *orderRequest) *string { return (*string)(&d.Kind) }, func(v *orderView) string { return string(v.Kind) }),
	text("mode", func(d *orderRequest) *string { return (*string)(&d.Mode) }, func(v *orderView) string { return string(v.Mode) }),
	text("subscriber.id", func(d *orderRequest) *string { return &d.Subscriber.ID }, func(v *orderView) string { return v.Subscriber.ID }),
	text("subscriber.name", func(d *orderRequest) *string { return &d.Subscriber.Name }, func(v *orderView) string { return v.Subscriber.Name }),
	text("subscriber.phone", func(d *orderRequest) *string { return &d.Subscriber.Phone }, func(v *orderView) string { return v.Subscriber.Phone }),
	text("subscriber.address", func(d *orderRequest) *string { return &d.Subscriber.Address }, func(v *orderView) string { return v.Subscriber.Address }),
}, serviceColumns,
	claimColumns("device", func(d *orderRequest) *claimDoc { return &d.Device }, func(v *orderView) *claimDoc { return v.Device }),
	claimColumns("oldDevice", func(d *orderRequest) *claimDoc { return &d.OldDevice }, func(v *orderView) *claimDoc { return v.OldDevice }),
	placeColumns, stateColumns)

// serviceColumns are those of the service.
var serviceColumns = []orderColumn{
	text("service.id", func(d *orderRequest) *string { return &d.Service.ID }, func(v *orderView) string { return v.Service.ID }),
	text("service.type", func(d *orderRequest) *string { return (*string)(&d.Service.Type) }, func(v *orderView) string { return string(v.Service.Type) }),
	text("service.package", func(d *orderRequest) *string { return &d.Service.Package }, func(v *orderView) string { return v.Service.Package }),
	text("service.account", func(d *orderRequest) *string { return &d.Service.Account }, func(v *orderView) string { return v.Service.Account }),
	secret("service.password", func(d *orderRequest) *password { return &d.Service.Password }),
	text("service.authUrl", func(d *orderRequest) *string { return &d.Service.AuthURL }, func(v *orderView) string { return v.Service.AuthURL }),
	text("service.authUrlBackup", func(d *orderRequest) *string { return &d.Service.AuthURLBackup }, func(v *orderView) string { return v.Service.AuthURLBackup }),
	text("service.access.type", func(d *orderRequest) *string { return (*string)(&d.Service.Access.Type) }, func(v *orderView) string { return string(v.access().Type) }),
	text("service.access.account", func(d *orderRequest) *string { return &d.Service.Access.Account }, func(v *orderView) string { return v.access().Account }),
	secret("service.access.password", func(d *orderRequest) *password { return &d.Service.Access.Password }),
	number("service.access.downKbps", func(d *orderRequest) *int { return &d.Service.Access.DownKbps }, func(v *orderView) int { return v.access().DownKbps }),
	number("service.access.upKbps", func(d *orderRequest) *int { return &d.Service.Access.UpKbps }, func(v *orderView) int { return v.access().UpKbps }),
}

// claimColumns are those of a device that is named.
func claimColumns(name string, at func(*orderRequest) *claimDoc, show func(*orderView) *claimDoc) []orderColumn {
	return []orderColumn{
		text(name+".stbId", func(d *orderRequest) *string { return &at(d).STBID }, func(v *orderView) string { return claimed(show(v)).STBID }),
		text(name+".mac", func(d *orderRequest) *string { return &at(d).MAC }, func(v *orderView) string { return claimed(show(v)).MAC }),
		text(name+".serial", func(d *orderRequest) *string { return &at(d).Serial }, func(v *orderView) string { return claimed(show(v)).Serial }),
		text(name+".model", func(d *orderRequest) *string { return &at(d).Model }, func(v *orderView) string { return claimed(show(v)).Model }),
	}
}

// placeColumns are those of the line, and what stands at the end of a document.
var placeColumns = []orderColumn{
	text("line.area", func(d *orderRequest) *string { return &d.Line.Area }, func(v *orderView) string { return v.Line.Area }),
	text("line.node", func(d *orderRequest) *string { return &d.Line.Node }, func(v *orderView) string { return v.Line.Node }),
	text("line.port", func(d *orderRequest) *string { return &d.Line.Port }, func(v *orderView) string { return v.Line.Port }),
	number("line.vlan", func(d *orderRequest) *int { return &d.Line.VLAN }, func(v *orderView) int { return v.Line.VLAN }),
	text("registration.loid", func(d *orderRequest) *string { return &d.Registration.LOID }, func(v *orderView) string {
		if v.Registration == nil {
			return ""
		}
		return v.Registration.LOID
	}),
	secret("registration.password", func(d *orderRequest) *password { return &d.Registration.Password }),
	{"dueBy", setDueBy, func(v *orderView) string { return moment(v.DueBy) }},
	number("seq", func(d *orderRequest) *int64 { return &d.Seq }, func(v *orderView) int64 { return v.Seq }),
	text("callback", func(d *orderRequest) *string { return &d.Callback }, func(v *orderView) string { return v.Callback }),
	{"attributes", setAttributes, showAttributes},
}

// stateColumns tell what became of an order.
var stateColumns = []orderColumn{
	told("id", func(v *orderView) string { return v.ID }),
	told("state", func(v *orderView) string { return string(v.State) }),
	told("reason", func(v *orderView) string { return v.Reason }),
	told("trouble", func(v *orderView) string { return string(v.Trouble) }),
	told("deviceId", func(v *orderView) string { return v.DeviceID }),
	told("attempt", func(v *orderView) string { return strconv.Itoa(v.Attempt) }),
	told("createdAt", func(v *orderView) string { return moment(v.CreatedAt) }),
	told("updatedAt", func(v *orderView) string { return moment(v.UpdatedAt) }),
}

// exportOnly are the pointers to the members of an exported document that tell what became of
// an order.
var exportOnly = func() map[string]bool {
	all := map[string]bool{}
	for _, name := range []string{"group", "light", "final", "way", "confirmed", "touched", "restores", "history", "diagnosis"} {
		all["/"+name] = true
	}
	for _, c := range stateColumns {
		all["/"+c.name] = true
	}
	return all
}()

// moment writes a time, "" for none.
func moment(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339Nano)
}

// setDueBy reads a time.
func setDueBy(d *orderRequest, s string) (err error) {
	if d.DueBy, err = time.Parse(time.RFC3339, s); err != nil {
		return errors.New("expected a time as in RFC 3339, e.g. 2026-12-01T00:00:00Z")
	}
	return nil
}

// setAttributes reads a JSON object, as exports write it.
func setAttributes(d *orderRequest, s string) error {
	all := map[string]scalar{}
	if json.Unmarshal([]byte(s), &all) != nil {
		return errors.New(`expected a JSON object of texts, e.g. {"channel":"shop-7"}; or columns attributes.NAME`)
	}
	for name, v := range all {
		if v.set {
			d.attribute(name, v.text)
		}
	}
	return nil
}

// attribute sets one attribute.
func (b *orderRequest) attribute(name, text string) {
	if b.Attributes == nil {
		b.Attributes = map[string]scalar{}
	}
	b.Attributes[name] = scalar{text, true}
}

// showAttributes writes them as a JSON object, its members in the order of their names.
func showAttributes(v *orderView) string {
	if len(v.Attributes) == 0 {
		return ""
	}
	var b strings.Builder
	for i, name := range slices.Sorted(maps.Keys(v.Attributes)) {
		b.WriteString([]string{"{", ","}[min(i, 1)] + jsonText(name) + ":" + jsonText(v.Attributes[name]))
	}
	return b.String() + "}"
}

// jsonText writes a text as JSON.
func jsonText(s string) string {
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if enc.Encode(s) != nil {
		return `""` // a text can always be written
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// attributePrefix begins the name of a column that is one attribute.
const attributePrefix = "attributes."

// columnOf finds a column by its name in any case: nil, though known, when an import reads it
// over. attribute is the name of the attribute that it is.
func columnOf(name string) (c *orderColumn, attribute string, known bool) {
	if len(name) > len(attributePrefix) && strings.EqualFold(name[:len(attributePrefix)], attributePrefix) {
		return &orderColumn{name: name}, name[len(attributePrefix):], true
	}
	for i := range orderColumns {
		if c := &orderColumns[i]; strings.EqualFold(c.name, name) {
			if c.set == nil {
				return nil, "", true
			}
			return c, "", true
		}
	}
	return nil, "", false
}

// columnHelp lists the columns of an import.
func columnHelp() string {
	var names []string
	for _, c := range orderColumns {
		if c.set != nil {
			names = append(names, c.name)
		}
	}
	return strings.Join(names, ", ") + " (a JSON object), attributes.NAME"
}

// pointerOf is the JSON pointer of a column.
func pointerOf(column string) string { return "/" + strings.ReplaceAll(column, ".", "/") }

// columnAt is the column of a JSON pointer.
func columnAt(pointer string) string {
	return strings.NewReplacer("~1", "/", "~0", "~").Replace(strings.ReplaceAll(strings.TrimPrefix(pointer, "/"), "/", "."))
}
