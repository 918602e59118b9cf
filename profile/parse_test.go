package profile

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"itms"
)

// TestParseErrors has one document for each class of fault, and the line, column
// and words the operator sees.
func TestParseErrors(t *testing.T) {
	param := func(rest string) string { return small("params:\n  - " + rest + "\n") }
	row := func(rest string) string { return small("rows:\n  - " + rest + "\n") }
	for _, c := range []struct{ name, doc, want string }{
		{"empty", "", "test.yaml: is empty"},
		{"comment only", "# nothing\n", "test.yaml: is empty"},
		{"not YAML", "name: [", "test.yaml:1:1: not YAML: "},
		{"not YAML at line", "name: a\n\tb: c\n", "test.yaml:2:1: not YAML: "},
		{"two documents", small("---\nname: b\n"), "test.yaml: holds more than one YAML document"},
		{"no mapping", "- a\n", "test.yaml:1:1: profile: expected a mapping with keys name, title"},
		{"unknown key", small("titel: a\n"), `test.yaml:4:1: profile: unknown key "titel": expected one of name, title`},
		{"repeated key", small("title: a\ntitle: b\n"), `test.yaml:5:1: profile: key "title" is given twice`},
		{"no name", "match: true\nservices: [iptv]\n", `test.yaml:1:1: profile: key "name" is missing`},
		{"no match", "name: a\nservices: [iptv]\n", `test.yaml:1:1: profile: key "match" is missing`},
		{"no services", "name: a\nmatch: true\n", `test.yaml:1:1: profile: key "services" is missing`},
		{"bad name", "name: A b\nmatch: true\nservices: [iptv]\n", `test.yaml:1:7: name: "A b": expected lower-case`},
		{"name no text", "name: [a]\nmatch: true\nservices: [iptv]\n", `test.yaml:1:7: name: expected a text`},
		{"bad service", "name: a\nmatch: true\nservices: [tv]\n", `test.yaml:3:12: services: unknown type "tv": expected one of [iptv internet voip]`},
		{"empty services", "name: a\nmatch: true\nservices: []\n", "test.yaml:3:11: services: expected at least one of [iptv internet voip]"},
		{"priority", small("priority: 1001\n"), "test.yaml:4:11: priority: expected a whole number from 0 to 1000"},
		{"priority text", small("priority: high\n"), "test.yaml:4:11: priority: expected a whole number"},
		{"root", small("root: Foo.\n"), "test.yaml:4:7: root: expected Device. or InternetGatewayDevice."},
		{"flag", small("rebootAfter: perhaps\n"), "test.yaml:4:14: rebootAfter: expected true or false"},
		{"rebootAfter alone", small("rebootAfter: true\n"), "test.yaml:4:14: rebootAfter: expected at least one parameter"},
		{"alias of YAML", small("read: &a [Device.X.]\nprobe: *a\n"), "test.yaml:5:8: expected a list; YAML aliases are not taken"},
		{"long list", small("read: [" + strings.Repeat("Device.A,", 600) + "]\n"), "test.yaml:4:7: list of more than 512 entries"},

		{"path", small("read: [Device..A]\n"), `test.yaml:4:8: read: "Device..A" is not a parameter name`},
		{"path with row", small("read: ['Device.{ppp}.A']\n"), `test.yaml:4:8: read: "Device.{ppp}.A": rows are not known here, so {ppp} cannot stand`},
		{"probe a parameter", small("probe: [Device.A]\n"), `test.yaml:4:9: probe: "Device.A": expected an object, with a dot`},
		{"identity key", small("identity: {serial: [Device.A]}\n"), `test.yaml:4:12: identity: unknown key "serial"`},
		{"management key", small("management: {url: Device.A}\n"), `test.yaml:4:14: management: unknown key "url"`},
		{"management no mapping", small("management: off\n"), `test.yaml:4:13: management: expected a mapping`},

		{"quirk", small("quirks:\n  batch: 20\n  xmlDecl: true\n"), `test.yaml:6:3: quirks: unknown key "xmlDecl": expected one of noMethods, confirmByVersion, batch, xmlDeclaration`},
		{"quirk flag", small("quirks: {empty200: 200}\n"), "test.yaml:4:20: quirks.empty200: expected true or false"},
		{"quirk booleans", small("quirks: {booleans: 'true'}\n"), "test.yaml:4:20: quirks.booleans: expected words or digits"},
		{"quirk booleans list", small("quirks: {booleans: [words]}\n"), "test.yaml:4:20: quirks.booleans: expected words or digits"},

		{"param without value", param("{name: Device.A}"), "test.yaml:5:5: parameter: expected the key value, and one of name and names"},
		{"param without name", param("{value: line.vlan}"), "test.yaml:5:5: parameter: expected the key value, and one of name and names"},
		{"param with both", param("{name: Device.A, names: [Device.B], value: line.area}"), "test.yaml:5:5: parameter: expected the key value, and one of"},
		{"param with names in name", param("{name: [Device.A, Device.B], value: line.area}"), "test.yaml:5:12: name: expected one name; several spellings go into names"},
		{"param without names", param("{names: [], value: line.area}"), "test.yaml:5:13: name: expected one name"},
		{"param of object", param("{name: Device.A., value: line.area}"), `test.yaml:5:12: name: "Device.A.": expected a parameter, without a dot`},
		{"param brace", param("{name: 'Device.a{b}.C', value: line.area}"), `test.yaml:5:12: name: "Device.a{b}.C": expected {alias} to be a whole segment`},
		{"param alias root", param("{name: 'Device.{root}.C', value: line.area}"), `expected {alias} to be a whole segment`},
		{"param unknown row", param("{name: 'Device.{ppp}.C', value: line.area}"), "test.yaml:5:12: {ppp} names no row"},
		{"param type", param("{name: Device.A, value: line.area, type: text}"), `test.yaml:5:46: type: unknown type "text": expected one of base64, boolean, dateTime, hexBinary, int`},
		{"param empty", param("{name: Device.A, value: line.area, empty: skip}"), "test.yaml:5:47: empty: expected omit, send or refuse"},
		{"param twice", param("{name: Device.A, value: line.area}\n  - {name: Device.A, value: line.node}"), "test.yaml:6:29: Device.A has a value already, at test.yaml:5:29"},
		{"password in clear", param("{name: Device.A, value: service.password}"), "test.yaml:5:29: value: mentions a password: expected secret: true beside it"},
		{"access password in clear", param(`{name: Device.A, value: '"a" + service.access.password'}`), "value: mentions a password"},
		{"password by index", param(`{name: Device.A, value: 'service["password"]'}`), "value: mentions a password"},
		{"password in condition of value", param(`{name: Device.A, value: 'service.password == "" ? "a" : "b"'}`), "value: mentions a password"},

		{"typo", param("{name: Device.A, value: service.acount}"), `test.yaml:5:37: value: service has no field "acount": expected one of id, type, package, account`},
		{"typo in if", param("{name: Device.A, value: line.area, if: lin.vlan > 0}"), "test.yaml:5:44: if: unknown name lin"},
		{"quoted", param(`{name: Device.A, value: "  service.acount"}`), `test.yaml:5:40: value: service has no field "acount"`},
		{"block", param("name: Device.A\n    value: |-\n      line.area +\n        service.acount"), `test.yaml:8:12: value: service has no field "acount"`},
		{"syntax", param("{name: Device.A, value: line.area +}"), "value: unexpected token EOF"},
		{"no expression", param("{name: Device.A, value: ''}"), "test.yaml:5:29: value: expected an expression of 1 to 1024 bytes"},
		{"null expression", param("{name: Device.A, value: ~}"), "test.yaml:5:29: value: expected an expression"},
		{"list expression", param("{name: Device.A, value: [a]}"), "test.yaml:5:29: value: expected a text"},
		{"long expression", param("{name: Device.A, value: '" + strings.Repeat(" ", 1024) + "1'}"), "value: expected an expression of 1 to 1024 bytes"},
		{"many nodes", param("{name: Device.A, value: '" + strings.Repeat("1+", 300) + "1', type: int}"), "value: compilation failed: expression exceeds maximum allowed nodes"},
		{"condition no bool", param("{name: Device.A, value: line.area, if: line.vlan}"), "test.yaml:5:44: if: gives int: expected bool"},
		{"value of other type", param("{name: Device.A, value: line.vlan}"), "test.yaml:5:29: value: gives int: expected string"},
		{"value of mixed type", param("{name: Device.A, value: 'true ? line.vlan : line.area'}"), "value: gives a value of mixed type: expected string"},
		{"value nil", param("{name: Device.A, value: nil}"), "value: gives a value of mixed type"},
		{"boolean of text", param("{name: Device.A, value: line.area, type: boolean}"), "value: gives string: expected bool"},
		{"has in value", param("{name: Device.A, value: 'has(line.area) ? line.area : line.node'}"), "value: unknown name has"},
		{"service in match", "name: a\nmatch: service.account != ''\nservices: [iptv]\n", "test.yaml:2:8: match: unknown name service"},

		{"row keys", row("{alias: a}"), "test.yaml:5:5: row: expected the keys alias and table"},
		{"row by nothing", row("{alias: a, table: Device.T.}"), "test.yaml:5:5: row: expected match, fixed or both"},
		{"row unknown key", row("{alias: a, table: Device.T., where: b}"), `test.yaml:5:34: row: unknown key "where"`},
		{"row alias", row("{alias: 1a, table: Device.T.}"), `test.yaml:5:13: alias: "1a": expected letters and digits`},
		{"row alias twice", row("{alias: a, table: Device.T.}\n  - {alias: a, table: Device.U.}"), `test.yaml:6:13: alias: "a": expected letters and digits, not root, and each alias once`},
		{"row table", row("{alias: a, table: Device.T}"), `test.yaml:5:23: table: "Device.T": expected an object`},
		{"row in itself", row("{alias: a, table: 'Device.T.{a}.U.'}"), "test.yaml:5:23: {a} names no row"},
		{"row match", row("{alias: a, table: Device.T., match: [b]}"), "test.yaml:5:41: row match: expected a mapping"},
		{"row match name", row("{alias: a, table: Device.T., match: {'A b': line.area}}"), `row match: "A b": expected a parameter name relative`},
		{"row match twice", row("{alias: a, table: Device.T., match: {A: line.area, A: line.node}}"), `row match: key "A" is given twice`},
		{"row match secret", row("{alias: a, table: Device.T., match: {A: service.password}}"), "test.yaml:5:45: rows are found by values in clear: a password cannot stand here"},
		{"row fixed secret", row("{alias: a, table: Device.T., fixed: service.password}"), "a password cannot stand here"},
		{"row fixed", row("{alias: a, table: Device.T., fixed: true}"), "fixed: gives bool: expected int or string"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Parse("test.yaml", strings.NewReader(c.doc))
			var problems Problems
			if !errors.As(err, &problems) || !itms.IsKind(err, itms.KindInvalid) {
				t.Fatalf("got %v: expected Problems", err)
			}
			if !strings.Contains(problems.Error(), c.want) {
				t.Errorf("got  %s\nwant %s", problems, c.want)
			}
		})
	}
}

