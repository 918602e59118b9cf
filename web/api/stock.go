package api

import (
	"context"
	"net/http"
	"slices"
	"time"

	"itms"
)

// stockPath is what the warehouse knows.
const stockPath = base + "/stock"

// stockListInput selects boxes.
type stockListInput struct {
	State  stockState `query:"state" doc:"Only boxes in this state."`
	Batch  string     `query:"batch" doc:"Only boxes of this batch." example:"B-2026-11"`
	Q      string     `query:"q" doc:"Exact MAC address in any form, STBID or serial number." example:"00-00-5e-00-53-01"`
	Cursor string     `query:"cursor" doc:"Next of the answer before."`
	Limit  int        `query:"limit" minimum:"1" maximum:"500" doc:"Most items wanted; 50 when left out." example:"50"`
}

// stockInput names one box.
type stockInput struct {
	MAC string `path:"mac" doc:"MAC address in any form." example:"00:00:5E:00:53:01"`
}

// setStockInput names one box and has a document, as bytes: see decode.
type setStockInput struct {
	MAC     string `path:"mac" doc:"MAC address in any form." example:"00:00:5E:00:53:01"`
	RawBody []byte `contentType:"application/json"`
}

// checkStockInput is what the front desk scanned.
type checkStockInput struct {
	STBID string `query:"stbId" doc:"STBID on the box; or mac." example:"0010019900600000000000005E005301"`
	MAC   string `query:"mac" doc:"MAC address on the box, in any form; or stbId." example:"00:00:5E:00:53:01"`
}

// setStockRequest is what changes by hand.
type setStockRequest struct {
	State stockState `json:"state"`
	Note  string     `json:"note,omitempty" maxLength:"500" doc:"In place of the one there was." example:"came back without its remote control"`
}

// stockOutput is one box.
type stockOutput struct{ Body stockView }

// checkStockOutput is the answer to the front desk.
type checkStockOutput struct{ Body stockCheckView }

// stockView is one box as the warehouse knows it.
type stockView struct {
	MAC       string     `json:"mac" example:"00:00:5E:00:53:01"`
	STBID     string     `json:"stbId,omitempty" example:"0010019900600000000000005E005301"`
	Serial    string     `json:"serial,omitempty" example:"S1001"`
	Vendor    string     `json:"vendor,omitempty" example:"Example"`
	Model     string     `json:"model,omitempty" example:"STB-4K"`
	Batch     string     `json:"batch,omitempty" example:"B-2026-11"`
	Carton    string     `json:"carton,omitempty" example:"C-17"`
	State     stockState `json:"state"`
	Note      string     `json:"note,omitempty"`
	CreatedAt time.Time  `json:"createdAt"`
	UpdatedAt time.Time  `json:"updatedAt"`
}

// stockCheckView says whether a box may be handed out.
type stockCheckView struct {
	STBID  string     `json:"stbId,omitempty" example:"0010019900600000000000005E005301"`
	MAC    string     `json:"mac,omitempty" example:"00:00:5E:00:53:01"`
	Free   bool       `json:"free" doc:"It may be handed out."`
	Why    string     `json:"why" doc:"In words." example:"free"`
	Item   *stockView `json:"item,omitempty" doc:"Absent when the warehouse does not know it."`
	Device string     `json:"device,omitempty" doc:"Device that reported this address, if any." example:"00005E-STB-S1001"`
	InUse  string     `json:"inUse,omitempty" doc:"Service that holds it or that an order reserves it for." example:"U1001-1"`
}

// stockRoutes registers the operations on stock.
func (s *Server) stockRoutes() {
	one := stockPath + "/{mac}"
	s.stockImportRoute()
	add(s, route{method: http.MethodGet, path: stockPath, id: "list-stock", tag: "Stock", summary: "List boxes",
		description: "In the order of their MAC addresses.", needs: stockRead,
		example:  pageOf[stockView]{Items: []stockView{exampleStock()}},
		problems: []int{http.StatusUnprocessableEntity}}, s.listStock)
	add(s, route{method: http.MethodGet, path: stockPath + "/check", id: "check-stock", tag: "Stock", summary: "May this box be handed out?",
		description: "For the front desk that scans a box before it orders. Any well-formed text is answered; free says whether, why says why.",
		needs:       stockCheck, example: exampleCheck(), problems: []int{http.StatusUnprocessableEntity}}, s.checkStock)
	add(s, route{method: http.MethodGet, path: one, id: "get-stock", tag: "Stock", summary: "Show a box",
		description: "As the warehouse knows it.", needs: stockRead, example: exampleStock(),
		problems: []int{http.StatusNotFound}}, s.getStock)
	add(s, route{method: http.MethodPut, path: one, id: "set-stock", tag: "Stock", summary: "Say where a box is",
		description: "By hand. Orders that waited for the box go on.", needs: stockWrite, body: smallBody, example: exampleStock(),
		problems: []int{http.StatusBadRequest, http.StatusNotFound, http.StatusConflict, http.StatusRequestEntityTooLarge,
			http.StatusUnsupportedMediaType, http.StatusUnprocessableEntity}}, s.setStock)
	describeBody[setStockRequest](s, one, map[string]any{"state": itms.StockReturned, "note": "came back without its remote control"})
}

// stockList marks the cursors of the stock list.
const stockList = "stock"

