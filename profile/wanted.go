package profile

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"itms"
)

// Input is what the values of a device are computed from.
type Input struct {
	Device     *itms.Device // nil = nothing known
	Service    itms.ServiceSpec
	Subscriber itms.Subscriber
	Line       itms.Line
	Attributes map[string]string
	// Bound says that the binding of service and device is in force. Without it
	// nothing of the service, and no credential, goes into the result (I5).
	Bound      bool
	Management Management
	// Withdraw asks for what overwrites the credentials that a service may have left
	// on the device. It excludes Bound. Of the service the type alone is looked at;
	// Line and Attributes help to find its rows where they are still known.
	Withdraw bool
	// Known is what is known of the device's parameters. Withdraw looks for rows in it,
	// and the STUN parameters are those that it holds.
	Known *itms.ParamTree
}

// Management is how the device keeps in contact.
type Management struct {
	PeriodicInterval   time.Duration // between Informs, whole seconds; 0 = leave as it is
	ConnectionUsername string        // for connection requests; "" = leave both as they are
	ConnectionPassword itms.Secret   // also that of the STUN client
	STUN               STUN
}

// STUN is the STUN server that devices behind NAT keep a binding to (TR-069 Amd 6
// Annex G), as they reach it; the zero value is none.
type STUN struct {
	Host string // name or address
	Port int
}

// Wanted computes the state the device must hold: service parameters first, then
// those of its management. For an input that is not Bound it is the periodic
// Inform only.
//
// With Withdraw it is that and the overwritten credentials, all optional, with plain
// names: rows are looked for in Known and never added. While Known lacks the tables
// under Read the result is not complete; Read does not depend on Known.
//
// Errors are *itms.Error: KindInvalid with CodeUnsupported when the
// profile does not serve the type of service; KindInvalid with CodeInvalid when a
// value cannot be computed or written; KindInvalid with CodeConfig when the
// profile contradicts itself for this service; KindInternal for Bound with Withdraw. No error
// quotes a value.
func (p *Profile) Wanted(in Input) (itms.Wanted, error) {
	w, _, err := p.compute(in)
	return w, err
}

// result is a Wanted in the making.
type result struct {
	itms.Wanted
	root itms.ParamPath
	env  *valueEnv
	live map[string]bool // aliases of the rows that are wanted
	uses []string        // fields of the order that reached a value
}

// compute does the work of Wanted; it also tells which fields were used.
func (p *Profile) compute(in Input) (itms.Wanted, []string, error) {
	r := &result{root: p.rootFor(in.Device)}
	if err := p.content(r, in); err != nil {
		return itms.Wanted{}, nil, err
	}
	if err := p.manage(r, in); err != nil {
		return itms.Wanted{}, nil, err
	}
	return r.Wanted, r.uses, twice(p, r.Params)
}

// content adds what the input asks for beside the management.
func (p *Profile) content(r *result, in Input) error {
	switch {
	case in.Bound && in.Withdraw:
		return itms.Errorf(itms.KindInternal, itms.CodeInternal, "a binding in force cannot be withdrawn")
	case in.Withdraw:
		return p.withdraw(r, in)
	case !in.Bound:
		return nil
	case !p.Accepts(in.Service.Type):
		return itms.Errorf(itms.KindInvalid, itms.CodeUnsupported,
			"profile %s does not serve %q: it serves %v", p.Name, in.Service.Type, p.Services)
	}
	r.env = newValueEnv(in, r.root)
	return p.service(r)
}

// rootFor returns the root of the device's data model.
func (p *Profile) rootFor(d *itms.Device) itms.ParamPath {
	if d != nil && (d.Root == rootDevice || d.Root == rootGateway) {
		return d.Root
	}
	return p.Root
}

// service adds what the service needs.
func (p *Profile) service(r *result) error {
	r.live = map[string]bool{}
	for _, path := range p.read {
		r.read(path.under(r.root))
	}
	for i := range p.rows {
		if err := r.row(&p.rows[i]); err != nil {
			return err
		}
	}
	for i := range p.params {
		if err := r.param(&p.params[i]); err != nil {
			return err
		}
	}
	p.readHosts(r)
	p.prove(r)
	r.RebootAfter = p.reboots(r.Params)
	return p.report(r)
}

// reboots reports whether writing these values calls for a reboot.
func (p *Profile) reboots(params []itms.WantedParam) bool {
	return p.rebootAfter && slices.ContainsFunc(params, func(q itms.WantedParam) bool { return q.Reboot })
}

