package itms

import "strings"

// TermType says what sort of name a Term is.
type TermType string

// What things can be found by.
const (
	TermMAC        TermType = "mac"        // 12 upper-case hex digits
	TermSTBID      TermType = "stbid"      // 32 upper-case hex digits
	TermSerial     TermType = "serial"     // serial number as reported
	TermIP         TermType = "ip"         // source address
	TermAccount    TermType = "account"    // service or access account
	TermOrder      TermType = "order"      // order number
	TermService    TermType = "service"    // service id, on orders
	TermSubscriber TermType = "subscriber" // subscriber id
	TermPhone      TermType = "phone"      // subscriber's phone, digits only
	TermName       TermType = "name"       // subscriber's name on services, as NameKey makes it
	TermMACTail    TermType = "mactail"    // last 6 digits of a MAC: what people compare
	TermBehind     TermType = "behind"     // MAC of a host that a gateway reports behind it
	TermLOID       TermType = "loid"       // logical id that is typed into a gateway
	TermLine       TermType = "line"       // node and port of a service, see Line.Key
	TermOpen       TermType = "open"       // service id, on orders that are not over
	TermHeld       TermType = "held"       // what a held order may be waiting for, see Held
)

// Term is an exact name by which the index finds things.
type Term struct {
	Type  TermType
	Value string
}

// Held is the term under which held orders are found that t names: an order's end
// lets those go on that waited for the same service, subscriber or device.
func (t Term) Held() Term { return Term{TermHeld, string(t.Type) + "/" + t.Value} }

// RefKind says which aggregate a Ref points into.
type RefKind string

// The aggregates in the index.
const (
	RefDevice  RefKind = "device"
	RefService RefKind = "service"
	RefBinding RefKind = "binding"
	RefOrder   RefKind = "order"
	RefStock   RefKind = "stock"
)

// NameKey brings a person's name to the form that names are compared in: case and the
// number of spaces do not matter.
func NameKey(name string) string { return strings.ToLower(strings.Join(strings.Fields(name), " ")) }

// Ref points to one indexed thing by its primary key.
type Ref struct {
	Kind RefKind
	ID   string
}

// compactTerms drops empty terms and those too long to be a key.
func compactTerms(terms ...Term) []Term {
	out := terms[:0]
	for _, t := range terms {
		if t.Value != "" && CheckKey("", t.Value) == nil {
			out = append(out, t)
		}
	}
	return out
}
