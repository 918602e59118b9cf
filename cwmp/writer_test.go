package cwmp

import (
	"testing"
	"time"
)

func TestWriter(t *testing.T) {
	for want, write := range map[string]func(*writer){
		`<a></a>`:                             func(w *writer) { w.str("a", "") },
		`<a>x&amp;y</a>`:                      func(w *writer) { w.str("a", "x&y") },
		``:                                    func(w *writer) { w.optional("a", "") },
		`<a>1</a>`:                            func(w *writer) { w.optional("a", "1") },
		`<a>-2147483648</a>`:                  func(w *writer) { w.int("a", -2147483648) },
		`<a>4294967295</a>`:                   func(w *writer) { w.uint("a", 4294967295) },
		`<b>1</b><b>0</b>`:                    func(w *writer) { w.bool("b", true); w.bool("b", false) },
		`<a>0001-01-01T00:00:00Z</a>`:         func(w *writer) { w.time("a", DateTime{}) },
		`<a>1970-01-01T00:00:01Z</a>`:         func(w *writer) { w.time("a", TimeOf(time.Unix(1, 999))) },
		`<a>&lt;junk&gt;</a>`:                 func(w *writer) { w.time("a", DateTime{Raw: "<junk>"}) },
		`<a xsi:type="&lt;&quot;&#xA;&#x9;">`: func(w *writer) { w.openTyped("a", "<\"\n\t") },
		`<a soap-enc:arrayType="cwmp:T[12]">`: func(w *writer) { w.openArray("a", "cwmp:T", 12) },
		`<a soap-enc:arrayType="xsd:string[2]"><string>x</string><string></string></a>`: func(w *writer) {
			w.strings("a", []string{"x", ""})
		},
		`<e soap-enc:arrayType="cwmp:E[1]"><EventStruct><EventCode>1 BOOT</EventCode><CommandKey></CommandKey></EventStruct></e>`: func(w *writer) {
			encodeList(w, "e", "cwmp:E", []Event{{EventBoot, ""}})
		},
		`<f><FaultCode>9001</FaultCode><FaultString>&lt;</FaultString></f>`: func(w *writer) {
			TransferFault{FaultDenied, "<"}.encode(w, "f")
		},
	} {
		var w writer
		write(&w)
		if got := string(w.buf); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}
