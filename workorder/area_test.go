package workorder_test

import (
	"testing"
	"time"

	"itms"
)

// TestAreaOfADevice: it follows the slot, the sighting, and the wipe.
func TestAreaOfADevice(t *testing.T) {
	w := newWorld(t)
	b := newBox(w, 1)
	b.contact(itms.EventBootstrap)
	lies := func(want string) {
		t.Helper()
		if got := w.device(b.id).Area; got != want {
			t.Fatalf("the box lies in %q, want %q", got, want)
		}
	}
	lies("")
	mac, err := itms.ParseMAC(mac1)
	if err != nil {
		t.Fatal(err)
	}
	see := func(area string) {
		t.Helper()
		if err := w.engine.Sight(t.Context(), "aaa", mac, itms.Sighting{Line: itms.Line{Area: area}, Source: "aaa", At: w.now()}); err != nil {
			t.Fatal(err)
		}
	}
	see("520100")
	lies("520100")
	req := install("WO-1", "S1", mac1)
	req.Line.Area = "510100"
	w.post(req)
	b.contact("2 PERIODIC")
	w.wantOrder("WO-1", itms.OrderDone)
	lies("510100")
	see("530100")
	lies("510100")
	move := orderOf("WO-2", itms.KindRelocate, "S1")
	move.Line.Area = "540100"
	w.post(move)
	w.pass(time.Minute)
	see("540100")
	b.contact(itms.EventBoot)
	w.wantOrder("WO-2", itms.OrderDone)
	lies("540100")
	see("")
	if _, err := w.engine.Unbind(t.Context(), "ann", b.id, "mistake"); err != nil {
		t.Fatal(err)
	}
	lies("540100") // until it is wiped
	b.contact("2 PERIODIC")
	lies("")
}

// TestCodesOfOneArea: to a technician of another area a code is unknown.
func TestCodesOfOneArea(t *testing.T) {
	w := newWorld(t)
	req := technicianInstall("WO-1", "S1")
	req.Line.Area = "510100"
	code := w.post(req).Code.Reveal()
	_, err := w.engine.Activate(t.Context(), "tech", itms.ActivationRequest{Code: code, MAC: mac1, Areas: itms.Areas{"52"}})
	wantCode(t, err, itms.CodeUnknown)
	if _, err := w.engine.Activate(t.Context(), "tech", itms.ActivationRequest{Code: code, MAC: mac1, Areas: itms.Areas{"51"}}); err != nil {
		t.Error(err)
	}
}
