package api

import (
	"fmt"
	"strings"
	"testing"

	"itms"
)

// near puts a page into one line: serial numbers with their near misses.
func near(p pageOf[unmatchedView]) string {
	var all []string
	for _, u := range p.Items {
		text := u.Device.Serial
		for _, n := range u.Near {
			text += fmt.Sprintf("(%s/%s %s)", n.Source, n.OrderNo, n.MAC)
		}
		all = append(all, text)
	}
	return strings.Join(all, " ")
}

// variedUnmatched stores devices of several states and an order whose MAC differs in
// the maker's part.
func variedUnmatched(f *fixture) {
	states := []itms.DeviceState{itms.DeviceLocked, itms.DeviceInService, itms.DeviceOnlineUnbound, itms.DeviceCodeRequired, itms.DeviceUnknown,
		itms.DeviceOnlineUnbound}
	for i, state := range states {
		f.putDevice(must(itms.NewDeviceID("00005E", "STB", fmt.Sprintf("S%d", i+1))), func(d *itms.Device) {
			d.State, d.MAC, d.STBID = state, itms.MAC{0, 0, 0x5e, 0, 0x53, byte(i + 1)}, ""
			if i == 5 {
				d.MAC, d.STBID = itms.MAC{}, "00100199006000000000"+"00005E005301"
			}
		})
	}
	o := f.putOrder(1, "WO-1", "crm")
	f.update(func(tx itms.Tx) error {
		for i, b := range []itms.Binding{
			{State: itms.BindingPrebound, Order: o.ID, Claim: itms.DeviceClaim{MAC: must(itms.ParseMAC("02005E005301"))}},
			{State: itms.BindingPrebound, Order: "gone", Claim: itms.DeviceClaim{MAC: must(itms.ParseMAC("02005E005303"))}},
			{State: itms.BindingReleased, Order: o.ID, Claim: itms.DeviceClaim{MAC: must(itms.ParseMAC("02005E005304"))}},
		} {
			b.ID, b.Service, b.Gen = itms.BindingID(testID(i)), itms.ServiceID(testID(i)), 1
			b.CreatedAt, b.UpdatedAt = testTime, testTime
			if err := tx.Bindings().Put(&b); err != nil {
				return err
			}
		}
		return nil
	})
}

func TestListUnmatched(t *testing.T) {
	f := newFixture(t)
	variedUnmatched(f)
	a := f.get(unmatchedPath).is(200)
	miss := "(crm/WO-1 02:00:5E:00:53:01)"
	if got := near(into[pageOf[unmatchedView]](a)); got != "S1"+miss+" S3 S4 S6"+miss {
		t.Error(got)
	}
	if strings.Contains(a.body, `"near":null`) {
		t.Error(a.body)
	}
	f.noSecrets(a.body)
}

func TestUnmatchedPages(t *testing.T) {
	f := newFixture(t)
	variedUnmatched(f)
	var seen []string
	for next := ""; ; {
		page := into[pageOf[unmatchedView]](f.get(unmatchedPath + "?limit=2&cursor=" + next).is(200))
		for _, u := range page.Items {
			seen = append(seen, u.Device.Serial)
		}
		seen = append(seen, "|")
		if next = page.Next; next == "" {
			break
		}
	}
	if got := strings.Join(seen, " "); got != "S1 S3 | S4 S6 |" {
		t.Error(got)
	}
	f.get(unmatchedPath+"?cursor=x").problem(422, itms.CodeInvalid)
	f.get(unmatchedPath+"?limit=501").problem(422, itms.CodeInvalid)
}

func TestUnmatchedOfABrokenStore(t *testing.T) {
	f, faulty := newFaulty(t)
	f.putDevice(dashID, func(d *itms.Device) { d.State = itms.DeviceLocked })
	faulty.broken.Store(true)
	f.get(unmatchedPath).problem(503, itms.CodeUnavailable)
}
