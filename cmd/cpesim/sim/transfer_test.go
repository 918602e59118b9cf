package sim

import (
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"itms/cmd/cpesim/internal/acstest"
	"itms/cwmp"
	"itms/internal/digest"
)

// files is a file server that keeps what is uploaded.
type files struct {
	image    string
	auth     *digest.Authenticator
	uploaded string
}

func (f *files) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if f.auth != nil {
		_, err := f.auth.Verify(r.Method, r.RequestURI, r.Header.Get("Authorization"), func(string) (string, bool) { return "file-password", true })
		if err != nil {
			w.Header().Set("WWW-Authenticate", f.auth.Challenges()[0])
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
	}
	if r.Method == http.MethodPut {
		body, _ := io.ReadAll(r.Body)
		f.uploaded = string(body)
		w.WriteHeader(http.StatusCreated)
		return
	}
	if r.URL.Path != "/image" {
		w.WriteHeader(http.StatusNotFound)
		return
	}
	_, _ = io.WriteString(w, f.image)
}

// fileServer starts one and returns its URL.
func fileServer(t *testing.T, f *files) string {
	t.Helper()
	server := httptest.NewServer(f)
	t.Cleanup(server.Close)
	return server.URL
}

func TestFirmwareDownload(t *testing.T) {
	store := &files{image: "version: 2.1.0\nrest", auth: digest.New(digest.Options{})}
	url := fileServer(t, store)
	acs := &acstest.ACS{}
	cpe := box(t, acs, Config{})
	run(t, cpe)
	answer := one(t, cpe, acs, &cwmp.Download{CommandKey: "up-1", FileType: "1 Firmware Upgrade Image", URL: url + "/image",
		Username: "box", Password: "file-password", FileSize: uint32(len(store.image)), DelaySeconds: 30})
	if m, ok := answer.(*cwmp.DownloadResponse); !ok || m.Status != cwmp.StatusPending {
		t.Fatalf("answer = %v", answer)
	}
	acs.Script = nil
	report := run(t, cpe)
	if want := []string{"1 BOOT", "7 TRANSFER COMPLETE", "M Download"}; !slices.Equal(report.Events, want) {
		t.Errorf("events = %q, want %q", report.Events, want)
	}
	complete := acs.Sessions()[2].Requests[0].(*cwmp.TransferComplete)
	if complete.CommandKey != "up-1" || complete.Fault.Code != 0 || !complete.CompleteTime.Time.Equal(fixed()) {
		t.Errorf("transfer complete = %+v", complete)
	}
	if value(t, cpe, "Device.DeviceInfo.SoftwareVersion") != "2.1.0" {
		t.Error("the version did not change")
	}
	if err := cpe.FactoryReset(t.Context()); err != nil || value(t, cpe, "Device.DeviceInfo.SoftwareVersion") != "2.1.0" {
		t.Errorf("the firmware was lost by a reset, error %v", err)
	}
}

// flashed orders firmware from a box with quirks and returns the session after it
// with its report.
func flashed(t *testing.T, cpe *CPE, acs *acstest.ACS) (*acstest.Session, *Report) {
	t.Helper()
	url := fileServer(t, &files{image: "version: 2.1.0\n"})
	one(t, cpe, acs, &cwmp.Download{CommandKey: "up-1", FileType: "1 Firmware Upgrade Image", URL: url + "/image"})
	acs.Script = nil
	report := run(t, cpe)
	sessions := acs.Sessions()
	return sessions[len(sessions)-1], report
}

const version = "Device.DeviceInfo.SoftwareVersion"

func TestFirmwareRefused(t *testing.T) {
	acs := &acstest.ACS{}
	cpe := box(t, acs, Config{Software: "0.9"}, "firmware-refused=1")
	run(t, cpe)
	session, report := flashed(t, cpe, acs)
	if fault := session.Requests[0].(*cwmp.TransferComplete).Fault; fault.Code != cwmp.FaultCorrupted || fault.String == "" {
		t.Errorf("fault %+v", fault)
	}
	if want := []string{"7 TRANSFER COMPLETE", "M Download"}; !slices.Equal(report.Events, want) || value(t, cpe, version) != "0.9" {
		t.Errorf("events %q, version %s", report.Events, value(t, cpe, version))
	}
	session, _ = flashed(t, cpe, acs)
	if session.Requests[0].(*cwmp.TransferComplete).Fault.Code != 0 || value(t, cpe, version) != "2.1.0" {
		t.Errorf("refused again, version %s", value(t, cpe, version))
	}
}

