package profile

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"

	"itms"
)

// Explain returns, as text for a person, what Wanted would have written and in
// which order, which objects are read first, and which values of the service find
// no place. Secrets are shown as REDACTED. Errors are those of Wanted.
func (p *Profile) Explain(in Input) (string, error) {
	w, err := p.Wanted(in)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	fmt.Fprintf(&b, "profile %s (%s)\n", p.Name, p.digest)
	for _, path := range w.Read {
		fmt.Fprintf(&b, "read    %s\n", path)
	}
	for _, row := range w.Rows {
		fmt.Fprintf(&b, "row     %s\n", rowText(row))
	}
	b.WriteString(paramTable(w.Params))
	if w.RebootAfter {
		b.WriteString("reboot  once values marked reboot were written\n")
	}
	for _, proof := range w.Proof {
		fmt.Fprintf(&b, "proof   %s: %s\n", namesText(proof.Names), proof.Text)
	}
	b.WriteString(attributeTable(w.Attributes))
	if in.Bound {
		left, err := p.Undelivered(in)
		if err != nil {
			return "", err
		}
		for _, field := range left {
			fmt.Fprintf(&b, "without %s: this profile has no place for it\n", field)
		}
	}
	return b.String(), nil
}

// ExplainPage returns, as text for a person, what Page would have written; "" for
// nothing. Errors are those of Page.
func (p *Profile) ExplainPage(in PageInput) (string, error) {
	params, err := p.Page(in)
	return paramTable(params), err
}

// paramTable lines up the parameters.
func paramTable(params []itms.WantedParam) string {
	var b strings.Builder
	table := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	for _, q := range params {
		line := fmt.Sprintf("set     %s\t%s\t%s", namesText(q.Names), strings.TrimPrefix(q.Type, "xsd:"), valueText(q))
		if flags := flagsText(q); flags != "" {
			line += "\t" + flags
		}
		fmt.Fprintln(table, line)
	}
	_ = table.Flush() // a Builder takes everything
	return b.String()
}

// rowText shows how a row is found.
func rowText(row itms.WantedRow) string {
	var cells, ways []string
	for _, name := range slices.Sorted(maps.Keys(row.Match)) {
		cells = append(cells, fmt.Sprintf("%s = %q", name, row.Match[name]))
	}
	if len(cells) > 0 {
		ways = append(ways, "the row with "+strings.Join(cells, " and "))
	}
	if row.Fixed != "" {
		ways = append(ways, "row "+row.Fixed)
	}
	return fmt.Sprintf("{%s} in %s: %s", row.Alias, row.Table, strings.Join(append(ways, "a new one"), ", else "))
}

// namesText shows the spellings of a name.
func namesText(names []itms.ParamPath) string {
	var out []string
	for _, n := range names {
		out = append(out, string(n))
	}
	return strings.Join(out, " | ")
}

// valueText shows a value unless it is a credential.
func valueText(q itms.WantedParam) string {
	if q.Hide && q.Value != "" {
		return itms.NewSecret(q.Value).String()
	}
	return fmt.Sprintf("%q", q.Value)
}

// flagsText shows the marks of a parameter.
func flagsText(q itms.WantedParam) string {
	var out []string
	for _, mark := range []struct {
		set  bool
		word string
	}{{q.WriteOnly, "write-only"}, {q.Optional, "optional"}, {q.Reboot, "reboot"}} {
		if mark.set {
			out = append(out, mark.word)
		}
	}
	return strings.Join(out, ", ")
}