// row adds a row, unless its condition or the row around it says no.
func (r *result) row(w *row) error {
	wanted, err := w.cond.holds(r.env)
	if err != nil || !wanted || !r.inLiveRows(w.table) {
		return err
	}
	out := itms.WantedRow{Alias: w.alias, Table: w.table.under(r.root)}
	if out.Match, err = w.values(r.env); err != nil {
		return err
	}
	if out.Fixed, err = w.fixedRow(r.env); err != nil {
		return err
	}
	if len(out.Match) == 0 && out.Fixed == "" {
		return badValue(w.fixed.where, fmt.Errorf("is empty: a row without match needs one"))
	}
	r.live[w.alias] = true
	r.Rows = append(r.Rows, out)
	r.readAround(w.table)
	return nil
}

// values computes what the row is found by.
func (w *row) values(env *valueEnv) (map[string]string, error) {
	out := map[string]string{}
	for _, c := range w.match {
		v, err := c.value.run(env)
		if err != nil {
			return nil, err
		}
		if err := checkText(textOf(v)); err != nil {
			return nil, badValue(c.where, err)
		}
		out[c.name] = textOf(v)
	}
	return out, nil
}

// fixedRow computes the instance number to fall back to, "" for none.
func (w *row) fixedRow(env *valueEnv) (string, error) {
	if w.fixed == nil {
		return "", nil
	}
	v, err := w.fixed.run(env)
	if err != nil {
		return "", err
	}
	fixed := textOf(v)
	if strings.Trim(fixed, "0123456789") != "" || strings.HasPrefix(fixed, "0") {
		return "", badValue(w.fixed.where, fmt.Errorf("is no instance number: expected a whole number from 1, or empty"))
	}
	return fixed, nil
}

// param adds a value, unless its condition, its row or its emptiness says no.
func (r *result) param(q *param) error {
	wanted, err := q.cond.holds(r.env)
	if err != nil || !wanted || !r.inLiveRows(q.names...) {
		return err
	}
	text, leave, err := q.value.write(r.env, q.kind)
	if err != nil {
		return err
	}
	if leave || text == "" && q.empty == emptyOmit {
		return nil
	}
	if text == "" && q.empty == emptyRefuse {
		return badValue(q.where, fmt.Errorf("%s is empty, but %s must have a value", q.value.source, q.names[0].under(r.root)))
	}
	out := itms.WantedParam{Names: under(q.names, r.root), Value: text, Type: q.kind, Hide: q.secret,
		WriteOnly: q.writeOnly, Optional: q.optional, Reboot: q.reboot}
	r.Params = append(r.Params, out)
	r.uses = append(r.uses, q.value.uses...)
	r.readAround(q.names...)
	return nil
}

// inLiveRows reports whether every row that the names lie in is wanted.
func (r *result) inLiveRows(names ...path) bool {
	return !slices.ContainsFunc(names, func(name path) bool {
		return slices.ContainsFunc(name.aliases, func(alias string) bool { return !r.live[alias] })
	})
}

// readAround asks for the object around a name, or for the outermost table that
// it lies in. Objects are read rather than names because a device that lacks one
// of several spellings would refuse the whole request (fault 9005).
func (r *result) readAround(names ...path) {
	for _, name := range names {
		full := string(name.under(r.root))
		object, _, _ := strings.Cut(full, "{")
		if !strings.HasSuffix(object, ".") {
			object = object[:strings.LastIndexByte(object, '.')+1]
		}
		if itms.ParamPath(object) == r.root || object == "" { // never the whole model
			object = full
		}
		r.read(itms.ParamPath(object))
	}
}

// read adds a path unless it is covered.
func (r *result) read(path itms.ParamPath) {
	if !slices.ContainsFunc(r.Read, path.Under) {
		r.Read = append(r.Read, path)
	}
}

// maxInterval is the longest periodic interval: xsd:unsignedInt seconds.
const maxInterval = 1<<32 - 1

