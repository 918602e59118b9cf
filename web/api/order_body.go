package api

import (
	"encoding/json"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"itms"
)

// orderRequest is a work order as posted. It mirrors itms.OrderRequest with what
// the description needs; the types of passwords and attributes are stricter and
// laxer than a plain string.
type orderRequest struct {
	OrderNo    string         `json:"orderNo" doc:"The BSS's number; unique per source." maxLength:"128" example:"WO-1001"`
	Source     string         `json:"source,omitempty" doc:"Which system orders." example:"crm"`
	Kind       orderKind      `json:"kind" doc:"What is wanted."`
	Mode       orderMode      `json:"mode" doc:"Who fits the device: the customer, or a technician with an activation code."`
	Subscriber subscriberDoc  `json:"subscriber,omitzero" doc:"Whose service it is; a transfer names the new owner."`
	Service    serviceRequest `json:"service,omitzero" doc:"An install names all of it, other kinds what is to change; id, subscriber.id or oldDevice tells which service is meant."`
	Device     claimDoc       `json:"device,omitzero" doc:"The device to serve with; in self mode an install or swap needs one of stbId, mac and serial, or registration.loid."`
	OldDevice  claimDoc       `json:"oldDevice,omitzero" doc:"The device to be replaced."`
	Line       lineDoc        `json:"line,omitzero"`
	// Registration is what is typed into a gateway.
	Registration registrationRequest `json:"registration,omitzero" doc:"What a gateway's page is told, so that it is known by it."`
	DueBy        time.Time           `json:"dueBy,omitzero" doc:"When it should be done." example:"2026-12-01T00:00:00Z"`
	Seq          int64               `json:"seq,omitempty" doc:"Grows with each order of a service; tells late orders from new ones." example:"1"`
	Callback     string              `json:"callback,omitempty" doc:"Address that is told of each state." example:"https://bss.example.com/hook"`
	Attributes   map[string]scalar   `json:"attributes,omitempty" doc:"Free values for profiles and templates; numbers and booleans are kept as text."`
}

// subscriberDoc is who the service is for.
type subscriberDoc struct {
	ID      string `json:"id,omitempty" example:"U1001"`
	Name    string `json:"name,omitempty" example:"Example Customer"`
	Phone   string `json:"phone,omitempty" example:"555-0100"`
	Address string `json:"address,omitempty" example:"1 Example Street"`
}

// registrationRequest is a gateway's logical id as posted, with its password.
type registrationRequest struct {
	LOID     string   `json:"loid,omitempty" doc:"Logical id." example:"L1001"`
	Password password `json:"password,omitzero"`
}

// serviceRequest is the service as posted, with its secrets.
type serviceRequest struct {
	ID            string        `json:"id" doc:"The BSS's number of the service slot." example:"U1001-1"`
	Type          serviceType   `json:"type"`
	Package       string        `json:"package,omitempty" example:"IPTV-4K"`
	Account       string        `json:"account,omitempty" doc:"Required for iptv." example:"iptv1001"`
	Password      password      `json:"password,omitzero"`
	AuthURL       string        `json:"authUrl,omitempty" example:"http://iptv.example.com/auth"`
	AuthURLBackup string        `json:"authUrlBackup,omitempty" example:"http://iptv2.example.com/auth"`
	Access        accessRequest `json:"access,omitzero"`
}

// accessRequest is how the device gets onto the network.
type accessRequest struct {
	Type     accessType `json:"type,omitempty"`
	Account  string     `json:"account,omitempty" doc:"Required for pppoe." example:"pppoe1001"`
	Password password   `json:"password,omitzero"`
	DownKbps int        `json:"downKbps,omitempty" doc:"kbit/s, 0 = not limited here." example:"100000"`
	UpKbps   int        `json:"upKbps,omitempty" doc:"kbit/s, 0 = not limited here." example:"20000"`
}

// claimDoc is how an order names a device.
type claimDoc struct {
	STBID  string `json:"stbId,omitempty" doc:"32 hexadecimal digits; the last 12 are the MAC address."`
	MAC    string `json:"mac,omitempty" doc:"Any separator, either case." example:"00:00:5E:00:53:01"`
	Serial string `json:"serial,omitempty" example:"S1001"`
	Model  string `json:"model,omitempty" doc:"Informative." example:"STB-4K"`
}

// lineDoc is where the service is delivered.
type lineDoc struct {
	Area string `json:"area,omitempty" doc:"Administrative area code." example:"510100"`
	Node string `json:"node,omitempty"`
	Port string `json:"port,omitempty"`
	VLAN int    `json:"vlan,omitempty" doc:"0 = none, else 1 to 4094." example:"100"`
}

// password is a secret that goes in and never comes out.
type password struct{ itms.Secret }

// Schema describes it as write-only.
func (password) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeString, Format: "password", WriteOnly: true,
		Description: "Taken and never shown.", Examples: []any{"s3cret"}}
}

// scalar is a string, number or boolean, kept as the text it was written as.
type scalar struct {
	text string
	set  bool
}

// Schema describes the three types.
func (scalar) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{OneOf: []*huma.Schema{
		{Type: huma.TypeString}, {Type: huma.TypeNumber}, {Type: huma.TypeBoolean}}}
}

// MarshalJSON writes the text.
func (s scalar) MarshalJSON() ([]byte, error) { return json.Marshal(s.text) }

// UnmarshalJSON reads any of the three; null leaves the value unset.
func (s *scalar) UnmarshalJSON(b []byte) error {
	switch {
	case string(b) == "null":
		return nil
	case b[0] == '"':
		s.set = true
		return json.Unmarshal(b, &s.text)
	}
	s.text, s.set = string(b), true
	return nil
}

// request returns the domain's form.
func (b *orderRequest) request() itms.OrderRequest {
	return itms.OrderRequest{
		OrderNo: b.OrderNo, Source: b.Source, Kind: itms.OrderKind(b.Kind), Mode: itms.OrderMode(b.Mode),
		Subscriber: itms.Subscriber(b.Subscriber), Service: b.Service.spec(),
		Device: itms.ClaimText(b.Device), OldDevice: itms.ClaimText(b.OldDevice), Line: itms.Line(b.Line),
		DueBy: b.DueBy, Seq: b.Seq, Callback: b.Callback, Attributes: texts(b.Attributes),
		Registration: itms.Registration{LOID: b.Registration.LOID, Password: b.Registration.Password.Secret},
	}
}

// spec returns the service with its secrets.
func (b *serviceRequest) spec() itms.ServiceSpec {
	return itms.ServiceSpec{
		ID: itms.ServiceID(b.ID), Type: itms.ServiceType(b.Type), Package: b.Package,
		Account: b.Account, Password: b.Password.Secret, AuthURL: b.AuthURL, AuthURLBackup: b.AuthURLBackup,
		Access: itms.AccessSpec{Type: itms.AccessType(b.Access.Type), Account: b.Access.Account,
			Password: b.Access.Password.Secret, DownKbps: b.Access.DownKbps, UpKbps: b.Access.UpKbps},
	}
}

// texts turns scalars into texts; none stays nil.
func texts(in map[string]scalar) map[string]string {
	var out map[string]string
	for name, v := range in {
		if !v.set {
			continue
		}
		if out == nil {
			out = make(map[string]string, len(in))
		}
		out[name] = v.text
	}
	return out
}
