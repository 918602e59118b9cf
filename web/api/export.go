package api

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humachi"

	"itms"
)

// The paths of exports.
const (
	exportOrdersPath  = ordersPath + "/export"
	exportDevicesPath = devicesPath + "/export"
)

// Limits of an export. It has none on the number of rows.
const (
	// exportPage is how many things are read at a time: each page is a transaction of its own,
	// since one that lasts keeps the store from cleaning up.
	exportPage = 500
	// exportPatience is how long a client may take nothing.
	exportPatience = time.Minute
)

// exportOrdersInput selects orders.
type exportOrdersInput struct {
	Format string       `query:"format" enum:"csv,ndjson" doc:"csv when left out."`
	Group  orderGroup   `query:"group" doc:"Only orders of this group of the funnel."`
	State  []orderState `query:"state" doc:"Only orders in one of these states, separated by commas."`
	Kind   orderKind    `query:"kind" doc:"Only orders of this kind."`
	Mode   orderMode    `query:"mode" doc:"Only orders of this mode."`
	Area   string       `query:"area" maxLength:"512" doc:"Only orders of this area; 51 is all that begin with it." example:"510100"`
	From   string       `query:"from" doc:"Only orders that arrived on this day, in UTC, or later." example:"2026-10-03"`
	To     string       `query:"to" doc:"Only orders that arrived on this day, in UTC, or earlier." example:"2026-11-01"`
}

// exportDevicesInput selects devices.
type exportDevicesInput struct {
	Format string      `query:"format" enum:"csv,ndjson" doc:"csv when left out."`
	State  deviceState `query:"state" doc:"Only devices in this state."`
	Light  lightLevel  `query:"light" doc:"Only devices with this light, as their record tells it."`
	Model  string      `query:"model" maxLength:"512" doc:"Only devices of this model, exactly." example:"STB-4K"`
	Vendor string      `query:"vendor" maxLength:"512" doc:"Only devices of this manufacturer, exactly." example:"Example"`
	Area   string      `query:"area" maxLength:"512" doc:"Only devices of this area; 51 is all that begin with it." example:"510100"`
}

// exportAbout says what all exports do.
const exportAbout = " Without secrets, page by page as the client takes them: what changes meanwhile may be shown as it was or is. " +
	"JSON lines are the documents of the list. In CSV a text that a spreadsheet would take for a formula has an apostrophe before it. " +
	"An export that broke off is an answer that ends too early."

// exportRoutes registers the exports.
func (s *Server) exportRoutes() {
	add(s, route{method: http.MethodGet, path: exportOrdersPath, id: "export-work-orders", tag: "Work orders", summary: "Write work orders as a table",
		description: "Newest first." + exportAbout + " The columns are those of the import but for passwords, and those that tell what became of an order; " +
			"the import reads these over, so that an export can be imported.",
		needs: ordersRead, media: csvMedia, example: exampleTable(orderColumns, exampleOrder()), problems: []int{http.StatusUnprocessableEntity}}, s.exportOrders)
	add(s, route{method: http.MethodGet, path: exportDevicesPath, id: "export-devices", tag: "Devices", summary: "Write devices as a table",
		description: "In the order of their ids." + exportAbout,
		needs:       devicesRead, media: csvMedia, example: exampleTable(deviceColumns, exampleDevice()), problems: []int{http.StatusUnprocessableEntity}}, s.exportDevices)
	describeExport[orderView](s, exportOrdersPath, exampleOrder())
	describeExport[deviceView](s, exportDevicesPath, exampleDevice())
}

// describeExport says what huma cannot see: that there are two forms.
func describeExport[T any](s *Server, path string, example T) {
	content := s.api.OpenAPI().Paths[path].Get.Responses["200"].Content
	content[csvMedia].Schema = &huma.Schema{Type: huma.TypeString}
	content[ndjsonMedia] = &huma.MediaType{Schema: schemaOf[T](s.api), Example: jsonLine(example)}
}

// jsonLine writes an example on a line.
func jsonLine(v any) string {
	line, err := json.Marshal(v)
	if err != nil {
		return "" // the test of examples tells
	}
	return string(line) + "\n"
}

