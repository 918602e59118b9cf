package workorder_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/netip"
	"slices"
	"testing"

	"itms"
)

// accessNAS is the access server of these tests.
var accessNAS = netip.MustParseAddr("192.0.2.1")

// newAccessWorld is a world whose access servers are told.
func newAccessWorld(t *testing.T) *world {
	t.Helper()
	w := newFastWorld(t)
	w.policy.Access.Notify = true
	w.restart()
	return w
}

// pppoe is an install of a box whose service has an account of the network.
func pppoe(no, service, mac string) itms.OrderRequest {
	r := install(no, service, mac)
	r.Service.Access = itms.AccessSpec{Type: itms.AccessPPPoE, Account: "ppp-" + service, Password: itms.NewSecret("open sesame"), DownKbps: 1000, UpKbps: 100}
	r.Line = itms.Line{Node: "olt-1", Port: "1/1"}
	return r
}

// standing asks who may come in.
func (w *world) standing(r itms.AccessRequest) *itms.AccessStanding {
	w.t.Helper()
	st, err := w.engine.Access(context.Background(), r)
	if err != nil {
		w.t.Fatal(err)
	}
	return st
}

// wantStanding fails unless both ways in are refused, or not, for that reason.
func (w *world) wantStanding(account string, mac itms.MAC, byAccount, byMAC itms.AccessRefusal) {
	w.t.Helper()
	if st := w.standing(itms.AccessRequest{Account: account}); st.Refusal != byAccount {
		w.t.Errorf("account %s: refused %q, want %q", account, st.Refusal, byAccount)
	}
	if st := w.standing(itms.AccessRequest{MAC: mac}); st.Refusal != byMAC {
		w.t.Errorf("MAC %s: refused %q, want %q", mac, st.Refusal, byMAC)
	}
}

// online puts a session onto the network.
func (w *world) online(name, account string, mac itms.MAC, service itms.ServiceID) itms.AccessSessionID {
	w.t.Helper()
	s := &itms.AccessSession{ID: itms.NewAccessSessionID(accessNAS, name), NAS: accessNAS, Session: name, Account: account, MAC: mac, Service: service,
		Started: w.now(), Updated: w.now()}
	if err := w.store.Update(context.Background(), func(tx itms.Tx) error { return tx.AccessSessions().Put(s) }); err != nil {
		w.t.Fatal(err)
	}
	return s.ID
}

