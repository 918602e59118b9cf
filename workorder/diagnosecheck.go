package workorder

import (
	"maps"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"itms"
)

// checkArguments checks the arguments of a test.
func checkArguments(d *itms.Diagnostic, given map[string]string) error {
	c := &taskCheck{}
	for _, name := range slices.Sorted(maps.Keys(given)) {
		a := d.Arg(name)
		if a == nil {
			c.wrong(argumentAt(name), "is no argument of %s: expected %s", d.Kind, argumentNames(d))
			continue
		}
		c.checkArgument(a, given[name])
	}
	for _, a := range d.Args {
		if _, ok := given[a.Name]; a.Required && !ok {
			c.wrong(argumentAt(a.Name), "is required for a %s task: %s", d.Kind, a.Help)
		}
	}
	return c.problem()
}

// argumentAt is the pointer of an argument, whose name may be anything (RFC 6901 §3).
func argumentAt(name string) string {
	return "/arguments/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(clipText(name))
}

// argumentNames lists the arguments of a test for a message.
func argumentNames(d *itms.Diagnostic) string {
	names := make([]string, len(d.Args))
	for i, a := range d.Args {
		names[i] = a.Name
	}
	return strings.Join(names, ", ")
}

// checkArgument checks one.
func (c *taskCheck) checkArgument(a *itms.DiagnosticArg, text string) {
	at := argumentAt(a.Name)
	switch {
	case a.Values != nil:
		if !slices.Contains(a.Values, text) {
			c.wrong(at, "expected one of %s", strings.Join(a.Values, ", "))
		}
	case a.Type == itms.TypeBoolean:
		if !slices.Contains([]string{"0", "1", "true", "false"}, text) {
			c.wrong(at, "expected true or false")
		}
	case a.Type != itms.TypeString:
		if n, err := parseWhole(text); err != nil || n < a.Least || a.Most > 0 && n > a.Most {
			c.wrong(at, "expected %d to %d", a.Least, a.Most)
		}
	case text == "" && a.Required:
		c.wrong(at, "is required: %s", a.Help)
	case utf8.RuneCountInString(text) > int(a.Most) || !utf8.ValidString(text) || strings.ContainsFunc(text, unicode.IsControl):
		c.wrong(at, "expected at most %d characters of plain text", a.Most)
	case a.Address:
		c.checkTestURL(at, text, int(a.Most))
	}
}

// testSchemes are what a device may be told to test with (TR-143 §4.2).
var testSchemes = []string{"http://", "https://", "ftp://"}

// checkTestURL checks the address of a file to test with.
func (c *taskCheck) checkTestURL(at, text string, most int) {
	if !slices.ContainsFunc(testSchemes, func(s string) bool { return strings.HasPrefix(strings.ToLower(text), s) }) {
		c.wrong(at, "expected an address that begins with one of %s", strings.Join(testSchemes, ", "))
		return
	}
	before := len(c.fields)
	if c.checkURL(at, text, most); len(c.fields) > before && strings.Contains(c.fields[before].Text, "credentials") {
		c.fields[before].Text = "holds credentials: tests have none"
	}
}