// column is one column of a table.
type column[T any] interface {
	title() string
	cell(*T) (text string, shown bool)
}

// title implements column.
func (c orderColumn) title() string { return c.name }

// cell implements column.
func (c orderColumn) cell(v *orderView) (string, bool) {
	if c.show == nil {
		return "", false
	}
	return c.show(v), true
}

// deviceColumn is one column of the table of devices.
type deviceColumn struct {
	name string
	show func(*deviceView) string
}

// title implements column.
func (c deviceColumn) title() string { return c.name }

// cell implements column.
func (c deviceColumn) cell(v *deviceView) (string, bool) { return c.show(v), true }

// deviceColumns are those of devices.
var deviceColumns = []deviceColumn{
	{"id", func(v *deviceView) string { return v.ID }},
	{"oui", func(v *deviceView) string { return v.OUI }},
	{"productClass", func(v *deviceView) string { return v.ProductClass }},
	{"serial", func(v *deviceView) string { return v.Serial }},
	{"manufacturer", func(v *deviceView) string { return v.Manufacturer }},
	{"model", func(v *deviceView) string { return v.Model }},
	{"hardware", func(v *deviceView) string { return v.Hardware }},
	{"software", func(v *deviceView) string { return v.Software }},
	{"mac", func(v *deviceView) string { return v.MAC }},
	{"stbId", func(v *deviceView) string { return v.STBID }},
	{"ip", func(v *deviceView) string { return v.IP }},
	{"area", func(v *deviceView) string { return v.Area }},
	{"state", func(v *deviceView) string { return string(v.State) }},
	{"light", func(v *deviceView) string { return string(v.Light.Level) }},
	{"blocked", func(v *deviceView) string { return strconv.FormatBool(v.Blocked) }},
	{"conflict", func(v *deviceView) string { return strconv.FormatBool(v.Conflict) }},
	{"problem", func(v *deviceView) string { return v.Problem }},
	{"profile", func(v *deviceView) string { return v.Profile }},
	{"inSync", func(v *deviceView) string { return strconv.FormatBool(v.Sync.InSync) }},
	{"service", func(v *deviceView) string { return v.Service }},
	{"order", func(v *deviceView) string { return v.Order }},
	{"firstSeen", func(v *deviceView) string { return moment(v.FirstSeen) }},
	{"lastBoot", func(v *deviceView) string { return moment(v.LastBoot) }},
	{"lastContact", func(v *deviceView) string { return moment(v.LastContact) }},
}

// exampleTable is a table of one row.
func exampleTable[T any, C column[T]](columns []C, v T) string {
	var b strings.Builder
	t := newTable(&b, columns)
	if t.write(&v) != nil || t.flush() != nil {
		return "" // the test of examples tells
	}
	return b.String()
}

// rowWriter writes things in one form.
type rowWriter[T any] interface {
	write(*T) error
	flush() error
}

// table writes CSV, its header row first.
type table[T any, C column[T]] struct {
	w       *csv.Writer
	columns []C
	row     []string
	headed  bool
}

// newTable makes an empty one.
func newTable[T any, C column[T]](w io.Writer, columns []C) *table[T, C] {
	t := &table[T, C]{w: csv.NewWriter(w), columns: columns}
	t.w.UseCRLF = true
	return t
}

// head writes the names of the columns, once.
func (t *table[T, C]) head() error {
	if t.headed {
		return nil
	}
	t.headed = true
	var none T
	t.row = t.row[:0]
	for _, c := range t.columns {
		if _, shown := c.cell(&none); shown {
			t.row = append(t.row, c.title())
		}
	}
	return t.w.Write(t.row)
}

// write implements rowWriter.
func (t *table[T, C]) write(v *T) error {
	if err := t.head(); err != nil {
		return err
	}
	t.row = t.row[:0]
	for _, c := range t.columns {
		if text, shown := c.cell(v); shown {
			t.row = append(t.row, plainCell(text))
		}
	}
	return t.w.Write(t.row)
}

// flush implements rowWriter.
func (t *table[T, C]) flush() error {
	if err := t.head(); err != nil { // also of no rows
		return err
	}
	t.w.Flush()
	return t.w.Error()
}