// TestParseGathersProblems reports all faults of a document, up to a bound.
func TestParseGathersProblems(t *testing.T) {
	_, err := Parse("test.yaml", strings.NewReader("name: X\nmatch: foo\nservices: [tv]\nbad: 1\n"))
	var problems Problems
	if !errors.As(err, &problems) || len(problems) != 4 {
		t.Fatalf("got %v: expected 4 problems", err)
	}
	var many strings.Builder
	for i := range 100 {
		fmt.Fprintf(&many, "key%d: 1\n", i)
	}
	_, err = Parse("test.yaml", strings.NewReader(small(many.String())))
	if !errors.As(err, &problems) || len(problems) != maxProblems {
		t.Fatalf("got %d problems: expected %d", len(problems), maxProblems)
	}
}

// TestParseReader refuses what is too large or cannot be read.
func TestParseReader(t *testing.T) {
	for want, in := range map[string]io.Reader{
		"is larger than 262144 bytes": strings.NewReader(strings.Repeat("# long\n", maxDocument)),
		"cannot be read: timeout":     iotest.TimeoutReader(iotest.OneByteReader(strings.NewReader("name: a"))),
	} {
		if _, err := Parse("x", in); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v: expected %q", err, want)
		}
	}
}

// TestGrammar refuses every construct that could loop, grow or leak.
func TestGrammar(t *testing.T) {
	for source, want := range map[string]string{
		`service`:                           `"service" cannot stand alone`,
		`string(service)`:                   `"service" cannot stand alone`,
		`string(service.access)`:            `"service.access" cannot stand alone`,
		`string(attributes)`:                `"attributes" cannot stand alone`,
		`service[line.area]`:                `expected a field by its name`,
		`attributes[line.area]`:             `expected a field by its name`,
		`service?.account`:                  `not offered`,
		`(line).area`:                       ``,
		`let a = line.area; a + a`:          `not offered`,
		`line.area; line.area`:              `not offered`,
		`string(1..1000000)`:                `ranges are not offered`,
		`map([1], string(#))`:               `function map is not offered`,
		`repeat(line.area, 1000)`:           `function repeat is not offered`,
		`replace(line.area, "", "a")`:       `function replace is not offered`,
		`toJSON(line.area)`:                 `function toJSON is not offered`,
		`service.access.acount`:             `service.access has no field "acount": expected one of type, account, password`,
		`device.model.x`:                    `type string`,
		`line.area[0:2]`:                    `not offered`,
		`{"a": line.area}["a"]`:             `expected a field by its name`,
		`line.area.foo()`:                   `values have no methods`,
		`line.area matches line.node`:       `expected a constant pattern`,
		`line.area matches "("`:             `error parsing regexp`,
		`1.5`:                               `not offered`,
		`upper(line.area)`:                  ``,
		`trim(lower(line.node)) ?? "a"`:     ``,
		`attributes["a b"]`:                 ``,
		`attributes.region`:                 ``,
		`string(len(line.area))`:            ``,
		`if line.vlan > 0 {"a"} else {"b"}`: ``,
		`coalesce("", line.area, "c")`:      ``,
		`coalesce(1)`:                       `cannot use int as argument`,
		`line.vlan in [1, 2] ? "a" : "b"`:   ``,
	} {
		_, err := Parse("t", strings.NewReader(small(fmt.Sprintf("params: [{name: Device.A, value: %q}]\n", source))))
		switch {
		case want == "" && err != nil:
			t.Errorf("%s: %v", source, err)
		case want != "" && (err == nil || !strings.Contains(err.Error(), want)):
			t.Errorf("%s: got %v: expected %q", source, err, want)
		}
	}
}

