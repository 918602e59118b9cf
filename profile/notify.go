package profile

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"

	"go.yaml.in/yaml/v3"

	"itms"
)

// notification is what one parameter, or all below an object, shall report by itself.
type notification struct {
	names  []path
	level  itms.Notification
	access itms.AccessList
	cond   *expression
}

// Notifies reports whether the profile says of anything what the device shall report by
// itself.
func (p *Profile) Notifies() bool { return len(p.notify) > 0 }

// notifications reads the list of that name.
func (r *reader) notifications(n *yaml.Node, rows []row) []notification {
	var out []notification
	for _, item := range r.list(n) {
		f := r.fields(item, "notify", "name", "names", "level", "access", "if")
		if !isNamed(f) || f["level"] == nil && f["access"] == nil {
			r.fail(item, "notify: expected one of name and names, and level, access or both")
			continue
		}
		q := notification{names: r.reported(f, rows), level: r.level(f["level"]), access: r.accessList(f["access"]),
			cond: r.expression(f["if"], "if", &valueEnv{}, boolKind)}
		r.reportedOnce(f, q, out)
		out = append(out, q)
	}
	return out
}

// reported reads name or names, of parameters or objects.
func (r *reader) reported(f map[string]*yaml.Node, rows []row) []path {
	r.spellings(f)
	var names []path
	for _, item := range r.list(cmp.Or(f["names"], f["name"])) {
		if item.Value == rootMark || item.Value == string(rootDevice) || item.Value == string(rootGateway) {
			r.fail(item, "name: %q: expected a parameter or an object, not all that the device has", item.Value)
		} else if p, ok := r.anyPath(item, "name"); ok {
			r.knownRows(item, p, rows)
			names = append(names, p)
		}
	}
	return names
}

// level reads a notification level, not known when missing.
func (r *reader) level(n *yaml.Node) itms.Notification {
	if n == nil {
		return itms.NotificationUnknown
	}
	level, ok := itms.ParseNotification(r.text(n, "level"))
	if !ok {
		r.fail(n, "level: %q: expected one of %s, or 0 to %d", clip(n.Value), strings.Join(itms.NotificationWords(), ", "), itms.MaxNotification)
	}
	return level
}

// accessList reads who may write beside the ACS, not known when missing.
func (r *reader) accessList(n *yaml.Node) itms.AccessList {
	if n == nil {
		return itms.AccessUnknown
	}
	var entities []string
	for _, item := range r.list(n) {
		entities = append(entities, r.text(item, "access"))
	}
	access := itms.ReadAccessList(entities)
	if access == itms.AccessOther {
		r.fail(n, "access: expected [%s], or [] for nobody but the ACS", itms.SubscriberAccess)
	}
	return access
}

// reportedOnce refuses two unconditional wishes for one name.
func (r *reader) reportedOnce(f map[string]*yaml.Node, q notification, before []notification) {
	for _, other := range before {
		for _, name := range q.names {
			if q.cond == nil && other.cond == nil && slices.ContainsFunc(other.names, name.same) {
				r.fail(cmp.Or(f["names"], f["name"]), "notify: %s is there already: expected conditions (if) that exclude each other", name.text)
				return
			}
		}
	}
}

// report adds what the device shall report by itself.
func (p *Profile) report(r *result) error {
	for _, q := range p.notify {
		wanted, err := q.cond.holds(r.env)
		if err != nil {
			return err
		}
		if wanted && r.inLiveRows(q.names...) {
			r.Attributes = append(r.Attributes, itms.WantedAttribute{Names: under(q.names, r.root), Notify: q.level, Access: q.access})
		}
	}
	return nil
}

// attributeTable lines up what the device shall report by itself.
func attributeTable(wanted []itms.WantedAttribute) string {
	var b strings.Builder
	table := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	for _, q := range wanted {
		line := fmt.Sprintf("notify  %s\t%s", namesText(q.Names), cmp.Or(q.Notify.String(), "as it is"))
		if entities, known := q.Access.Entities(); known {
			line += fmt.Sprintf("\taccess [%s]", strings.Join(entities, ", "))
		}
		fmt.Fprintln(table, line)
	}
	_ = table.Flush() // a Builder takes everything
	return b.String()
}
