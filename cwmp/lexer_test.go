package cwmp

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/beevik/etree"
)

// outline writes a tree in one line, without what the lexer may drop: comments,
// instructions, indentation, the borders between pieces of text, and all but
// the last of attributes with the same name.
func outline(el *etree.Element) string {
	var b strings.Builder
	writeOutline(&b, el)
	return b.String()
}

func writeOutline(b *strings.Builder, el *etree.Element) {
	fmt.Fprintf(b, "<%s|%s", el.Space, el.Tag)
	attrs := make(map[string]string)
	for _, a := range el.Attr {
		attrs[a.Space+"|"+a.Key] = a.Value
	}
	keys := make([]string, 0, len(attrs))
	for key := range attrs {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	for _, key := range keys {
		fmt.Fprintf(b, " %s=%q", key, attrs[key])
	}
	b.WriteString(">")
	text := ""
	leaf := len(el.ChildElements()) == 0
	endText := func() {
		if leaf || strings.Trim(text, " \t\r\n") != "" {
			fmt.Fprintf(b, "%q", text)
		}
		text = ""
	}
	for _, child := range el.Child {
		switch child := child.(type) {
		case *etree.CharData:
			text += child.Data
		case *etree.Element:
			endText()
			writeOutline(b, child)
		}
	}
	endText()
	b.WriteString("</>")
}

// strangeDeclaration matches a declaration that XML does not have.
var strangeDeclaration = regexp.MustCompile(`<!([^-[DEAN]|-[^-]|\[[^C]|D[^O])`)

// strictOutline is the outline by etree's own reader, which is the reference
// for well-formed input. ok is false for input that it does not accept, or
// that is not a document with one element.
func strictOutline(body []byte) (text string, ok bool) {
	if strangeDeclaration.Match(body) {
		return "", false // which encoding/xml does not look into
	}
	doc := etree.NewDocument()
	doc.ReadSettings.ValidateInput = true
	if err := doc.ReadFromBytes(body); err != nil || len(doc.ChildElements()) != 1 {
		return "", false
	}
	for _, token := range doc.Child {
		if text, isText := token.(*etree.CharData); isText && strings.Trim(text.Data, " \t\r\n") != "" {
			return "", false // which etree lets through
		}
	}
	return outline(doc.Root()), true
}

var wellFormed = []string{
	`<a/>`,
	`<a b="1" c='2'/>`,
	`<a>text</a>`,
	"<a> \t\n </a>",
	"<a>\r\n<b>1\r\n2\r3</b>\r\n</a>",
	`<?xml version="1.0" encoding="UTF-8"?><!-- c --><a><!-- d -->x<!-- e -->y</a>`,
	`<a>x<![CDATA[<&>]]>y</a>`,
	`<a><![CDATA[]]></a>`,
	`<a> <![CDATA[ ]]> </a>`,
	`<a>&lt;&gt;&amp;&quot;&apos;&#65;&#x42;&#x1F600;&#13;</a>`,
	`<a b="&lt;&quot;&#10;'"  c = '"' />`,
	`<p:a xmlns:p="urn:x"><p:b p:c="1">z</p:b></p:a>`,
	`<a>Ünïcode 漢字 😀</a>`,
	`<a><b/>tail<c>x</c></a>`,
	`<a><?pi with > inside?><b></b></a>`,
	`<!DOCTYPE a [<!ENTITY x "y"> <!-- it's > --> <!ELEMENT a ANY>]><a>1</a>`,
	`<é>1</é>`,
	`<a-b.c_d1></a-b.c_d1 >`,
}

func TestLexerReadsAsStrictReader(t *testing.T) {
	for _, body := range wellFormed {
		want, ok := strictOutline([]byte(body))
		if !ok {
			t.Errorf("%s: not well-formed", body)
			continue
		}
		root, err := lex([]byte(body), false)
		if err != nil {
			t.Errorf("%s: %v", body, err)
		} else if got := outline(root); got != want {
			t.Errorf("%s:\n got %s\nwant %s", body, got, want)
		}
	}
}

// unknownDeclaration finds declarations that XML does not have; the strict reader
// takes them for a DTD.
var unknownDeclaration = regexp.MustCompile(`<!([^-\[DEAN]|-[^-]|\[[^C]|D[^O]|E[^NL]|A[^T]|N[^O]|$)`)

// FuzzLexer checks the lexer against the strict reader on whatever that one
// accepts.
func FuzzLexer(f *testing.F) {
	for _, body := range wellFormed {
		f.Add([]byte(body))
	}
	for _, name := range []string{"Inform", "Fault", "GetParameterValuesResponse"} {
		indented, _ := readGolden(f, name)
		f.Add(indented)
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		root, err := lex(body, false)
		want, ok := strictOutline(body)
		if !ok || unknownDeclaration.Match(body) || err != nil && err.Kind != KindMalformed {
			return // a limit, which the strict reader does not have
		}
		if err != nil {
			t.Fatalf("%v, but well-formed: %s", err, want)
		}
		if got := outline(root); got != want {
			t.Fatalf("\n got %s\nwant %s", got, want)
		}
	})
}

