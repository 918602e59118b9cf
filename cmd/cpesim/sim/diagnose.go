package sim

import (
	"context"
	"maps"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"itms/cwmp"
)

// Diagnostic is a test that the ACS starts by writing "Requested" into State, a path
// relative to the root. It is done after the session.
type Diagnostic struct {
	State string
	// Find does the test. It may open connections.
	Find func(ctx context.Context, p Probe) Finding
}

// object is the path of the object of the test, relative to the root.
func (d Diagnostic) object() string { return strings.TrimSuffix(d.State, "DiagnosticsState") }

// Probe is what a test is done with.
type Probe struct {
	// Arg returns an argument, by its name in the object.
	Arg func(leaf string) string
	// Dial opens connections.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
}

// number is an argument that is a number, at least 1.
func (p Probe) number(leaf string) int {
	n, _ := strconv.Atoi(p.Arg(leaf)) // checked when it was written
	return max(n, 1)
}

// Finding is what a test found: values and the rows of one table, by their names in the
// object.
type Finding struct {
	// State is the DiagnosticsState in the end. Empty: Complete.
	State  string
	Values map[string]string
	// Table ends with a dot; Rows replace those it had.
	Table string
	Rows  []map[string]string
}

// started notes the tests that a write has ordered. One that writes other parameters of
// a test ends it (TR-181 DiagnosticsState).
func (c *CPE) started(values map[string]string) {
	for _, d := range c.schema.model.Diagnostics {
		state, object := c.path(d.State), c.path(d.object())
		switch value, written := values[state]; {
		case written && value == "Requested":
			if !slices.Contains(c.Diagnosing, d.State) {
				c.Diagnosing = append(c.Diagnosing, d.State)
			}
		case written, slices.ContainsFunc(slices.Collect(maps.Keys(values)), func(name string) bool { return strings.HasPrefix(name, object) }):
			c.Diagnosing = slices.DeleteFunc(c.Diagnosing, func(running string) bool { return running == d.State })
			c.Values[state] = "None"
		}
	}
}

// diagnose does the tests that were ordered.
func (c *CPE) diagnose(ctx context.Context) {
	for _, d := range c.schema.model.Diagnostics {
		c.mu.Lock()
		ordered := slices.Contains(c.Diagnosing, d.State)
		given := make(map[string]string)
		for _, name := range c.under(c.path(d.object())) {
			given[strings.TrimPrefix(name, c.path(d.object()))] = c.Values[name]
		}
		c.mu.Unlock()
		if !ordered {
			continue
		}
		found := d.Find(ctx, Probe{Arg: func(leaf string) string { return given[leaf] }, Dial: c.config.Dial})
		if ctx.Err() != nil {
			return // it goes on in the next run
		}
		c.diagnosed(d, found)
	}
}

// diagnosed notes the end of a test.
func (c *CPE) diagnosed(d Diagnostic, found Finding) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !slices.Contains(c.Diagnosing, d.State) {
		return // ended meanwhile
	}
	c.Diagnosing = slices.DeleteFunc(c.Diagnosing, func(running string) bool { return running == d.State })
	if c.quirks.has(quirkDiagnosticsError) {
		found = Finding{State: c.quirks.diagnosticsError()}
	}
	c.Values[c.path(d.State)] = "Complete"
	if found.State != "" {
		c.Values[c.path(d.State)] = found.State
	}
	for leaf, value := range found.Values {
		if _, exists := c.Values[c.path(d.object())+leaf]; exists {
			c.Values[c.path(d.object())+leaf] = value
		}
	}
	if found.Table != "" {
		c.replaceRows(c.path(d.object())+found.Table, found.Rows)
	}
	if !c.quirks.has(quirkDiagnosticsSilent) {
		c.enqueue(cwmp.Event{Code: cwmp.EventDiagnosticsComplete})
	}
}

// replaceRows gives a table other rows, numbered from 1.
func (t *tree) replaceRows(table string, list []map[string]string) {
	for _, n := range slices.Clone(t.Tables[table].Numbers) {
		t.deleteRow(table + strconv.Itoa(n) + ".")
	}
	for i, values := range list {
		t.addRow(table, i+1, false)
		for leaf, value := range values {
			t.Values[table+strconv.Itoa(i+1)+"."+leaf] = value
		}
	}
}

