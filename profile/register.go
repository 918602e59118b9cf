package profile

import (
	"slices"

	"go.yaml.in/yaml/v3"

	"itms"
)

// Bounds of the key register.
const (
	defaultTries = 10  // as gateways have it from the factory
	maxTries     = 100 // beyond that a code could be guessed
	maxEvent     = 64  // TR-069 Amd 6 A.3.3.1: EventCode is a string(64)
)

// register is the compiled key of that name.
type register struct {
	code, loid, password, stbid []path
	events                      []string
	limit                       int
	page                        map[itms.PageState][]pageItem
}

// pageItem is one value of a state of the registration page.
type pageItem struct {
	names []path
	value *expression
	kind  string // CWMP type
	hide  bool
}

// register reads the mapping of that name, nil when there is none.
func (r *reader) register(n *yaml.Node) *register {
	if n == nil {
		return nil
	}
	f := r.fields(n, "register", "code", "loid", "password", "stbid", "events", "limit", "page")
	g := &register{
		code:     r.parameters(f["code"], "register.code"),
		loid:     r.parameters(f["loid"], "register.loid"),
		password: r.parameters(f["password"], "register.password"),
		stbid:    r.parameters(f["stbid"], "register.stbid"),
		events:   r.events(f["events"], "register.events"),
		limit:    defaultTries,
	}
	if f["limit"] != nil {
		g.limit = r.number(f["limit"], "register.limit", 1, maxTries)
	}
	if len(g.code)+len(g.loid) == 0 {
		r.fail(n, "register: expected code or loid: the parameter in which the input of a person arrives")
	}
	if len(g.password) > 0 && len(g.loid) == 0 {
		r.fail(f["password"], "register.password: expected loid beside it; what stands alone is a code")
	}
	g.page = r.page(f["page"], g)
	return g
}

// events reads codes of Inform events.
func (r *reader) events(n *yaml.Node, what string) []string {
	var out []string
	for _, item := range r.list(n) {
		event := r.text(item, what)
		if event == "" || len(event) > maxEvent || checkText(event) != nil {
			r.fail(item, "%s: expected an event code of 1 to %d characters, such as \"X CT-COM BIND\"", what, maxEvent)
		}
		out = append(out, event)
	}
	return out
}

// page reads what each state of the page is written as.
func (r *reader) page(n *yaml.Node, g *register) map[itms.PageState][]pageItem {
	out := map[itms.PageState][]pageItem{}
	for state, items := range r.fields(n, "register.page", "ask", "refused", "locked", "pushing", "done", "failed", "idle") {
		out[itms.PageState(state)] = r.pageItems(items, g)
	}
	return out
}

// pageItems reads the values of one state.
func (r *reader) pageItems(n *yaml.Node, g *register) []pageItem {
	var out []pageItem
	for _, item := range r.list(n) {
		f := r.fields(item, "page item", "name", "names", "value", "type")
		if f["value"] == nil || !isNamed(f) {
			r.fail(item, "page item: expected the key value, and one of name and names")
			continue
		}
		p := pageItem{names: r.plainNames(f), kind: r.typeOf(f["type"])}
		p.hide = g.hides(p.names)
		p.value = r.expression(f["value"], "value", &pageEnv{}, valueTypes[p.kind].kinds)
		r.constant(f["value"], "value", p.value, &pageEnv{}, p.kind)
		if slices.ContainsFunc(out, p.overlaps) {
			r.fail(item, "page item: %s has a value already in this state", p.names[0].text)
		}
		out = append(out, p)
	}
	return out
}

// hides reports whether one of the names is what a person types, or says itself
// that it is a credential.
func (g *register) hides(names []path) bool {
	return slices.ContainsFunc(names, func(name path) bool {
		return name.under("").IsSecret() || slices.ContainsFunc(g.code, name.same) || slices.ContainsFunc(g.password, name.same)
	})
}

// overlaps reports whether two items could write one name.
func (p pageItem) overlaps(q pageItem) bool {
	return slices.ContainsFunc(p.names, func(name path) bool { return slices.ContainsFunc(q.names, name.same) })
}

// Registration says how a person in front of the device tells who it is for:
// where an Inform carries what was typed, each with its spellings.
type Registration struct {
	Code     []itms.ParamPath // an activation code
	LOID     []itms.ParamPath // logical id of a gateway's line
	Password []itms.ParamPath // belongs to LOID, may be empty
	STBID    []itms.ParamPath // as typed, beside the one the device reports itself
	Events   []string         // event codes of an Inform that brings a fresh input
}

// IsZero reports whether the device has no such page.
func (r Registration) IsZero() bool {
	return len(r.Code)+len(r.LOID)+len(r.Password)+len(r.STBID)+len(r.Events) == 0
}

// Registration returns the parameters and events of the registration, below the
// profile's own root; the zero value when the profile cannot ask.
func (p *Profile) Registration() Registration {
	if p.register == nil {
		return Registration{}
	}
	g := p.register
	return Registration{Code: under(g.code, p.Root), LOID: under(g.loid, p.Root), Password: under(g.password, p.Root),
		STBID: under(g.stbid, p.Root), Events: slices.Clone(g.events)}
}

// Refresh lists the events after which the device is read anew and compared: of
// changes that it announces without telling them.
func (p *Profile) Refresh() []string { return slices.Clone(p.refresh) }

// Asks reports whether devices of the profile can ask a person for a code or a
// logical id.
func (p *Profile) Asks() bool { return p.register != nil }

// PageInput is what a registration page is computed from.
type PageInput struct {
	Device   *itms.Device // nil = nothing known
	View     itms.PageView
	Services int // how many services are being written; drives a progress bar
}

// Page computes what the registration page of the device is written as to show the
// view; nothing when the profile says nothing of its state. All values are
// optional: a page that cannot be shown is no reason to fail an order. Of a value
// with several names the spelling that the device has is to be written. Errors are
// *itms.Error: KindInvalid with CodeInvalid when a value cannot be written, with
// CodeConfig when it cannot be computed.
func (p *Profile) Page(in PageInput) ([]itms.WantedParam, error) {
	if p.register == nil {
		return nil, nil
	}
	env := &pageEnv{Page: pageFields{Verdict: int(in.View.Verdict), Times: in.View.Times,
		Limit: p.register.limit, Services: in.Services}}
	var out []itms.WantedParam
	for _, item := range p.register.page[in.View.State] {
		text, leave, err := item.value.write(env, item.kind)
		if err != nil {
			return nil, err
		}
		if leave || text == "" && !isText(item.kind) {
			continue
		}
		out = append(out, itms.WantedParam{Names: under(item.names, p.rootFor(in.Device)), Value: text, Type: item.kind,
			Hide: item.hide, WriteOnly: item.hide, Optional: true})
	}
	return out, nil
}
