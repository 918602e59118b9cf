package workorder

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"text/template"
	"time"

	"itms"
)

// Neighbours.
const (
	neighbourTimeout = 15 * time.Second // of one try, unless configured
	neighbourFor     = 24 * time.Hour   // from the first try to giving up, unless configured
	neighbourMost    = 5 * time.Minute  // longest delay between tries: somebody may wait at a box
	neighbourReply   = 64 << 10         // of an answer
	neighbourBody    = 64 << 10         // of a rendered body
)

// NeighbourSpec is a neighbouring system as configured: an IPTV platform, an AAA, a DHCP
// server. URL, headers and body are Go templates over NeighbourData.
type NeighbourSpec struct {
	Name     string
	On       []string // actions that it is told of
	Types    []string // of services; empty = all
	Areas    []string // beginnings of areas; empty = all
	Packages []string // empty = all
	Method   string   // "" = POST
	URL      string
	Headers  map[string]string
	Body     string
	Token    itms.Secret // sent as bearer token; zero = none
	// Success: any of these statuses (empty = 2xx), a text within the answer, and a value
	// of a JSON answer by its dotted path.
	Status   []int
	Contains string
	Path     string
	Equals   string
	Before   string        // "push": a device is not configured before the call succeeded; "none"
	Timeout  time.Duration // of one try; 0 = 15 s
	For      time.Duration // after which it is given up; 0 = 24 h
}

// Neighbour is a NeighbourSpec whose templates were parsed and tried.
type Neighbour struct {
	NeighbourSpec
	url, body *template.Template
	headers   map[string]*template.Template
}

// NeighbourData is what templates may use. Passwords are opened when a template asks for
// them, and stored nowhere else.
type NeighbourData struct {
	Action        string
	Service       string
	OrderNo       string
	Subscriber    string
	MAC           itms.MAC
	OldMAC        itms.MAC
	Account       string
	AccessAccount string
	Package       string
	DownKbps      int
	UpKbps        int
	Area          string
	Node          string
	Port          string
	VLAN          int
	Line          string

	open func() (password, access string, err error)
}

// Password is that of the service account.
func (d *NeighbourData) Password() (string, error) { p, _, err := d.open(); return p, err }

// AccessPassword is that of the access account.
func (d *NeighbourData) AccessPassword() (string, error) { _, p, err := d.open(); return p, err }

// separated writes a MAC address in groups of two digits.
func separated(mac itms.MAC, by string) string { return strings.ReplaceAll(mac.String(), ":", by) }

// neighbourFuncs are the functions of templates beside those of text/template. Those of
// MAC addresses write upper case; lower makes it lower.
var neighbourFuncs = template.FuncMap{
	"json":  func(v any) (string, error) { b, err := json.Marshal(v); return string(b), err },
	"colon": func(m itms.MAC) string { return separated(m, ":") },
	"dash":  func(m itms.MAC) string { return separated(m, "-") },
	"hex":   func(m itms.MAC) string { return separated(m, "") },
	"dot": func(m itms.MAC) string {
		h := separated(m, "")
		if len(h) < 12 {
			return h
		}
		return h[:4] + "." + h[4:8] + "." + h[8:]
	},
	"lower": strings.ToLower,
	"upper": strings.ToUpper,
}

// sampleNeighbour is what templates are tried with.
func sampleNeighbour(action string) *NeighbourData {
	return &NeighbourData{Action: action, Service: "U1-1", OrderNo: "WO-1", Subscriber: "U1", MAC: itms.MAC{0, 0, 0x5E, 0, 0x53, 2}, OldMAC: itms.MAC{0, 0, 0x5E, 0, 0x53, 1},
		Account: "iptv1", AccessAccount: "ppp1", Package: "IPTV-4K", DownKbps: 1, UpKbps: 1, Area: "510100", Node: "olt-1", Port: "1/2/3", VLAN: 41, Line: "olt-1 1/2/3",
		open: func() (string, string, error) { return "sample", "sample", nil }}
}

// ParseNeighbour checks a configured neighbour, its templates too, or fails with
// KindInvalid and pointers to the keys.
func ParseNeighbour(s NeighbourSpec) (*Neighbour, error) {
	n := &Neighbour{NeighbourSpec: s, headers: map[string]*template.Template{}}
	in := &intake{}
	if itms.CheckKey("", s.Name) != nil || strings.ContainsAny(s.Name, "/ ") {
		in.wrong("/name", "expected a word")
	}
	n.checkChoices(in)
	n.url = in.template("/url", s.URL)
	n.body = in.template("/body", s.Body)
	for name, text := range s.Headers {
		n.headers[name] = in.template("/headers/"+name, text)
	}
	if len(in.fields) == 0 {
		n.rehearse(in)
	}
	if len(in.fields) > 0 {
		return nil, in.complain()
	}
	return n, nil
}