func TestNoTransferComplete(t *testing.T) {
	acs := &acstest.ACS{}
	cpe := box(t, acs, Config{}, "no-transfer-complete")
	run(t, cpe)
	session, report := flashed(t, cpe, acs)
	if len(session.Requests) != 0 || !slices.Equal(report.Events, []string{"1 BOOT"}) || value(t, cpe, version) != "2.1.0" {
		t.Errorf("sent %q, events %q, version %s", report.Sent, report.Events, value(t, cpe, version))
	}
	one(t, cpe, acs, &cwmp.Download{FileType: "3 Vendor Configuration File", URL: "http://127.0.0.1:1/"})
	acs.Script = nil
	if report := run(t, cpe); !slices.Equal(report.Events, []string{"2 PERIODIC"}) || report.Sent != nil {
		t.Errorf("sent %q, events %q", report.Sent, report.Events)
	}
}

func TestFirmwareSameVersion(t *testing.T) {
	acs := &acstest.ACS{}
	cpe := box(t, acs, Config{}, "firmware-same-version")
	run(t, cpe)
	session, report := flashed(t, cpe, acs)
	if session.Requests[0].(*cwmp.TransferComplete).Fault.Code != 0 || report.Events[0] != "1 BOOT" || value(t, cpe, version) != "1.0.0" {
		t.Errorf("events %q, version %s", report.Events, value(t, cpe, version))
	}
}

func TestSoftware(t *testing.T) {
	acs := &acstest.ACS{}
	config := Config{Software: "0.9", StatePath: stateFile(t)}
	cpe := box(t, acs, config)
	run(t, cpe)
	if heard(t, acs, version) != "0.9" {
		t.Error("the version is not in the Inform")
	}
	flashed(t, cpe, acs)
	if again := box(t, acs, config); value(t, again, version) != "2.1.0" {
		t.Error("the download was lost")
	}
	config.Software = "1.1"
	other := box(t, acs, config)
	if err := other.FactoryReset(t.Context()); err != nil || value(t, other, version) != "1.1" {
		t.Errorf("version %s, error %v", value(t, other, version), err)
	}
	if last := box(t, acs, Config{StatePath: config.StatePath}); value(t, last, version) != "1.1" {
		t.Error("the version of the factory was lost")
	}
}

func TestTransferIsToldUntilHeard(t *testing.T) {
	url := fileServer(t, &files{image: "x"})
	acs := &acstest.ACS{}
	cpe := box(t, acs, Config{})
	run(t, cpe)
	one(t, cpe, acs, &cwmp.Download{CommandKey: "cfg", FileType: "3 Vendor Configuration File", URL: url + "/image"})
	acs.Script = nil
	acs.Override = func(w http.ResponseWriter, r *acstest.Request) bool {
		if _, ok := r.Envelope.Message.(*cwmp.TransferComplete); !ok {
			return false
		}
		w.WriteHeader(http.StatusInternalServerError)
		return true
	}
	if report, err := cpe.Session(t.Context()); err == nil || !report.Accepted {
		t.Fatalf("report = %+v", report)
	}
	acs.Override = nil
	want := []string{"7 TRANSFER COMPLETE", "M Download"}
	if report := run(t, cpe); !slices.Equal(report.Events, want) || !slices.Equal(report.Sent, []string{"TransferComplete"}) {
		t.Errorf("events = %q, sent %q", report.Events, report.Sent)
	}
	if report := run(t, cpe); !slices.Equal(report.Events, []string{"2 PERIODIC"}) || report.Sent != nil {
		t.Errorf("told again: %q, %q", report.Events, report.Sent)
	}
}