// diagnosticsError is the argument of diagnostics-error.
func (q QuirkSet) diagnosticsError() string {
	if q[quirkDiagnosticsError] == "" {
		return "Error_Internal"
	}
	return q[quirkDiagnosticsError]
}

// unresolvable tells whether a name has no address: one of RFC 6761 §6.4, or none at all.
func unresolvable(host string) bool { return host == "" || strings.HasSuffix(host, ".invalid") }

// findPing is a ping over the simulated network, in which every host answers.
func findPing(_ context.Context, p Probe) Finding {
	n := p.number("NumberOfRepetitions")
	if unresolvable(p.Arg("Host")) {
		return Finding{State: "Error_CannotResolveHostName", Values: map[string]string{"SuccessCount": "0", "FailureCount": strconv.Itoa(n)}}
	}
	return Finding{Values: map[string]string{"SuccessCount": strconv.Itoa(n), "FailureCount": "0",
		"AverageResponseTime": "4", "MinimumResponseTime": "3", "MaximumResponseTime": "6"}}
}

// findRoute is a route of three hops; prefix is how the data model's names of a hop
// begin.
func findRoute(prefix string) func(context.Context, Probe) Finding {
	return func(_ context.Context, p Probe) Finding {
		host := p.Arg("Host")
		found := Finding{Table: "RouteHops.", Values: map[string]string{"ResponseTime": "9"}}
		if unresolvable(host) {
			found.State, found.Values["ResponseTime"] = "Error_CannotResolveHostName", "0"
			return found
		}
		for i, hop := range []string{"gateway.example.net", "core.example.net", host} {
			found.Rows = append(found.Rows, map[string]string{prefix + "Host": hop, prefix + "HostAddress": "192.0.2." + strconv.Itoa(i+1),
				prefix + "ErrorCode": "0", prefix + "RTTimes": strconv.Itoa(3*i+1) + "," + strconv.Itoa(3*i+2) + "," + strconv.Itoa(3*i+3)})
		}
		return found
	}
}

// findAddress asks a simulated name server, which knows every name.
func findAddress(_ context.Context, p Probe) Finding {
	server := p.Arg("DNSServer")
	if server == "" {
		server = "192.0.2.53"
	}
	found := Finding{Table: "Result.", Values: map[string]string{"SuccessCount": "0"}}
	n := p.number("NumberOfRepetitions")
	for range n {
		row := map[string]string{"Status": "Error_HostNameNotResolved", "AnswerType": "None", "DNSServerIP": server, "ResponseTime": "5"}
		if !unresolvable(p.Arg("HostName")) {
			row = map[string]string{"Status": "Success", "AnswerType": "NonAuthoritative", "DNSServerIP": server, "ResponseTime": "5",
				"HostNameReturned": p.Arg("HostName"), "IPAddresses": "192.0.2.80,198.51.100.80"}
			found.Values["SuccessCount"] = strconv.Itoa(n)
		}
		found.Rows = append(found.Rows, row)
	}
	return found
}

// findNeighbours hears two networks.
func findNeighbours(context.Context, Probe) Finding {
	return Finding{Table: "Result.", Rows: []map[string]string{
		{"SSID": "neighbour", "BSSID": "00:00:5E:00:53:E1", "Channel": "6", "SignalStrength": "-67", "SecurityModeEnabled": "WPA2", "SupportedStandards": "b,g,n"},
		{"SSID": "café", "BSSID": "00:00:5E:00:53:E2", "Channel": "36", "SignalStrength": "-81", "SecurityModeEnabled": "None", "SupportedStandards": "a,n,ac"},
	}}
}

// findHealth finds nothing wrong.
func findHealth(context.Context, Probe) Finding {
	return Finding{Values: map[string]string{"Results": "flash ok, memory ok"}}
}

// loopback tells whether a URL is one that a simulated box really fetches: the rest of
// the world is simulated.
func loopback(address string) bool {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "http" {
		return false
	}
	ip := net.ParseIP(u.Hostname())
	return u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
}