// checkChoices checks what is one of some words, and fills in what was left out.
func (n *Neighbour) checkChoices(in *intake) {
	if len(n.On) == 0 {
		in.wrong("/on", "is missing: expected some of %s", join(itms.NeighbourActions))
	}
	for _, on := range n.On {
		if !slices.Contains(itms.NeighbourActions, itms.NeighbourAction(on)) {
			in.wrong("/on", "%q: expected some of %s", on, join(itms.NeighbourActions))
		}
	}
	if n.Method == "" {
		n.Method = http.MethodPost
	}
	if !slices.Contains([]string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete}, n.Method) {
		in.wrong("/method", "%q: expected GET, POST, PUT, PATCH or DELETE", n.Method)
	}
	if n.Before != "" && n.Before != "none" && n.Before != "push" {
		in.wrong("/before", "%q: expected push or none", n.Before)
	}
	for _, status := range n.Status {
		if status < 100 || status > 599 {
			in.wrong("/success/status", "%d: expected HTTP statuses", status)
		}
	}
	if n.Timeout == 0 {
		n.Timeout = neighbourTimeout
	}
	if n.Timeout < 0 || n.Timeout > deliverLease/2 {
		in.wrong("/timeout", "expected up to %s", deliverLease/2)
	}
	if n.For == 0 {
		n.For = neighbourFor
	}
	if n.For < 0 {
		in.wrong("/for", "is negative")
	}
}

// template parses one; a field that there is none of is a mistake.
func (in *intake) template(pointer, text string) *template.Template {
	t, err := template.New(pointer).Option("missingkey=error").Funcs(neighbourFuncs).Parse(text)
	if err != nil {
		in.wrong(pointer, "%s", strings.TrimPrefix(err.Error(), "template: "))
		return nil
	}
	return t
}

// rehearse tries the templates with a sample of each action.
func (n *Neighbour) rehearse(in *intake) {
	for _, on := range n.On {
		if _, err := n.render(sampleNeighbour(on)); err != nil {
			pointer := "/body"
			var at *renderError
			if e, ok := err.(*renderError); ok {
				at = e
				pointer = at.pointer
			}
			in.wrong(pointer, "with %s: %s", on, err)
			return
		}
	}
}

// renderError says which template failed.
type renderError struct {
	pointer string
	err     error
}

// Error returns why.
func (e *renderError) Error() string { return strings.TrimPrefix(e.err.Error(), "template: ") }

// Unwrap returns the cause.
func (e *renderError) Unwrap() error { return e.err }

// rendered is a request to be made.
type rendered struct {
	url     string
	headers map[string]string
	body    string
}

// render fills the templates in.
func (n *Neighbour) render(d *NeighbourData) (r rendered, err error) {
	if r.url, err = filled(n.url, d); err != nil {
		return r, err
	}
	if u, err := url.Parse(r.url); err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return r, &renderError{"/url", itms.Invalid("/url", "does not make an http:// or https:// address")}
	}
	if r.body, err = filled(n.body, d); err != nil {
		return r, err
	}
	r.headers = map[string]string{}
	for name, t := range n.headers {
		text, err := filled(t, d)
		if err != nil {
			return r, err
		}
		r.headers[name] = text
	}
	return r, nil
}

// filled executes a template.
func filled(t *template.Template, d *NeighbourData) (string, error) {
	var b bytes.Buffer
	if err := t.Execute(&b, d); err != nil {
		return "", &renderError{t.Name(), err}
	}
	if b.Len() > neighbourBody {
		return "", &renderError{t.Name(), itms.Invalid(t.Name(), "makes more than %d bytes", neighbourBody)}
	}
	return strings.TrimSpace(b.String()), nil
}

// concerns reports whether the neighbour has to do with a service.
func (n *Neighbour) concerns(s *itms.Service) bool {
	begins := func(area string) bool { return strings.HasPrefix(s.Line.Area, area) }
	return (len(n.Types) == 0 || slices.Contains(n.Types, string(s.Type))) && (len(n.Areas) == 0 || slices.ContainsFunc(n.Areas, begins)) &&
		(len(n.Packages) == 0 || slices.Contains(n.Packages, s.Package))
}

// tells reports whether the neighbour is told of an action.
func (n *Neighbour) tells(a itms.NeighbourAction) bool { return slices.Contains(n.On, string(a)) }

// judge reports why an answer is no success, nil when it is.
func (n *Neighbour) judge(status int, body []byte) error {
	fits := status/100 == 2
	if len(n.Status) > 0 {
		fits = slices.Contains(n.Status, status)
	}
	switch {
	case !fits:
		return itms.Errorf(itms.KindUnavailable, itms.CodeUnavailable, "it answered %d %s", status, http.StatusText(status))
	case n.Contains != "" && !bytes.Contains(body, []byte(n.Contains)):
		return itms.Errorf(itms.KindConflict, itms.CodeInvalid, "its answer does not contain %q", n.Contains)
	case n.Path != "" && valueAt(body, n.Path) != n.Equals:
		return itms.Errorf(itms.KindConflict, itms.CodeInvalid, "its answer does not have %s = %q", n.Path, n.Equals)
	}
	return nil
}

// valueAt is the value at a dotted path of a JSON document as text, "" when there is
// none.
func valueAt(doc []byte, path string) string {
	var v any
	dec := json.NewDecoder(bytes.NewReader(doc))
	dec.UseNumber()
	if dec.Decode(&v) != nil {
		return ""
	}
	for _, name := range strings.Split(path, ".") {
		object, _ := v.(map[string]any)
		v = object[name]
	}
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	}
	text, err := json.Marshal(v)
	if err != nil {
		return ""
	}
	return string(text)
}
