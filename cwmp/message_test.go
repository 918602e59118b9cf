package cwmp

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// methods are the RPCs of TR-069 Amendment 6 Annex A, in its order.
var methods = strings.Fields(`GetRPCMethods SetParameterValues GetParameterValues GetParameterNames
	SetParameterAttributes GetParameterAttributes AddObject DeleteObject Download Reboot GetQueuedTransfers
	ScheduleInform SetVouchers GetOptions Upload FactoryReset GetAllQueuedTransfers ScheduleDownload
	CancelTransfer ChangeDUState Inform TransferComplete AutonomousTransferComplete Kicked RequestDownload
	DUStateChangeComplete AutonomousDUStateChangeComplete`)

// TestEveryMethod checks that each RPC and its response can be read from an
// element without content, and have a golden file.
func TestEveryMethod(t *testing.T) {
	names := []string{"Fault"}
	for _, method := range methods {
		names = append(names, method, method+"Response")
	}
	if len(names) != len(decoders) {
		t.Errorf("%d names, %d decoders", len(names), len(decoders))
	}
	for _, name := range names {
		env := decodeBody(t, "<cwmp:"+name+"/>")
		if _, unknown := env.Message.(*UnknownMethod); unknown || env.Message.Method() != name {
			t.Errorf("%s is read as %T", name, env.Message)
		}
		if _, err := os.Stat(filepath.Join(goldenDir, name+".xml")); err != nil {
			t.Error(err)
		}
	}
}

// TestFixturesAreSynthetic checks that no address of a real device or network
// is in the golden files.
func TestFixturesAreSynthetic(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(goldenDir, "*.xml"))
	if err != nil || len(files) < 2*len(methods) {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, file := range files {
		body, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, url := range strings.Split(string(body), "://")[1:] {
			host := url[:strings.IndexAny(url, "/:<\"")]
			switch {
			case strings.HasPrefix(host, "192.0.2."), host == "example.com", strings.HasSuffix(host, ".example.com"),
				host == "schemas.xmlsoap.org", host == "www.w3.org":
			default:
				t.Errorf("%s mentions %s", file, host)
			}
		}
	}
}
