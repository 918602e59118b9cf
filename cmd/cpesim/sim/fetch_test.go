package sim

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"itms/cmd/cpesim/internal/acstest"
	"itms/cwmp"
	"itms/internal/digest"
)

// depot is a file server that knows ranges and remembers its requests.
type depot struct {
	image []byte
	auth  *digest.Authenticator

	mu       sync.Mutex
	requests []string // method, protocol, range and scheme of credentials
	taken    []byte
	form     string // name of the file in a form
}

func (d *depot) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	d.mu.Lock()
	defer d.mu.Unlock()
	scheme, _, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	d.requests = append(d.requests, strings.TrimSpace(strings.Join([]string{r.Method, r.Proto, r.Header.Get("Range"), scheme}, " ")))
	if !d.proved(r) {
		for _, line := range append(d.auth.Challenges(), `Basic realm="x"`) {
			w.Header().Add("WWW-Authenticate", line)
		}
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	if r.Method == http.MethodGet {
		http.ServeContent(w, r, "image", time.Time{}, bytes.NewReader(d.image))
		return
	}
	if file, head, err := r.FormFile("file"); err == nil {
		d.form = head.Filename
		d.taken, _ = io.ReadAll(file)
	} else {
		d.taken, _ = io.ReadAll(r.Body)
	}
}

// proved checks credentials of either scheme.
func (d *depot) proved(r *http.Request) bool {
	if user, password, ok := r.BasicAuth(); ok {
		return user == "box" && password == "file-password"
	}
	_, err := d.auth.Verify(r.Method, r.RequestURI, r.Header.Get("Authorization"), func(string) (string, bool) { return "file-password", true })
	return err == nil
}

// moved has a box with quirks do one transfer and returns the server and the fault.
func moved(t *testing.T, d *depot, request cwmp.Message, quirks ...string) int {
	t.Helper()
	d.auth = digest.New(digest.Options{})
	server := httptest.NewServer(d)
	t.Cleanup(server.Close)
	switch m := request.(type) {
	case *cwmp.Download:
		m.URL, m.Username, m.Password = server.URL+"/t/1/image", "box", "file-password"
	case *cwmp.Upload:
		m.URL, m.Username, m.Password = server.URL+"/t/1/log", "box", "file-password"
	}
	acs := &acstest.ACS{}
	cpe := box(t, acs, Config{}, quirks...)
	one(t, cpe, acs, request)
	acs.Script = nil
	run(t, cpe)
	return acs.Sessions()[1].Requests[0].(*cwmp.TransferComplete).Fault.Code
}

// TestDownloadQuirks: each way in which boxes fetch a file gets all of it.
func TestDownloadQuirks(t *testing.T) {
	image := []byte("version: 2.1.0\n" + strings.Repeat("x", 100))
	for quirk, want := range map[string][]string{
		"strict-types":              {"GET HTTP/1.1", "GET HTTP/1.1  Digest"},
		"download-http10":           {"GET HTTP/1.0", "GET HTTP/1.0  Digest"},
		"download-basic-preemptive": {"GET HTTP/1.1  Basic"},
		"download-ranges=50": {"GET HTTP/1.1 bytes=0-49", "GET HTTP/1.1 bytes=0-49 Digest", "GET HTTP/1.1 bytes=50-99 Digest",
			"GET HTTP/1.1 bytes=100-149 Digest"},
		"download-ranges": {"GET HTTP/1.1 bytes=0-65535", "GET HTTP/1.1 bytes=0-65535 Digest"},
	} {
		d := &depot{image: image}
		fault := moved(t, d, &cwmp.Download{FileType: "3 Vendor Configuration File", FileSize: uint32(len(image))}, quirk)
		if fault != 0 || strings.Join(d.requests, "\n") != strings.Join(want, "\n") {
			t.Errorf("%s: fault %d, requests %q, want %q", quirk, fault, d.requests, want)
		}
	}
}

// TestUploadQuirks: each way in which boxes deliver a file brings all of it.
func TestUploadQuirks(t *testing.T) {
	for quirk, want := range map[string][2]string{"strict-types": {"PUT HTTP/1.1", ""}, "download-http10": {"PUT HTTP/1.0", ""},
		"upload-post": {"POST HTTP/1.1", ""}, "upload-post=form": {"POST HTTP/1.1", "upload.txt"}} {
		d := &depot{}
		fault := moved(t, d, &cwmp.Upload{FileType: "2 Vendor Log File"}, quirk)
		if fault != 0 || len(d.requests) != 2 || d.requests[0] != want[0] || d.form != want[1] {
			t.Errorf("%s: fault %d, requests %q, form %q", quirk, fault, d.requests, d.form)
		}
		if text := string(d.taken); !strings.Contains(text, "cpesim[1]: 0 boot\n") || !strings.Contains(text, "Device.DeviceInfo.SoftwareVersion=1.0.0\n") {
			t.Errorf("%s: delivered %.200q", quirk, text)
		}
	}
	d := &depot{}
	if moved(t, d, &cwmp.Upload{FileType: "1 Vendor Configuration File"}); strings.Contains(string(d.taken), "cpesim[1]") {
		t.Error("a configuration holds a log")
	}
}

// TestDownloadRangesShort: a file that does not come to its told size is refused.
func TestDownloadRangesShort(t *testing.T) {
	d := &depot{image: []byte("0123456789")}
	if fault := moved(t, d, &cwmp.Download{FileType: "3 Vendor Configuration File", FileSize: 11}, "download-ranges=4"); fault != cwmp.FaultCompleteDownload {
		t.Errorf("fault %d", fault)
	}
}

func TestRangeQuirkArguments(t *testing.T) {
	for _, quirk := range []string{"download-ranges=x", "download-ranges=0", "download-http10=1"} {
		if _, err := ParseQuirks(quirk); err == nil {
			t.Errorf("%s is taken", quirk)
		}
	}
}