func TestTransferFaults(t *testing.T) {
	url := fileServer(t, &files{image: "image", auth: digest.New(digest.Options{})})
	open := fileServer(t, &files{image: "image"})
	for name, c := range map[string]struct {
		request cwmp.Message
		fault   int
	}{
		"wrong password": {&cwmp.Download{URL: url + "/image", Username: "box", Password: "wrong"}, cwmp.FaultServerAuth},
		"no password":    {&cwmp.Download{URL: url + "/image"}, cwmp.FaultServerAuth},
		"no file":        {&cwmp.Download{URL: open + "/nothing"}, cwmp.FaultAccessFile},
		"wrong size":     {&cwmp.Download{URL: open + "/image", FileSize: 99}, cwmp.FaultCompleteDownload},
		"no server":      {&cwmp.Download{URL: "http://127.0.0.1:1/image"}, cwmp.FaultContactServer},
	} {
		t.Run(name, func(t *testing.T) {
			acs := &acstest.ACS{}
			cpe := box(t, acs, Config{})
			one(t, cpe, acs, c.request)
			acs.Script = nil
			run(t, cpe)
			complete := acs.Sessions()[1].Requests[0].(*cwmp.TransferComplete)
			if complete.Fault.Code != c.fault {
				t.Errorf("fault %d, want %d", complete.Fault.Code, c.fault)
			}
			if value(t, cpe, "Device.DeviceInfo.SoftwareVersion") != "1.0.0" {
				t.Error("the version changed")
			}
		})
	}
}

func TestUpload(t *testing.T) {
	store := &files{}
	url := fileServer(t, store)
	acs := &acstest.ACS{}
	cpe := box(t, acs, Config{})
	run(t, cpe)
	one(t, cpe, acs, set(userID, "iptv1001", password, "secret-9"))
	one(t, cpe, acs, &cwmp.Upload{CommandKey: "log", FileType: "2 Vendor Log File", URL: url + "/log"})
	acs.Script = nil
	if report := run(t, cpe); !slices.Equal(report.Events, []string{"7 TRANSFER COMPLETE", "M Upload"}) {
		t.Errorf("events = %q", report.Events)
	}
	if !strings.Contains(store.uploaded, userID+"=iptv1001\n") || strings.Contains(store.uploaded, "secret-9") {
		t.Errorf("uploaded %q", store.uploaded)
	}
}

func TestTransferQueue(t *testing.T) {
	acs := &acstest.ACS{}
	cpe := box(t, acs, Config{})
	var orders []cwmp.Message
	for range maxTransfers + 1 {
		orders = append(orders, &cwmp.Upload{CommandKey: "many", URL: "http://127.0.0.1:1/"})
	}
	acs.Script = script(append(orders, &cwmp.Download{URL: "ftp://192.0.2.1/"}, &cwmp.Upload{URL: "tftp://192.0.2.1/"},
		&cwmp.GetQueuedTransfers{}, &cwmp.GetAllQueuedTransfers{})...)
	report := run(t, cpe)
	codes := []int{}
	for _, f := range report.Faults() {
		codes = append(codes, f.Code)
	}
	if want := []int{cwmp.FaultResources, cwmp.FaultProtocol, cwmp.FaultProtocol}; !slices.Equal(codes, want) {
		t.Errorf("faults %d, want %d", codes, want)
	}
	n := len(report.RPCs)
	short := report.RPCs[n-2].Response.(*cwmp.GetQueuedTransfersResponse).Transfers
	long := report.RPCs[n-1].Response.(*cwmp.GetAllQueuedTransfersResponse).Transfers
	if len(short) != maxTransfers || len(long) != maxTransfers || long[0].IsDownload || short[0].State != cwmp.TransferNotStarted {
		t.Errorf("lists of %d and %d: %+v", len(short), len(long), long[0])
	}
}

func TestFirmwareVersion(t *testing.T) {
	for image, want := range map[string]string{
		"version: 2.1\nx": "2.1", "version:3": "3", "": "image-e3b0c442", "\x7fELF": "image-" + "",
	} {
		if got := firmwareVersion([]byte(image)); !strings.HasPrefix(got, want) {
			t.Errorf("version of %q = %q, want %q", image, got, want)
		}
	}
}
