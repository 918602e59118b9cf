package workorder

import (
	"context"
	"fmt"

	"itms"
)

// importBatch is how many items one transaction of an import stores.
const importBatch = 500

// ImportStock takes boxes into stock. Items must be valid already but for doubles. All
// are checked before any is stored; a box that is known keeps its state unless the
// import names one. An import that a crash cuts off can be repeated: what is stored
// counts as unchanged then.
func (e *Engine) ImportStock(ctx context.Context, actor string, items []itms.StockItem) (itms.StockImport, error) {
	var sum itms.StockImport
	seen := map[itms.MAC]int{}
	for i, item := range items {
		if first, twice := seen[item.MAC]; twice {
			sum.Wrong = append(sum.Wrong, itms.FieldError{Pointer: fmt.Sprintf("/items/%d/mac", i), Text: fmt.Sprintf("%s is item %d as well", item.MAC, first)})
		}
		seen[item.MAC] = i
	}
	if len(sum.Wrong) > 0 {
		return sum, nil
	}
	for start := 0; start < len(items); start += importBatch {
		batch := items[start:min(start+importBatch, len(items))]
		var added, updated, unchanged int
		err := e.update(ctx, func(w *work) (err error) {
			added, updated, unchanged, err = w.importBatch(batch)
			return err
		})
		if err != nil {
			return sum, err
		}
		sum.Added, sum.Updated, sum.Unchanged = sum.Added+added, sum.Updated+updated, sum.Unchanged+unchanged
	}
	return sum, e.update(ctx, func(w *work) error {
		return w.record("stock.import", itms.Event{Actor: actor,
			Text: fmt.Sprintf("%d boxes taken into stock, %d updated, %d unchanged", sum.Added, sum.Updated, sum.Unchanged)})
	})
}

// importBatch stores some items.
func (w *work) importBatch(items []itms.StockItem) (added, updated, unchanged int, err error) {
	for _, item := range items {
		old, err := w.tx.Stock().Get(item.MAC)
		switch {
		case itms.IsKind(err, itms.KindNotFound):
			added++
			item.CreatedAt = w.now
			if item.State == "" {
				item.State = itms.StockInStock
			}
		case err != nil:
			return 0, 0, 0, err
		default:
			item.CreatedAt, item.UpdatedAt = old.CreatedAt, old.UpdatedAt
			if item.State == "" {
				item.State = old.State
			}
			if item == *old {
				unchanged++
				continue
			}
			updated++
		}
		item.UpdatedAt = w.now
		if err := w.tx.Stock().Put(&item); err != nil {
			return 0, 0, 0, err
		}
		if err := w.stockFreed(&item); err != nil {
			return 0, 0, 0, err
		}
	}
	return added, updated, unchanged, nil
}

// stockFreed lets orders go on that were held for a box which may be used now.
func (w *work) stockFreed(item *itms.StockItem) error {
	if item.State != itms.StockInStock && item.State != itms.StockIssued {
		return nil
	}
	return w.releaseWaiting(item.Terms())
}

// SetStock says where a box is. Errors: KindNotFound; KindInvalid for an unknown state.
func (e *Engine) SetStock(ctx context.Context, actor string, mac itms.MAC, state itms.StockState, note string) (*itms.StockItem, error) {
	var item *itms.StockItem
	err := e.update(ctx, func(w *work) (err error) {
		if item, err = w.tx.Stock().Get(mac); err != nil {
			return err
		}
		was := item.State
		item.State, item.Note, item.UpdatedAt = state, note, w.now
		if err := w.tx.Stock().Put(item); err != nil {
			return err
		}
		if err := w.record("stock.set", itms.Event{Actor: actor, Text: fmt.Sprintf("box %s is %s, it was %s", mac, state, was)}); err != nil {
			return err
		}
		return w.stockFreed(item)
	})
	return item, err
}

// stockState moves a box of the warehouse along with its service; boxes that the
// warehouse does not know are none of its business.
func (w *work) stockState(d *itms.Device, state itms.StockState) error {
	if d.MAC.IsZero() {
		return nil
	}
	item, err := w.tx.Stock().Get(d.MAC)
	if itms.IsKind(err, itms.KindNotFound) {
		return nil
	}
	if err != nil || item.State == state || item.State == itms.StockBlocked {
		return err
	}
	item.State, item.UpdatedAt = state, w.now
	return w.tx.Stock().Put(item)
}

// CheckSTBID answers the front desk that scanned a box, by STBID or MAC: is it
// well-formed, in stock and free? Errors: KindInvalid when the text is neither.
func (e *Engine) CheckSTBID(ctx context.Context, text string) (itms.StockCheck, error) {
	var check itms.StockCheck
	var claim itms.DeviceClaim
	stbid, err := itms.ParseSTBID(text)
	if err == nil {
		claim.STBID, check.STBID = stbid, stbid
	} else if claim.MAC, err = itms.ParseMAC(text); err != nil {
		return check, itms.Invalid("/stbId", "%q is neither an STBID (32 hexadecimal digits) nor a MAC address (12)", clipText(text))
	}
	check.MAC = claim.Address()
	err = e.view(ctx, func(w *work) error { return w.checkBox(claim, &check) })
	return check, err
}

// checkBox fills in what is known of a scanned box.
func (w *work) checkBox(claim itms.DeviceClaim, check *itms.StockCheck) error {
	item, err := w.tx.Stock().Get(check.MAC)
	switch {
	case err == nil:
		check.Item = item
	case !itms.IsKind(err, itms.KindNotFound):
		return err
	}
	devices, err := w.devicesNamed(claim)
	if err != nil {
		return err
	}
	if len(devices) > 0 {
		check.Device = devices[0].ID
	}
	if check.InUse, err = w.servedBy(claim); err != nil {
		return err
	}
	if check.InUse != "" {
		check.Why = fmt.Sprintf("in use by, or reserved for, service %s", check.InUse)
		return nil
	}
	verdict, err := w.available(claim, "")
	if err != nil {
		return err
	}
	if verdict != nil {
		check.Why = verdict.reason
		return nil
	}
	check.Free, check.Why = true, "free"
	if check.Item == nil {
		check.Why = "free; the warehouse does not know it"
	}
	return nil
}
