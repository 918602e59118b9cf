package workorder

import (
	"fmt"
	"strings"

	"itms"
)

// OrdersMarkdown returns the generated part of docs/orders.md: both machines, the
// rules for an Inform, the kinds of orders and the troubles, all from the tables that
// the code runs. A test keeps the page in step.
func OrdersMarkdown() string {
	var b strings.Builder
	b.WriteString("## States of an order\n\n```mermaid\nstateDiagram-v2\n    [*] --> received\n")
	for _, m := range orderMoves {
		fmt.Fprintf(&b, "    %s --> %s: %s\n", m.From, m.To, m.On)
	}
	for _, s := range itms.OrderStates {
		if s.Final() {
			fmt.Fprintf(&b, "    %s --> [*]\n", s)
		}
	}
	b.WriteString("```\n\n## States of a binding\n\n```mermaid\nstateDiagram-v2\n    [*] --> prebound\n")
	for _, m := range bindingMoves {
		fmt.Fprintf(&b, "    %s --> %s: %s\n", m.From, m.To, m.Why)
	}
	b.WriteString("    released --> [*]\n```\n\n## What an Inform leads to\n\nThe first rule that applies acts; D1, a blocked device, is turned away before.\n\n")
	for i, r := range rules {
		fmt.Fprintf(&b, "%d. %s\n", i+1, r.name)
	}
	b.WriteString("\n## Kinds of orders\n\n| kind | decides | may carry along | undone by |\n|---|---|---|---|\n")
	for _, kind := range allKinds {
		r := recipes[kind]
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", kind, r.decide, r.carry, r.undo)
	}
	b.WriteString("\n## When it does not move\n\n| code | operator | technician | next action |\n|---|---|---|---|\n")
	for _, code := range itms.Troubles {
		a := advices[code]
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", code, strings.ReplaceAll(a.operator, ": %s.", "."), a.technician, a.next)
	}
	return b.String() + serviceOrdersMarkdown()
}

// serviceOrdersMarkdown is the part about orders of several items.
func serviceOrdersMarkdown() string {
	var b strings.Builder
	b.WriteString("\n## Orders of several items\n\nAn item stands where the first of its work orders stands that is not done:\n\n| work order | item |\n|---|---|\n")
	for _, s := range itms.OrderStates {
		fmt.Fprintf(&b, "| %s | %s |\n", s, itemStates[s])
	}
	b.WriteString("\nWith a part of it done, acknowledged becomes inProgress, and rejected failed. The order stands by its items; the first row that applies:\n\n| when | order |\n|---|---|\n")
	for _, r := range rollUpRules {
		fmt.Fprintf(&b, "| %s | %s |\n", r.When, r.To)
	}
	return b.String()
}

// aspectNames are the aspects in words, in the order of their bits.
var aspectNames = []string{"life", "device", "state", "package", "account", "authUrl", "authUrlBackup", "access", "attributes",
	"password", "access password", "line", "owner"}

// String lists the aspects.
func (a aspect) String() string {
	if a == aspectAll {
		return "everything"
	}
	var names []string
	for i, name := range aspectNames {
		if a&(1<<i) != 0 {
			names = append(names, name)
		}
	}
	return strings.Join(names, ", ")
}