// accessTold takes the sessions that are to be looked at again out of the outbox.
func (w *world) accessTold() (list []itms.AccessChange) {
	w.t.Helper()
	err := w.store.Update(context.Background(), func(tx itms.Tx) error {
		list = nil
		rows, err := tx.Outbox().List("", 1000)
		for _, row := range rows {
			if row.Kind != itms.AccessKind {
				continue
			}
			var c itms.AccessChange
			if err := json.Unmarshal(row.Body, &c); err != nil {
				return err
			}
			list = append(list, c)
			if err := tx.Outbox().Done(row.ID); err != nil {
				return err
			}
		}
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return list
}

// wantTold fails unless exactly these sessions are to be looked at again.
func (w *world) wantTold(what string, want ...itms.AccessSessionID) {
	w.t.Helper()
	var got []itms.AccessSessionID
	for _, c := range w.accessTold() {
		got = append(got, c.Session)
	}
	slices.Sort(got)
	slices.Sort(want)
	if got = slices.Compact(got); !slices.Equal(got, want) {
		w.t.Errorf("%s: looked at again %q, want %q", what, got, want)
	}
}

// TestAccessFollowsTheService: who may come in from the order to its end, and that sessions
// are looked at again whenever that, or what they are given, changes.
func TestAccessFollowsTheService(t *testing.T) {
	w := newAccessWorld(t)
	box := newBox(w, 1)
	mac := itms.MAC{0, 0, 0x5E, 0, 0x53, 1}
	w.wantStanding("ppp-S1", mac, itms.RefusedUnknown, itms.RefusedUnknown)
	w.post(pppoe("N1", "S1", mac.String()))
	w.wantStanding("ppp-S1", mac, itms.RefusedNot, itms.RefusedNot) // a new box must get onto the network
	if st := w.standing(itms.AccessRequest{Account: "iptv-S1"}); st.Refusal != itms.RefusedUnknown {
		t.Errorf("the account of the platform lets in: %q", st.Refusal)
	}
	st := w.standing(itms.AccessRequest{Account: "ppp-S1"})
	if st.Password.Reveal() != "open sesame" || st.Service.Access.DownKbps != 1000 || fmt.Sprintf("%v %+v", st.Password, st) == "" {
		t.Errorf("%+v", st)
	}
	session := w.online("one", "ppp-S1", mac, "S1")
	box.contact(itms.EventBootstrap)
	w.wantOrder("N1", itms.OrderDone)
	w.wantTold("installed", session)

	w.post(itms.OrderRequest{OrderNo: "N2", Source: "crm", Mode: itms.ModeSelf, Kind: itms.KindSuspend, Service: itms.ServiceSpec{ID: "S1"}})
	w.wantTold("suspended", session)
	w.wantStanding("ppp-S1", mac, itms.RefusedSuspended, itms.RefusedSuspended)
	box.contact("2 PERIODIC")
	w.wantTold("the box was told too")
	w.post(itms.OrderRequest{OrderNo: "N3", Source: "crm", Mode: itms.ModeSelf, Kind: itms.KindResume, Service: itms.ServiceSpec{ID: "S1"}})
	w.wantTold("resume waits for the box", session)
	w.wantStanding("ppp-S1", mac, itms.RefusedNot, itms.RefusedNot) // or it would never come
	box.contact("2 PERIODIC")
	w.wantTold("resumed", session)
	w.post(itms.OrderRequest{OrderNo: "N4", Source: "crm", Mode: itms.ModeSelf, Kind: itms.KindModify, Service: itms.ServiceSpec{ID: "S1", Access: itms.AccessSpec{DownKbps: 9000}}})
	box.contact("2 PERIODIC")
	w.wantTold("another rate", session)
	w.post(itms.OrderRequest{OrderNo: "N5", Source: "crm", Mode: itms.ModeSelf, Kind: itms.KindTerminate, Service: itms.ServiceSpec{ID: "S1"}})
	w.wantTold("terminated", session)
	w.wantStanding("ppp-S1", mac, itms.RefusedTerminated, itms.RefusedUnknown)
}

// TestAccessOfASwappedBox: the old box is looked at once the new one serves.
func TestAccessOfASwappedBox(t *testing.T) {
	w := newAccessWorld(t)
	old, fresh := newBox(w, 1), newBox(w, 2)
	oldMAC, freshMAC := itms.MAC{0, 0, 0x5E, 0, 0x53, 1}, itms.MAC{0, 0, 0x5E, 0, 0x53, 2}
	w.post(install("N1", "S1", oldMAC.String()))
	old.contact(itms.EventBootstrap)
	session := w.online("one", "", oldMAC, "S1")
	w.post(itms.OrderRequest{OrderNo: "N2", Source: "crm", Kind: itms.KindSwap, Mode: itms.ModeSelf, Service: itms.ServiceSpec{ID: "S1"}, Device: itms.ClaimText{MAC: freshMAC.String()}})
	w.wantStanding("x", freshMAC, itms.RefusedUnknown, itms.RefusedNot)
	w.wantTold("ordered")
	fresh.contact(itms.EventBootstrap)
	w.wantOrder("N2", itms.OrderDone)
	w.wantTold("swapped", session)
	w.wantStanding("x", oldMAC, itms.RefusedUnknown, itms.RefusedUnknown)
}

// TestAccessRefusals: blocked devices, other lines, what nobody ordered.
func TestAccessRefusals(t *testing.T) {
	w := newAccessWorld(t)
	w.policy.Access.BindLine = true
	w.restart()
	box := newBox(w, 1)
	mac := itms.MAC{0, 0, 0x5E, 0, 0x53, 1}
	w.post(pppoe("N1", "S1", mac.String()))
	box.contact(itms.EventBootstrap)
	session := w.online("one", "ppp-S1", mac, "S1")
	for port, want := range map[string]itms.AccessRefusal{"1/1": itms.RefusedNot, "": itms.RefusedNot, "1/2": itms.RefusedLine} {
		if st := w.standing(itms.AccessRequest{MAC: mac, Line: itms.Line{Node: "olt-1", Port: port}}); st.Refusal != want {
			t.Errorf("port %q: %q, want %q", port, st.Refusal, want)
		}
	}
	if _, err := w.engine.Block(context.Background(), "ops", box.id, true); err != nil {
		t.Fatal(err)
	}
	w.wantTold("blocked", session)
	w.wantStanding("ppp-S1", mac, itms.RefusedBlocked, itms.RefusedBlocked)
	w.post(pppoe("N2", "S2", "00:00:5E:00:53:02"))
	if _, err := w.engine.Cancel(context.Background(), "bss:test", w.order("N2").ID, "no"); err != nil {
		t.Fatal(err)
	}
	if st := w.standing(itms.AccessRequest{Account: "ppp-S2"}); st.Refusal == itms.RefusedNot {
		t.Error("a cancelled order lets in")
	}
}

// TestEndAccess: an operator ends a session; one that is over is left alone.
func TestEndAccess(t *testing.T) {
	w := newAccessWorld(t)
	session := w.online("one", "a", itms.MAC{}, "")
	if err := w.engine.EndAccess(context.Background(), "ops", session); err != nil {
		t.Fatal(err)
	}
	if told := w.accessTold(); len(told) != 1 || !told[0].End || told[0].Actor != "ops" {
		t.Errorf("%+v", told)
	}
	if err := w.engine.EndAccess(context.Background(), "ops", "no"); !itms.IsKind(err, itms.KindNotFound) {
		t.Error(err)
	}
	w.policy.Access.Notify = false
	w.restart()
	if err := w.engine.EndAccess(context.Background(), "ops", session); !itms.IsKind(err, itms.KindConflict) {
		t.Error(err)
	}
}
