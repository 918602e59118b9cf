package workorder_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"itms"
	"itms/workorder"
)

// history reads what changed of a box, newest first, as "source name: old > new".
func (b *box) history() (list []string) {
	b.w.t.Helper()
	b.w.view(func(tx itms.Tx) error {
		changes, err := tx.Devices().Changes(b.id, itms.ChangeQuery{Limit: itms.KeepChanges})
		for _, c := range changes {
			list = append(list, fmt.Sprintf("%s %s: %s > %s", c.Source, c.Name.Leaf(), c.Old, c.New))
		}
		return err
	})
	return list
}

// wantHistory compares the history.
func (b *box) wantHistory(want ...string) {
	b.w.t.Helper()
	if got := b.history(); !slices.Equal(got, want) {
		b.w.t.Errorf("history:\n got %s\nwant %s", strings.Join(got, "\n     "), strings.Join(want, "\n     "))
	}
}

func TestHistoryOfInforms(t *testing.T) {
	w := newWorld(t)
	b := newBox(w, 1)
	b.inform = append(b.inform, "Device.DeviceInfo.UpTime", "Device.X_TEST.BytesSent", "Device.X_TEST.Door", "Device.X_TEST.AdminPassword")
	b.contact(itms.EventBootstrap)
	b.wantHistory() // what is seen for the first time did not change
	b.params["Device.DeviceInfo.SoftwareVersion"], b.params["Device.DeviceInfo.UpTime"] = "1.1", "77"
	b.params["Device.X_TEST.BytesSent"], b.params["Device.X_TEST.AdminPassword"] = "1000", servicePassword
	b.params["Device.X_TEST.Door"] = "open"
	b.contact(itms.EventBoot)
	b.wantHistory("inform SoftwareVersion: 1.0 > 1.1", "inform Door:  > open")
	before := w.store.Stats().Updates
	b.params["Device.DeviceInfo.UpTime"] = "99"
	b.contact("2 PERIODIC")
	if n := w.store.Stats().Updates - before; n != 0 {
		t.Errorf("an Inform that tells nothing new cost %d writes", n)
	}
	b.params["Device.X_TEST.Door"] = "shut"
	b.contact("2 PERIODIC")
	b.wantHistory("inform Door: open > shut", "inform SoftwareVersion: 1.0 > 1.1", "inform Door:  > open")
	b.contact(itms.EventBootstrap) // what was known is forgotten, not changed
	b.wantHistory("inform Door: open > shut", "inform SoftwareVersion: 1.0 > 1.1", "inform Door:  > open")
}

func TestHistoryOfAService(t *testing.T) {
	w := newWorld(t)
	b := newBox(w, 1)
	b.contact(itms.EventBootstrap)
	w.post(install("WO-1", "S1", b.params[macPath]))
	b.contact("2 PERIODIC")
	w.wantOrder("WO-1", itms.OrderDone)
	got := strings.Join(b.history(), "\n")
	for _, want := range []string{"set UserID:  > iptv-S1", "set AuthURL:  > http://auth.example.com/"} {
		if !strings.Contains(got, want) {
			t.Errorf("history lacks %q:\n%s", want, got)
		}
	}
	if strings.Contains(got, "Password") || strings.Contains(got, servicePassword) {
		t.Errorf("a credential in the history:\n%s", got)
	}
}

// aside knows one credential and one counter that their names do not tell.
type aside struct{ workorder.Knowledge }

func (aside) Secret(path string) bool   { return strings.HasSuffix(path, ".PIN") }
func (aside) Volatile(path string) bool { return strings.HasSuffix(path, ".Level") }

// What data models know for a credential or a counter is treated as one.
func TestHistoryAsksDataModels(t *testing.T) {
	w := newWorld(t)
	w.knowledge = aside{}
	w.restart()
	b := newBox(w, 1)
	b.inform = append(b.inform, "Device.X_TEST.PIN", "Device.X_TEST.Level", "Device.X_TEST.Door")
	for _, value := range []string{"11112222", "33334444"} {
		b.params["Device.X_TEST.PIN"], b.params["Device.X_TEST.Level"], b.params["Device.X_TEST.Door"] = value, value, value
		b.contact(itms.EventBoot)
	}
	b.wantHistory("inform Door: 11112222 > 33334444")
	w.view(func(tx itms.Tx) error {
		tree, err := tx.Devices().Params(b.id)
		if err != nil {
			return err
		}
		if p, ok := tree.Get("Device.X_TEST.PIN"); !ok || !p.Hidden || strings.Contains(p.Value, "3333") {
			t.Errorf("the PIN is kept as %+v", p)
		}
		return nil
	})
}
