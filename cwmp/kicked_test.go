package cwmp

import "testing"

func TestKicked(t *testing.T) {
	checkGolden(t, &Kicked{Command: "login", Referer: "http://192.0.2.1/", Arg: "a=1&b=2", Next: "http://example.com/next"})
	checkGolden(t, &KickedResponse{NextURL: "http://example.com/next"})
}

func TestKickedForms(t *testing.T) {
	for body, want := range map[string]Kicked{
		`<Next> http://example.com/ </Next>`:       {Next: "http://example.com/"},
		`<Arg> a=1&b=2 </Arg><Command>x</Command>`: {Command: "x", Arg: " a=1&b=2 "},
		`<Referer/><Referrer>ignored</Referrer>`:   {},
	} {
		checkBody(t, `<cwmp:Kicked>`+body+`</cwmp:Kicked>`, &want)
	}
	checkBody(t, `<KickedResponse><nextURL>http://example.com/</nextURL></KickedResponse>`, &KickedResponse{NextURL: "http://example.com/"})
}

func TestKickedWritten(t *testing.T) {
	checkWritten(t, &Kicked{Arg: "a&b"}, `<cwmp:Kicked><Command></Command><Referer></Referer><Arg>a&amp;b</Arg><Next></Next></cwmp:Kicked>`)
	checkWritten(t, &KickedResponse{}, `<cwmp:KickedResponse><NextURL></NextURL></cwmp:KickedResponse>`)
}

func FuzzKicked(f *testing.F) { fuzzGolden(f, "Kicked", "KickedResponse") }