// listStock lists boxes by address.
func (s *Server) listStock(ctx context.Context, in *stockListInput) (*listOutput[stockView], error) {
	after, err := readCursor(stockList, in.Cursor)
	if err != nil {
		return nil, err
	}
	limit := limitOf(in.Limit)
	query := itms.StockQuery{State: itms.StockState(in.State), Batch: in.Batch, After: after, Limit: limit + 1}
	var items []*itms.StockItem
	err = s.opts.Store.View(ctx, func(tx itms.Tx) error {
		items, err = selectStock(tx, in.Q, query)
		return err
	})
	if err != nil {
		return nil, err
	}
	return newPage(stockList, items, limit, func(i *itms.StockItem) string { return i.MAC.Key() }, viewStock), nil
}

// selectStock reads a page of boxes, or those of a name.
func selectStock(tx itms.Tx, q string, query itms.StockQuery) ([]*itms.StockItem, error) {
	if q == "" {
		return tx.Stock().List(query)
	}
	found := newFinding()
	if err := found.all(tx, q); err != nil {
		return nil, err
	}
	items := sorted(found.stock, func(i *itms.StockItem) string { return i.MAC.Key() })
	items = slices.DeleteFunc(items, func(i *itms.StockItem) bool {
		return query.State != "" && i.State != query.State || query.Batch != "" && i.Batch != query.Batch || i.MAC.Key() <= query.After
	})
	return items[:min(len(items), query.Limit)], nil
}

// getStock shows a box.
func (s *Server) getStock(ctx context.Context, in *stockInput) (*stockOutput, error) {
	mac, err := pathMAC(in.MAC)
	if err != nil {
		return nil, err
	}
	var item *itms.StockItem
	err = s.opts.Store.View(ctx, func(tx itms.Tx) error {
		item, err = tx.Stock().Get(mac)
		return err
	})
	if err != nil {
		return nil, err
	}
	return &stockOutput{viewStock(item)}, nil
}

// pathMAC reads the address in a path; what is none is not found.
func pathMAC(text string) (itms.MAC, error) {
	mac, err := itms.ParseMAC(text)
	if err != nil {
		return mac, itms.NotFound("box", text)
	}
	return mac, nil
}

// setStock changes state and note of a box.
func (s *Server) setStock(ctx context.Context, in *setStockInput) (*stockOutput, error) {
	if err := everywhere(ctx); err != nil {
		return nil, err
	}
	mac, err := pathMAC(in.MAC)
	if err != nil {
		return nil, err
	}
	body, err := bodyOf[setStockRequest](ctx, s, in.RawBody)
	if err != nil {
		return nil, err
	}
	var wrong fieldErrors
	wrong.add(checkState(string(body.State)))
	wrong.add(checkText("/note", body.Note, maxReason))
	if err := wrong.problem(); err != nil {
		return nil, err
	}
	item, err := s.opts.Stock.SetStock(ctx, recordOf(ctx).actor, mac, itms.StockState(body.State), body.Note)
	if err != nil {
		return nil, err
	}
	return &stockOutput{viewStock(item)}, nil
}

// checkState refuses a word that is no state of stock.
func checkState(word string) error {
	if slices.Contains(itms.StockStates, itms.StockState(word)) {
		return nil
	}
	return itms.Invalid("/state", "expected one of %s", spaced(itms.StockStates))
}

// checkStock says whether a box may be handed out.
func (s *Server) checkStock(ctx context.Context, in *checkStockInput) (*checkStockOutput, error) {
	name, text := "stbId", in.STBID
	if text == "" {
		name, text = "mac", in.MAC
	}
	if (in.STBID == "") == (in.MAC == "") {
		return nil, itms.Invalid("/query/stbId", "expected either stbId or mac")
	}
	check, err := s.opts.Stock.CheckSTBID(ctx, text)
	if err != nil {
		return nil, repoint(repoint(err, "/stbId", "/query/"+name), "/mac", "/query/"+name)
	}
	if err := s.forScoped(ctx, func(tx itms.Tx) error { return hideUse(tx, &check) }); err != nil {
		return nil, err
	}
	return &checkStockOutput{viewCheck(&check)}, nil
}

// hideUse takes out of the answer to the front desk who uses a box in another area.
func hideUse(tx itms.Tx, check *itms.StockCheck) error {
	if _, err := tx.Services().Get(check.InUse); itms.IsKind(err, itms.KindNotFound) {
		check.InUse = ""
	} else if err != nil {
		return err
	}
	if _, err := tx.Devices().Get(check.Device); itms.IsKind(err, itms.KindNotFound) {
		check.Device = itms.DeviceID{}
	} else if err != nil {
		return err
	}
	return nil
}

// viewStock shows a box.
func viewStock(i *itms.StockItem) stockView {
	return stockView{MAC: i.MAC.String(), STBID: string(i.STBID), Serial: i.Serial, Vendor: i.Vendor, Model: i.Model, Batch: i.Batch,
		Carton: i.Carton, State: stockState(i.State), Note: i.Note, CreatedAt: i.CreatedAt, UpdatedAt: i.UpdatedAt}
}

// viewCheck shows the answer to the front desk.
func viewCheck(c *itms.StockCheck) stockCheckView {
	v := stockCheckView{STBID: string(c.STBID), MAC: c.MAC.String(), Free: c.Free, Why: c.Why, Device: c.Device.String(), InUse: string(c.InUse)}
	if c.Item != nil {
		item := viewStock(c.Item)
		v.Item = &item
	}
	return v
}
