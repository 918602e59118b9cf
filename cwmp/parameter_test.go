package cwmp

import "testing"

func TestCanonicalType(t *testing.T) {
	for xsiType, want := range map[string]string{
		"xsd:string":       TypeString,
		"xsd:int":          TypeInt,
		"xs:unsignedInt":   TypeUnsignedInt,
		"long":             TypeLong,
		"XSD:UNSIGNEDLONG": TypeUnsignedLong,
		"q1:boolean":       TypeBoolean,
		"xsd: dateTime ":   TypeDateTime,
		"soap-enc:base64":  TypeBase64,
		"xsd:base64Binary": TypeBase64Binary,
		"xsd:hexbinary":    TypeHexBinary,
		"":                 TypeString,
		"xsd:":             TypeString,
		"cwmp:Enumeration": TypeString,
		"xsd:string[14]":   TypeString,
		"xsd:decimal":      TypeString,
	} {
		if got := canonicalType(xsiType); got != want {
			t.Errorf("%q: got %q, want %q", xsiType, got, want)
		}
	}
}

// TestParameterValueIsEscaped checks that neither value nor type can break out
// of its place.
func TestParameterValueIsEscaped(t *testing.T) {
	w := writer{}
	ParameterValue{Name: "A<b>", Value: "]]>&\r", Type: `x" y="<`}.encode(&w)
	const want = `<ParameterValueStruct><Name>A&lt;b&gt;</Name><Value xsi:type="x&quot; y=&quot;&lt;">]]&gt;&amp;&#xD;</Value></ParameterValueStruct>`
	if got := string(w.buf); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	w = writer{}
	ParameterValue{Name: "A"}.encode(&w)
	if got := string(w.buf); got != `<ParameterValueStruct><Name>A</Name><Value xsi:type="xsd:string"></Value></ParameterValueStruct>` {
		t.Errorf("without type: %s", got)
	}
}
