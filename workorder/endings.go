package workorder

import (
	"time"

	"itms"
)

// recordEnding puts an order into the statistics.
func (w *work) recordEnding(o *itms.Order) error {
	e := &itms.Ending{Order: o.ID, At: w.now, Day: w.now.Format(time.DateOnly), Kind: o.Kind, Mode: o.Mode, Area: o.Area,
		Access: o.Request.Service.Access.Type, Way: o.Way, Outcome: o.State, Touched: o.Touched}
	if o.Service != "" && e.Access == "" {
		svc, err := w.tx.Services().Get(o.Service)
		if err != nil && !itms.IsKind(err, itms.KindNotFound) {
			return err
		}
		if err == nil {
			e.Access = svc.Access.Type
		}
	}
	if !o.Device.IsZero() {
		d, err := w.device(o.Device)
		if err != nil {
			return err
		}
		e.Vendor, e.Model, e.Firmware = d.Manufacturer, d.Model, d.Software
	}
	return w.tx.Endings().Put(e)
}