// TestDigest changes with the content and not with its looks.
func TestDigest(t *testing.T) {
	base := parse(t, small("title: 'a'\nparams: [{name: Device.A, value: line.area}]\n"))
	same := parse(t, "# comment\n"+small("title: \"a\"\nparams:\n  - name: Device.A # here\n    value: line.area\n"))
	other := parse(t, small("title: 'a'\nparams: [{name: Device.A, value: line.node}]\n"))
	if base.Digest() != same.Digest() || len(base.Digest()) != digestLength {
		t.Errorf("digests %s and %s: expected equal", base.Digest(), same.Digest())
	}
	if base.Digest() == other.Digest() {
		t.Error("another value must change the digest")
	}
}

// FuzzParse must never panic, and what it accepts must compute without leaking.
func FuzzParse(f *testing.F) {
	for _, p := range builtins(f).All() {
		text, err := builtin.ReadFile("builtin/" + p.Name + extension)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text))
	}
	f.Add(small("rows: [{alias: a, table: 'Device.T.', fixed: 1}]\nparams: [{name: 'Device.T.{a}.B', value: '\"x\"'}]\n"))
	f.Add(small("hosts: ['{root}A.{i}.B.{i}.MAC']\n"))
	f.Add(small("proof: [{name: Device.A, shows: x, holds: 'value matches \"^[0-9]+$\" and int(value) > 0'}]\n"))
	f.Add(small("notify: [{name: '{root}A.', level: passive}, {names: [Device.A.B, Device.A.C], level: 2, access: [], if: line.vlan > 0}]\n"))
	f.Add(small("a: &a [*a]\n"))
	f.Fuzz(func(t *testing.T, text string) {
		p, err := Parse("fuzz.yaml", strings.NewReader(text))
		if err != nil {
			var problems Problems
			if !errors.As(err, &problems) || len(problems) == 0 {
				t.Fatalf("%v is no Problems", err)
			}
			return
		}
		in := full(p.Services[0], itms.AccessPPPoE)
		checkBound(t, p, in)
		checkProof(t, p, in, text)
		in.Bound = false
		checkUnbound(t, p, in)
		checkPages(t, p)
		checkHosts(t, p, connections())
		in.Known = connections()
		checkWithdrawn(t, p, in)
	})
}