// manage adds the parameters of the device's management. All are optional: that a
// device keeps its own interval is no reason to fail an order.
func (p *Profile) manage(r *result, in Input) error {
	stun := p.management.stunClient(in)
	for _, q := range stun { // first: it covers what else is read of the management
		r.readAround(q.names...)
	}
	if every := in.Management.PeriodicInterval; every > 0 {
		seconds := min(max(int64(every/time.Second), 1), maxInterval)
		r.managed(p.management.periodicEnable, "1", itms.TypeBoolean, false)
		r.managed(p.management.periodicInterval, strconv.FormatInt(seconds, 10), itms.TypeUnsignedInt, false)
	}
	user, password := in.Management.ConnectionUsername, in.Management.ConnectionPassword.Reveal()
	if !in.Bound || user == "" {
		return nil
	}
	for _, text := range []string{user, password} {
		if err := checkText(text); err != nil {
			return badValue("connection request credentials", err)
		}
	}
	r.managed(p.management.connectionUsername, user, itms.TypeString, true)
	r.managed(p.management.connectionPassword, password, itms.TypeString, true)
	for _, q := range stun {
		r.known(q, in.Known)
	}
	return nil
}

// setting is a value of the device's management with the spellings of its name.
type setting struct {
	names      []path
	value, typ string
	secret     bool
}

// stunClient is what makes a bound device's STUN client keep a binding for UDP
// connection requests; none without a STUN server. Most devices have no such client,
// and a request for names that a device lacks is refused as a whole: so the object
// around is read, and what it holds is written.
func (m *management) stunClient(in Input) []setting {
	server, user := in.Management.STUN, in.Management.ConnectionUsername
	if server.Host == "" || user == "" || !in.Bound {
		return nil
	}
	return []setting{
		{m.stunServerAddress, server.Host, itms.TypeString, false},
		{m.stunServerPort, strconv.Itoa(server.Port), itms.TypeUnsignedInt, false},
		{m.stunUsername, user, itms.TypeString, true},
		{m.stunPassword, in.Management.ConnectionPassword.Reveal(), itms.TypeString, true},
		{m.stunEnable, "1", itms.TypeBoolean, false}, // last: with it the client starts
	}
}

// known adds a setting of the management where the device is known to have it.
func (r *result) known(q setting, tree *itms.ParamTree) {
	names := slices.DeleteFunc(under(q.names, r.root), func(name itms.ParamPath) bool { return !has(tree, name) })
	if len(names) > 0 {
		r.Params = append(r.Params, itms.WantedParam{Names: names, Value: q.value, Type: q.typ, Hide: q.secret, WriteOnly: q.secret, Optional: true})
	}
}

// managed adds one parameter of the management, to be read by its name.
func (r *result) managed(names []path, value, typ string, secret bool) {
	if len(names) == 0 {
		return
	}
	full := under(names, r.root)
	r.Params = append(r.Params, itms.WantedParam{Names: full, Value: value, Type: typ, Hide: secret, WriteOnly: secret, Optional: true})
	for _, name := range full {
		r.read(name)
	}
}

// twice refuses one name with two values in one state.
func twice(p *Profile, params []itms.WantedParam) error {
	seen := map[itms.ParamPath]bool{}
	for _, q := range params {
		for _, name := range q.Names {
			if seen[name] {
				return itms.Errorf(itms.KindInvalid, itms.CodeConfig, "profile %s gives %s two values for this service", p.Name, name)
			}
			seen[name] = true
		}
	}
	return nil
}

// badValue reports a value that cannot be written; where names the place in the
// profile, the value itself stays out.
func badValue(where string, err error) error {
	return itms.Errorf(itms.KindInvalid, itms.CodeInvalid, "%s: the value %v", where, err)
}

// Undelivered lists the fields of the service that have a value which no
// parameter of this profile takes, e.g. "service.authUrl" on a box whose data
// model has no place for it. Errors are those of Wanted.
func (p *Profile) Undelivered(in Input) ([]string, error) {
	in.Bound, in.Withdraw = true, false
	_, uses, err := p.compute(in)
	if err != nil {
		return nil, err
	}
	given := map[string]bool{
		"service.account": in.Service.Account != "", "service.password": !in.Service.Password.IsZero(),
		"service.authUrl": in.Service.AuthURL != "", "service.authUrlBackup": in.Service.AuthURLBackup != "",
		"service.access.account":  in.Service.Access.Account != "",
		"service.access.password": !in.Service.Access.Password.IsZero(),
	}
	var left []string
	for _, field := range slices.Sorted(maps.Keys(given)) {
		if given[field] && !slices.Contains(uses, field) {
			left = append(left, field)
		}
	}
	return left, nil
}
