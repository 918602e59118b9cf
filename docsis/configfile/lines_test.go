package configfile

import (
	"fmt"
	"strings"
	"testing"
)

func TestLines(t *testing.T) {
	f, err := ParseText([]byte(`Main {
	NetworkAccess 1;
	UsServiceFlow { UsServiceFlowRef 2; MaxRateSustained 1000; GenericTLV TlvCode 200 TlvLength 2 TlvValue 0x0102; }
	SnmpMibObject 1.3.6.1.2.1.1.6.0 String "here";
	GenericTLV TlvCode 199 TlvLength 1 TlvValue 0xff;
}`), nil)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, l := range f.Lines() {
		got = append(got, fmt.Sprintf("%s %s=%s", l.Path, l.Name, l.Value))
	}
	want := []string{"3 NetworkAccess=1", "24 UsServiceFlow=", "24.1 UsServiceFlow.UsServiceFlowRef=2", "24.8 UsServiceFlow.MaxRateSustained=1000",
		"24.200 UsServiceFlow.200=0x0102", `11 SnmpMibObject=1.3.6.1.2.1.1.6.0 String "here"`, "199 199=0xff"}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}
