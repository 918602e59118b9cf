package api

import (
	"cmp"
	"context"
	"net/http"
	"slices"

	"itms"
)

// unmatchedPath lists devices that no order names.
const unmatchedPath = base + "/unmatched"

// unmatchedStates are the states of a device in contact that waits for an order or a
// code.
var unmatchedStates = []itms.DeviceState{itms.DeviceOnlineUnbound, itms.DeviceCodeRequired, itms.DeviceLocked}

// maxNear bounds the near misses shown of one device. Six hexadecimal digits tell 16
// million boxes apart: more than a few are a batch with a mistake in it.
const maxNear = 10

// unmatchedInput selects a page.
type unmatchedInput struct {
	Cursor string `query:"cursor" doc:"Next of the answer before."`
	Limit  int    `query:"limit" minimum:"1" maximum:"500" doc:"Most items wanted; 50 when left out." example:"50"`
}

// unmatchedView is a device with the orders that may mean it.
type unmatchedView struct {
	Device deviceView     `json:"device"`
	Near   []nearMissView `json:"near" doc:"Orders whose device has a MAC address with the same last six digits."`
}

// nearMissView is an order that names nearly the device.
type nearMissView struct {
	OrderNo string `json:"orderNo" example:"WO-1001"`
	Source  string `json:"source" example:"crm"`
	MAC     string `json:"mac" doc:"That the order names." example:"00:00:5E:00:53:01"`
}

// unmatchedRoutes registers the list.
func (s *Server) unmatchedRoutes() {
	near := nearMissView{"WO-1002", "crm", "00:00:5F:00:53:01"}
	add(s, route{method: http.MethodGet, path: unmatchedPath, id: "list-unmatched", tag: "Devices",
		summary: "List devices that no order names", description: "They are in contact and wait for an order or a code: states " +
			"onlineUnbound, codeRequired and locked, in the order of their ids.",
		needs: devicesRead, problems: []int{http.StatusUnprocessableEntity},
		example: pageOf[unmatchedView]{Items: []unmatchedView{{exampleUnbound(), []nearMissView{near}}}}}, s.listUnmatched)
}

// unmatched is a device with its near misses.
type unmatched struct {
	device *itms.Device
	near   []nearMissView
}

// unmatchedList marks the cursors of the list.
const unmatchedList = "unmatched"

// listUnmatched lists devices by id.
func (s *Server) listUnmatched(ctx context.Context, in *unmatchedInput) (*listOutput[unmatchedView], error) {
	after, err := readCursor(unmatchedList, in.Cursor)
	if err != nil {
		return nil, err
	}
	limit := limitOf(in.Limit)
	var page []unmatched
	err = s.opts.Store.View(ctx, func(tx itms.Tx) error {
		page, err = readUnmatched(tx, after, limit+1)
		return err
	})
	if err != nil {
		return nil, err
	}
	return newPage(unmatchedList, page, limit, func(u unmatched) string { return u.device.ID.String() },
		func(u unmatched) unmatchedView { return unmatchedView{s.viewDevice(u.device, boundTo{}), u.near} }), nil
}

// readUnmatched reads a page with the near misses of each device.
func readUnmatched(tx itms.Tx, after string, limit int) ([]unmatched, error) {
	devices, err := devicesIn(tx, unmatchedStates, after, limit)
	if err != nil {
		return nil, err
	}
	page := make([]unmatched, 0, len(devices))
	for _, d := range devices {
		near, err := nearMisses(tx, d)
		if err != nil {
			return nil, err
		}
		page = append(page, unmatched{d, near})
	}
	return page, nil
}

// devicesIn reads devices in any of the states, by id.
func devicesIn(tx itms.Tx, states []itms.DeviceState, after string, limit int) ([]*itms.Device, error) {
	var all []*itms.Device
	for _, state := range states {
		some, err := tx.Devices().List(itms.DeviceQuery{State: state, After: after, Limit: limit})
		if err != nil {
			return nil, err
		}
		all = append(all, some...)
	}
	slices.SortFunc(all, func(a, b *itms.Device) int { return cmp.Compare(a.ID.String(), b.ID.String()) })
	return all[:min(len(all), limit)], nil
}

// nearMisses finds the orders whose device has a MAC address that people would take
// for this one's.
func nearMisses(tx itms.Tx, d *itms.Device) ([]nearMissView, error) {
	near := []nearMissView{}
	address := itms.DeviceClaim{MAC: d.MAC, STBID: d.STBID}.Address()
	if address.IsZero() {
		return near, nil
	}
	// Bindings come before devices: the order of Find is that of kinds.
	refs, err := tx.Find(itms.Term{Type: itms.TermMACTail, Value: address.Tail()}, maxNear)
	if err != nil {
		return nil, err
	}
	for _, ref := range refs {
		if ref.Kind != itms.RefBinding {
			continue
		}
		miss, err := nearMiss(tx, itms.BindingID(ref.ID))
		if err != nil {
			return nil, err
		}
		if miss != nil {
			near = append(near, *miss)
		}
	}
	return near, nil
}

// nearMiss shows the order of a binding, nil when it is gone.
func nearMiss(tx itms.Tx, id itms.BindingID) (*nearMissView, error) {
	b, err := tx.Bindings().Get(id)
	if err != nil {
		return nil, err
	}
	o, err := tx.Orders().Get(b.Order)
	switch {
	case itms.IsKind(err, itms.KindNotFound):
		return nil, nil
	case err != nil:
		return nil, err
	}
	return &nearMissView{string(o.No), o.Source, b.Claim.Address().String()}, nil
}
