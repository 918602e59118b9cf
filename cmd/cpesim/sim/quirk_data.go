package sim

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"itms/cwmp"
)

// The quirks of events, values and what the RPCs do.
const (
	quirkEventCase      = "event-case"
	quirkAlwaysPeriodic = "always-periodic"
	quirkNoBootstrap    = "no-bootstrap"
	quirkRetryCount     = "retry-count"
	quirkTwoRoots       = "two-roots"
	quirkKeyLost        = "parameter-key-lost"
	quirkKeyRefused     = "parameter-key-refused"
	quirkOwnChange      = "own-value-change"
	quirkDigitsOnly     = "digits-only-booleans"
	quirkWordsOnly      = "words-only-booleans"
	quirkRootRefused    = "root-names-refused"
	quirkPathRefused    = "empty-path-refused"
	quirkPartialRefused = "gpv-partial-refused"
	quirkPartialObject  = "gpv-partial-as-object"
	quirkUnknownEmpty   = "unknown-names-as-empty"
	quirkEmptyRefused   = "empty-tables-refused"
	quirkUnreadable     = "gpn-lists-unreadable"
	quirkFullCrash      = "full-tree-crash"
	quirkFullRefused    = "full-tree-refused"
	quirkRPCDrops       = "unknown-rpc-drops"
	quirkAddRefused     = "add-object-9005"
	quirkRenumber       = "instances-renumber"
	quirkReadOnlyTaken  = "read-only-accepted"
	quirkTwice          = "spv-twice"
)

var dataQuirks = []Quirk{
	{quirkEventCase, "", "write events in another case, such as 1 Boot", false},
	{quirkAlwaysPeriodic, "", "say 2 PERIODIC whatever the reason of an Inform", false},
	{quirkNoBootstrap, "", "never say 0 BOOTSTRAP", false},
	{quirkRetryCount, "[COUNT]", "say that COUNT sessions have failed before, 4711 unless given", false},
	{quirkTwoRoots, "", "have parameters of the other data model root, too", false},
	{quirkKeyLost, "", "report (null) as ParameterKey, whatever was set", false},
	{quirkKeyRefused, "", "refuse requests that carry a ParameterKey", false},
	{quirkOwnChange, "", "report what the ACS has changed as 4 VALUE CHANGE", false},
	{quirkDigitsOnly, "", "know booleans as 1 and 0 only", false},
	{quirkWordsOnly, "", "know booleans as true and false only", false},
	{quirkRootRefused, "", "refuse to list the root of the data model, whole or one level", false},
	{quirkPathRefused, "", "refuse the empty path", false},
	{quirkPartialRefused, "", "refuse to read partial paths", false},
	{quirkPartialObject, "", "answer a read of a partial path with the object alone", false},
	{quirkUnknownEmpty, "", "leave unknown names out of an answer instead of refusing them", false},
	{quirkEmptyRefused, "", "refuse to read a table without rows", false},
	{quirkUnreadable, "", "list names that cannot be read", false},
	{quirkFullCrash, "", "close the connection when the whole tree is asked for at once", false},
	{quirkFullRefused, "", "refuse the whole tree with 9002", false},
	{quirkRPCDrops, "", "close the connection at an RPC that it does not list", false},
	{quirkAddRefused, "", "refuse to add the first row of a table (9005)", false},
	{quirkRenumber, "", "number the rows of tables anew at each boot", false},
	{quirkReadOnlyTaken, "", "accept values of read-only parameters and do not keep them", false},
	{quirkTwice, "", "accept a name twice in one request", false},
}

// said are the events of an Inform as the box says them.
func (q QuirkSet) said(events []cwmp.Event) []cwmp.Event {
	switch {
	case q.has(quirkEmptyEvents):
		return nil
	case q.has(quirkAlwaysPeriodic):
		return []cwmp.Event{{Code: cwmp.EventPeriodic}}
	case q.has(quirkNoBootstrap):
		return slices.DeleteFunc(slices.Clone(events), isBootstrap)
	case !q.has(quirkEventCase):
		return events
	}
	events = slices.Clone(events)
	for i, e := range events {
		if number, words, ok := strings.Cut(e.Code, " "); ok && number != "" && number[0] <= '9' {
			events[i].Code = number + " " + words[:1] + strings.ToLower(words[1:])
		}
	}
	return events
}

// retries is the argument of retry-count.
func (q QuirkSet) retries() (int, error) { return count(q[quirkRetryCount], 4711) }

// strangers are parameters of the other root.
func (c *CPE) strangers() []cwmp.ParameterValue {
	if !c.quirks.has(quirkTwoRoots) {
		return nil
	}
	root := "InternetGatewayDevice."
	if c.schema.model.Root == root {
		root = "Device."
	}
	return []cwmp.ParameterValue{
		{Name: root + "DeviceSummary", Type: cwmp.TypeString},
		{Name: root + "ManagementServer.ParameterKey", Type: cwmp.TypeString},
	}
}

// keepKey stores a ParameterKey.
func (c *CPE) keepKey(key string) {
	if c.quirks.has(quirkKeyLost) {
		key = "(null)"
	}
	c.Values[c.path("ManagementServer.ParameterKey")] = key
}

// ownChange is the quirk own-value-change.
func (c *CPE) ownChange(values map[string]string) {
	if !c.quirks.has(quirkOwnChange) {
		return
	}
	for name := range values {
		if !slices.Contains(c.Changed, name) {
			c.Changed = append(c.Changed, name)
		}
	}
	c.enqueue(cwmp.Event{Code: cwmp.EventValueChange})
}