// jsonRows writes documents one a line.
type jsonRows[T any] struct{ enc *json.Encoder }

// write implements rowWriter.
func (j jsonRows[T]) write(v *T) error { return j.enc.Encode(v) }

// flush implements rowWriter.
func (jsonRows[T]) flush() error { return nil }

// export sends things page by page. page returns those behind the last one, which is nil at
// first; none at the end.
func export[T any, C column[T]](ctx context.Context, s *Server, name, format string, columns []C, page func(tx itms.Tx, last *T) ([]T, error)) (*streamOutput, error) {
	rec := recordOf(ctx)
	var last *T
	next := func() (some []T, err error) {
		err = s.opts.Store.View(ctx, func(tx itms.Tx) error {
			some, err = page(tx, last)
			return err
		})
		if len(some) > 0 {
			last = &some[len(some)-1]
		}
		return some, err
	}
	if err := rec.patient(exportPatience); err != nil {
		return nil, err
	}
	first, err := next() // what can fail with a problem fails here
	if err != nil {
		return nil, err
	}
	return &streamOutput{func(hc huma.Context) {
		_, w := humachi.Unwrap(hc)
		var rows rowWriter[T] = newTable[T](w, columns)
		media := csvMedia + "; charset=utf-8"
		if format == "ndjson" {
			enc := json.NewEncoder(w)
			enc.SetEscapeHTML(false)
			rows, media = jsonRows[T]{enc}, ndjsonMedia
		} else {
			format = "csv"
		}
		w.Header().Set("Content-Type", media)
		w.Header().Set("Content-Disposition", `attachment; filename="`+name+`-`+s.now().UTC().Format("20060102-150405")+`.`+format+`"`)
		if err := sendRows(rec, rows, first, next); err != nil {
			rec.cause = err
			panic(http.ErrAbortHandler) // half an export must not look like a whole one
		}
	}}, nil
}

// sendRows writes pages until one is empty, each within its own time.
func sendRows[T any](rec *record, rows rowWriter[T], page []T, next func() ([]T, error)) (err error) {
	for {
		if err := unlimited(rec.conn.SetWriteDeadline(time.Now().Add(exportPatience))); err != nil {
			return err
		}
		for i := range page {
			if err := rows.write(&page[i]); err != nil {
				return err
			}
		}
		if err := rows.flush(); err != nil || len(page) == 0 {
			return err
		}
		if page, err = next(); err != nil {
			return err
		}
	}
}

// exportOrders writes orders, newest first.
func (s *Server) exportOrders(ctx context.Context, in *exportOrdersInput) (*streamOutput, error) {
	list := orderListInput{Group: in.Group, State: in.State, Kind: in.Kind, Mode: in.Mode, Area: in.Area, From: in.From, To: in.To}
	query, err := list.query()
	if err != nil {
		return nil, err
	}
	query.Limit = exportPage
	return export(ctx, s, "work-orders", in.Format, orderColumns, func(tx itms.Tx, last *orderView) ([]orderView, error) {
		if last != nil {
			query.Before = itms.OrderID(last.ID)
		}
		orders, err := tx.Orders().List(query)
		views := make([]orderView, 0, len(orders))
		for _, o := range orders {
			views = append(views, s.viewOrder(o))
		}
		return views, err
	})
}

// exportDevices writes devices in the order of their ids.
func (s *Server) exportDevices(ctx context.Context, in *exportDevicesInput) (*streamOutput, error) {
	query := itms.DeviceQuery{State: itms.DeviceState(in.State), Light: itms.LightLevel(in.Light), Model: in.Model, Vendor: in.Vendor,
		Areas: areasOf(in.Area), Limit: exportPage}
	return export(ctx, s, "devices", in.Format, deviceColumns, func(tx itms.Tx, last *deviceView) ([]deviceView, error) {
		if last != nil {
			query.After = last.ID
		}
		devices, err := tx.Devices().List(query)
		if err != nil {
			return nil, err
		}
		page, err := withBindings(tx, devices)
		views := make([]deviceView, 0, len(page))
		for _, b := range page {
			views = append(views, s.viewDevice(b.device, b.to))
		}
		return views, err
	})
}