// TestLexerTolerance are the mistakes of CPEs that no strict reader accepts.
func TestLexerTolerance(t *testing.T) {
	for name, test := range map[string]struct{ body, want string }{
		"bare ampersand":               {`<a>Tom & Eva&co;</a>`, `Tom & Eva&co;`},
		"ampersand at the end":         {`<a>Tom &</a>`, `Tom &`},
		"control character (quirk 29)": {"<a>x\x02y</a>", "x\uFFFDy"},
		"NUL":                          {"<a>x\x00y</a>", "x\uFFFDy"},
		"reference to a control (29)":  {`<a>x&#x2;&#0;y</a>`, "x\uFFFD\uFFFDy"},
		"reference to a surrogate":     {`<a>&#xD83D;</a>`, "\uFFFD"},
		"reference out of range":       {`<a>&#x110000;</a>`, "\uFFFD"},
		"reference too long":           {`<a>&#00000000000065;</a>`, "&#00000000000065;"},
		"reference without digits":     {`<a>&#;&#x;&#xg;</a>`, "&#;&#x;&#xg;"},
		"undeclared entity":            {`<a>&nbsp;1</a>`, "&nbsp;1"},
		"declared entity":              {`<!DOCTYPE a [<!ENTITY e "boom">]><a>&e;</a>`, "&e;"},
		"Latin-1 bytes in UTF-8":       {"<a>\xfcb\xc3\xbc</a>", "übü"},
		"noncharacter":                 {"<a>\xef\xbf\xbf</a>", "\uFFFD"},
		"less-than in text":            {`<a>5 < 6 <3 <= 7</a>`, `5 < 6 <3 <= 7`},
		"end tag of another prefix":    {`<x:a xmlns:x="urn:x">1</y:a>`, "1"},
		"attribute without quotes":     {`<a b=1 c>1</a>`, "1"},
		"junk after the end":           {"<a>1</a>\x00\x00junk <b", "1"},
		"byte order mark and NULs":     {"\xef\xbb\xbf\x00\r\n<a>1</a>", "1"},
		"stray slash":                  {`<a / b="1">1</a>`, "1"},
	} {
		t.Run(name, func(t *testing.T) {
			root, err := lex([]byte(test.body), false)
			if err != nil {
				t.Fatal(err)
			}
			if got := root.Text(); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestLexerAttributes(t *testing.T) {
	root, err := lex([]byte(`<a b=1 c d='"' e="&amp;&#x2;" b="2" x:f = "3"/>`), false)
	if err != nil {
		t.Fatal(err)
	}
	want := "<|a x|f=\"3\" |b=\"2\" |c=\"\" |d=\"\\\"\" |e=\"&\uFFFD\">\"\"</>"
	if got := outline(root); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestLexerRefuses(t *testing.T) {
	for name, test := range map[string]struct {
		body string
		kind ErrorKind
	}{
		"text":                      {"hello", KindMalformed},
		"text first":                {"hello <a/>", KindMalformed},
		"CDATA first":               {"<![CDATA[x]]><a/>", KindMalformed},
		"no end tag":                {"<a>", KindMalformed},
		"cut in a tag":              {"<a b", KindMalformed},
		"cut in an attribute":       {`<a b="1`, KindMalformed},
		"cut after the equals sign": {`<a b=`, KindMalformed},
		"cut in a bare attribute":   {`<a b=1`, KindMalformed},
		"cut in an end tag":         {"<a></a", KindMalformed},
		"wrong end tag":             {"<a></b>", KindMalformed},
		"crossed end tags":          {"<a><b></a></b>", KindMalformed},
		"end tag first":             {"</a>", KindMalformed},
		"tag within a tag":          {"<a <b></b></a>", KindMalformed},
		"open comment":              {"<a><!-- ", KindMalformed},
		"open CDATA":                {"<a><![CDATA[ ", KindMalformed},
		"open instruction":          {"<?xml ", KindMalformed},
		"open declaration":          {"<!DOCTYPE a [", KindMalformed},
		"open comment in one":       {"<!DOCTYPE a [ <!-- ", KindMalformed},
		"too deep":                  {strings.Repeat("<a>", MaxDepth+1), KindTooDeep},
		"too many attributes":       {"<a" + manyAttributes(MaxAttributes+1) + "/>", KindTooMany},
		"too many small attributes": {"<a>" + strings.Repeat("<b c='1' d='2' e='3'/>", MaxElements/4), KindTooMany},
		"long name":                 {"<" + strings.Repeat("a", MaxNameBytes+1) + "/>", KindTooLong},
		"long attribute name":       {"<a " + strings.Repeat("a", MaxNameBytes+1) + "='1'/>", KindTooLong},
		"long end tag":              {"<a></a" + strings.Repeat("a", 2*MaxNameBytes) + ">", KindMalformed},
		"no body, cut":              {"<Envelope><Header></Header>", KindMalformed},
		"too many elements":         {"<a>" + strings.Repeat("<b/>", MaxElements), KindTooMany},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := lex([]byte(test.body), false)
			if err == nil || err.Kind != test.kind {
				t.Errorf("got %v, want kind %v", err, test.kind)
			}
			if err != nil && len(err.Error()) > 2000 {
				t.Errorf("the error is %d bytes long", len(err.Error()))
			}
		})
	}
}

func manyAttributes(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, ` a%d="1"`, i)
	}
	return b.String()
}

// TestLexerKeepsLimits checks that what is at a limit is still read.
func TestLexerKeepsLimits(t *testing.T) {
	for name, body := range map[string]string{
		"depth":      strings.Repeat("<a>", MaxDepth) + strings.Repeat("</a>", MaxDepth),
		"name":       "<" + strings.Repeat("a", MaxNameBytes) + " " + strings.Repeat("b", MaxNameBytes) + "='1'/>",
		"attributes": "<a" + manyAttributes(MaxAttributes) + "/>",
		"elements":   "<a>" + strings.Repeat("<b/>", MaxElements-1) + "</a>",
	} {
		if _, err := lex([]byte(body), false); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestEntityBombCostsNothing reads documents made to explode a reader that
// expands entities, or to make one quadratic: such a one would not come to its end
// within the time of any test run.
func TestEntityBombCostsNothing(t *testing.T) {
	var laughs strings.Builder
	laughs.WriteString(`<!DOCTYPE a [<!ENTITY l0 "lol">`)
	for i := 1; i < 60; i++ {
		fmt.Fprintf(&laughs, `<!ENTITY l%d "%s">`, i, strings.Repeat(fmt.Sprintf("&l%d;", i-1), 10))
	}
	laughs.WriteString(`<!ENTITY file SYSTEM "file:///etc/passwd">]><a>&l59;&file;</a>`)
	const n = 1 << 20
	for name, body := range map[string]string{
		"billion laughs":  laughs.String(),
		"ampersands":      "<a>" + strings.Repeat("&", n) + "</a>",
		"less-thans":      "<a>" + strings.Repeat("< ", n) + "</a>",
		"CDATA sections":  "<a>" + strings.Repeat("<![CDATA[]]>", n/8) + "</a>",
		"comments":        strings.Repeat("<!---->", n/8) + "<a/>",
		"open quotes":     "<!DOCTYPE " + strings.Repeat(`"`, n) + "><a/>",
		"nested subset":   "<!DOCTYPE a [" + strings.Repeat("<", n),
		"huge attribute":  `<a b="` + strings.Repeat("&amp;", n) + `"/>`,
		"same attributes": "<a" + strings.Repeat(" a=1", n) + "/>",
	} {
		t.Run(name, func(t *testing.T) {
			root, _ := lex([]byte(body), false)
			if root != nil && len(root.Text()) > 4*len(body) {
				t.Errorf("%d bytes became %d", len(body), len(root.Text()))
			}
		})
	}
	root, err := lex([]byte(laughs.String()), false)
	if err != nil || root.Text() != "&l59;&file;" {
		t.Errorf("got %q, %v", root.Text(), err)
	}
}

func TestIsLatin1(t *testing.T) {
	for _, test := range []struct {
		contentType, body string
		want              bool
	}{
		{"text/xml; charset=iso-8859-1", `<a/>`, true},
		{`text/xml; Charset="ISO-8859-1"`, `<a/>`, true},
		{"text/xml; charset=utf-8", `<?xml version="1.0" encoding="ISO-8859-1"?><a/>`, false},
		{"text/xml; charset=iso-8859-15", `<a/>`, false},
		{"text/xml", `<?xml version="1.0" encoding="ISO-8859-1"?><a/>`, true},
		{"", "\xef\xbb\xbf\n<?xml version='1.0' encoding = 'Latin1'?><a/>", true},
		{"", `<?xml version="1.0"?><a encoding="latin1"/>`, false},
		{"", `<a encoding="latin1"/>`, false},
		{"", ``, false},
	} {
		if got := isLatin1([]byte(test.body), test.contentType); got != test.want {
			t.Errorf("%q, %q: got %v", test.contentType, test.body, got)
		}
	}
}

func TestLexerCharset(t *testing.T) {
	root, err := lex([]byte("<a b='\xe9'>\xfc\xc3\xbc</a>"), true)
	if err != nil {
		t.Fatal(err)
	}
	if got := root.Text() + root.SelectAttrValue("b", ""); got != "üÃ¼é" {
		t.Errorf("got %q", got)
	}
}

// TestEscapeRoundTrip writes every character and some bad bytes, and reads
// them back.
func TestEscapeRoundTrip(t *testing.T) {
	for r := rune(0); r < 0x11000; r++ {
		text := "a" + string(r) + "b"
		want := "a" + string(legal(r)) + "b"
		for _, attribute := range []bool{false, true} {
			escaped := appendEscaped(nil, text, attribute)
			body := fmt.Sprintf("<a>%s</a>", escaped)
			if attribute {
				body = fmt.Sprintf(`<a b="%s"/>`, escaped)
			}
			if !utf8.ValidString(body) {
				t.Fatalf("%U is written as %q", r, body)
			}
			root, err := lex([]byte(body), false)
			if err != nil {
				t.Fatalf("%U: %v", r, err)
			}
			if got := root.Text() + root.SelectAttrValue("b", ""); got != want {
				t.Fatalf("%U: got %q, want %q", r, got, want)
			}
		}
	}
	if got := appendEscaped(nil, "x\xffy\xc3", false); !bytes.Equal(got, []byte("x\uFFFDy\uFFFD")) {
		t.Errorf("bad bytes are written as %q", got)
	}
}