// whole tells whether a request asks for all there is.
func (c *CPE) whole(m cwmp.Message) bool {
	all := func(path string) bool { return path == "" || path == c.schema.model.Root }
	switch m := m.(type) {
	case *cwmp.GetParameterNames:
		return all(m.Path) && !m.NextLevel
	case *cwmp.GetParameterValues:
		return slices.ContainsFunc(m.Names, all)
	}
	return false
}

// breaksOf tells whether the box closes the connection at a request.
func (c *CPE) breaksOf(m cwmp.Message) bool {
	known := handlers[m.Method()] != nil || m.Method() == getRPCMethods
	return c.quirks.has(quirkRPCDrops) && !known || c.quirks.has(quirkFullCrash) && c.whole(m)
}

// objection is what a box with quirks answers instead of doing what it is told, nil
// when it has none. raw is the request as it came.
func (c *CPE) objection(m cwmp.Message, raw []byte) *cwmp.Fault {
	q := c.quirks
	if q.has(quirkKeyRefused) && bytes.Contains(raw, []byte("<ParameterKey")) {
		return cwmp.NewFault(cwmp.FaultArguments, "unknown argument ParameterKey")
	}
	if q.has(quirkFullRefused) && c.whole(m) {
		return cwmp.NewFault(cwmp.FaultInternal, "")
	}
	switch m := m.(type) {
	case *cwmp.GetParameterNames:
		if m.Path == "" && q.has(quirkPathRefused) || (m.Path == "" || m.Path == c.schema.model.Root) && q.has(quirkRootRefused) {
			return cwmp.NewFault(cwmp.FaultName, "")
		}
		return q.misspelt(raw)
	case *cwmp.SetParameterValues:
		return q.misspeltValues(m)
	case *cwmp.AddObject:
		if r := c.tree.Tables[m.ObjectName]; q.has(quirkAddRefused) && (r == nil || len(r.Numbers) == 0) {
			return cwmp.NewFault(cwmp.FaultName, "")
		}
	}
	return nil
}

// misspelt refuses a NextLevel in the wrong spelling.
func (q QuirkSet) misspelt(raw []byte) *cwmp.Fault {
	words := bytes.Contains(raw, []byte("<NextLevel>true<")) || bytes.Contains(raw, []byte("<NextLevel>false<"))
	if words && q.has(quirkDigitsOnly) || !words && q.has(quirkWordsOnly) {
		return cwmp.NewFault(cwmp.FaultArguments, "NextLevel")
	}
	return nil
}

// misspeltValues refuses booleans in the wrong spelling.
func (q QuirkSet) misspeltValues(m *cwmp.SetParameterValues) *cwmp.Fault {
	fault := cwmp.NewFault(cwmp.FaultArguments, "")
	for _, p := range m.Parameters {
		words := p.Value == "true" || p.Value == "false"
		if p.Type == cwmp.TypeBoolean && (words && q.has(quirkDigitsOnly) || !words && q.has(quirkWordsOnly)) {
			fault.Parameters = append(fault.Parameters, cwmp.ParameterFault{Name: p.Name, Code: cwmp.FaultValue})
		}
	}
	if fault.Parameters == nil {
		return nil
	}
	return fault
}

// found is what a name in a GetParameterValues stands for in a box with quirks.
func (c *CPE) found(name string) ([]cwmp.ParameterValue, *cwmp.Fault) {
	partial := name == "" || strings.HasSuffix(name, ".")
	leaves, fault := c.tree.expand(name)
	switch q := c.quirks; {
	case partial && q.has(quirkPartialRefused), name == "" && q.has(quirkPathRefused):
		fault = cwmp.NewFault(cwmp.FaultName, "")
	case fault != nil && q.has(quirkUnknownEmpty):
		return nil, nil
	case fault == nil && partial && len(leaves) == 0 && q.has(quirkEmptyRefused):
		fault = cwmp.NewFault(cwmp.FaultName, "")
	case fault == nil && partial && q.has(quirkPartialObject):
		return []cwmp.ParameterValue{{Name: name, Type: "object"}}, nil
	}
	if fault != nil {
		return nil, fault
	}
	values := make([]cwmp.ParameterValue, len(leaves))
	for i, leaf := range leaves {
		values[i] = c.tree.read(leaf)
	}
	return values, nil
}

// ghosts are names that are listed and cannot be read.
func (c *CPE) ghosts(m *cwmp.GetParameterNames) []cwmp.ParameterInfo {
	object := c.path("DeviceInfo.")
	if !c.quirks.has(quirkUnreadable) || m.Path != object && (m.NextLevel || !strings.HasPrefix(object, m.Path)) {
		return nil
	}
	return []cwmp.ParameterInfo{{Name: object + "X_00005E_Ghost"}}
}

// renumber gives the rows of every table the numbers from 1 on.
func (c *CPE) renumber() {
	if !c.quirks.has(quirkRenumber) {
		return
	}
	for changed := true; changed; {
		changed = false
		for table, r := range c.tree.Tables {
			slices.Sort(r.Numbers)
			for i, n := range r.Numbers {
				if n != i+1 {
					c.tree.moveRow(fmt.Sprintf("%s%d.", table, n), fmt.Sprintf("%s%d.", table, i+1))
					r.Numbers[i], changed = i+1, true
				}
			}
			if r.Last = len(r.Numbers); changed {
				break // the tables below have other names now
			}
		}
	}
}

// moveRow gives everything below a row another name.
func (t *tree) moveRow(from, to string) {
	moveNames(t.Values, from, to)
	moveNames(t.Tables, from, to)
	moveNames(t.Attributes, from, to)
	t.sorted = nil
}

func moveNames[V any](m map[string]V, from, to string) {
	moved := make(map[string]V)
	for name, v := range m {
		if rest, below := strings.CutPrefix(name, from); below {
			moved[to+rest] = v
			delete(m, name)
		}
	}
	for name, v := range moved {
		m[name] = v
	}
}
