package record

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"itms"
)

// at is a time that no store can keep as it is.
var at = time.Date(2026, 3, 1, 20, 0, 0, 123456789, time.FixedZone("", 8*3600))

// kept is what remains of it.
var kept = time.Date(2026, 3, 1, 12, 0, 0, 123456000, time.UTC)

// TestTimes: every time of a document is brought to the kept precision. Fields
// are found by reflection, so that a new one cannot be forgotten.
func TestTimes(t *testing.T) {
	id := itms.DeviceID{OUI: "00005E", Serial: "1"}
	device, service, binding := &itms.Device{Guesses: itms.Guesses{Wrong: make([]time.Time, 1)}, Cable: new(itms.Cable)}, &itms.Service{}, &itms.Binding{}
	order := &itms.Order{History: make([]itms.Step, 1), Before: &itms.Service{}}
	event, token, session, delivery := &itms.Event{}, &itms.Token{}, &itms.SessionSummary{}, &itms.Delivery{}
	activation, item, task, ending := &itms.Activation{}, &itms.StockItem{}, &itms.Task{Steps: make([]itms.TaskStep, 1)}, &itms.Ending{}
	trace, message := &itms.Trace{}, &itms.TraceMessage{}
	for _, v := range []any{trace, message, device, service, binding, order, event, token, session, delivery, activation, item, task, ending} {
		setTimes(reflect.ValueOf(v).Elem())
	}
	device.ID, service.ID, binding.ID, binding.Service = id, "s", "b", "s"
	order.ID, order.No, token.Hash, delivery.ID = "o", "n", "h", "d"
	activation.Hash, item.MAC, task.ID, task.Device, ending.Order, ending.Day = "h", itms.MAC{5: 1}, "t", id, "o", "2026-03-01"
	trace.ID = "t"
	check(t, trace, Trace)
	check(t, message, TraceMessage)
	check(t, device, document(Device))
	check(t, service, document(Service))
	check(t, binding, document(Binding))
	check(t, order, document(Order))
	check(t, activation, Activation)
	check(t, item, StockItem)
	check(t, task, Task)
	check(t, ending, endingDoc)
	check(t, event, Event)
	check(t, token, Token)
	check(t, session, func(s *itms.SessionSummary) ([]byte, error) { c := Session(*s); return SessionDoc(&c) })
	check(t, delivery, func(d *itms.Delivery) ([]byte, error) {
		c, err := Delivery(d)
		if err != nil {
			return nil, err
		}
		return DeliveryDoc(&c)
	})
}

// document drops what an encoder returns beside the document.
func document[T any](encode func(*T) (*T, []byte, error)) func(*T) ([]byte, error) {
	return func(v *T) ([]byte, error) {
		_, doc, err := encode(v)
		return doc, err
	}
}

// endingDoc is both steps of storing an ending.
func endingDoc(e *itms.Ending) ([]byte, error) {
	c, err := Ending(e)
	if err != nil {
		return nil, err
	}
	return EndingDoc(&c)
}

// setTimes sets every time below v to at.
func setTimes(v reflect.Value) {
	switch {
	case v.Type() == reflect.TypeFor[time.Time]():
		v.Set(reflect.ValueOf(at))
	case v.Kind() == reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				setTimes(v.Field(i))
			}
		}
	case v.Kind() == reflect.Pointer && !v.IsNil():
		setTimes(v.Elem())
	case v.Kind() == reflect.Slice:
		for i := range v.Len() {
			setTimes(v.Index(i))
		}
	}
}

// check encodes v and looks for times that are not as kept; v itself must not
// change.
func check[T any](t *testing.T, v *T, encode func(*T) ([]byte, error)) {
	t.Helper()
	before, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := encode(v)
	if err != nil {
		t.Fatalf("%T: %v", v, err)
	}
	if strings.Contains(string(doc), "789+08:00") || !strings.Contains(string(doc), kept.Format(time.RFC3339Nano)) {
		t.Errorf("%T: times in %s", v, doc)
	}
	after, err := json.Marshal(v)
	if err != nil || string(after) != string(before) {
		t.Errorf("%T changed under its caller: %s, %v", v, after, err)
	}
	if _, err := Decode[T](doc); err != nil {
		t.Errorf("%T: %v", v, err)
	}
}

// refusal is an error and the field it must name.
type refusal struct {
	err     error
	pointer string
}

// wantRefused checks that each error names its field.
func wantRefused(t *testing.T, all map[string]refusal) {
	t.Helper()
	for name, c := range all {
		var e *itms.Error
		if !itms.IsKind(c.err, itms.KindInvalid) {
			t.Errorf("%s: %v", name, c.err)
			continue
		}
		if e = c.err.(*itms.Error); e.Fields[0].Pointer != c.pointer {
			t.Errorf("%s: blames %s, want %s", name, e.Fields[0].Pointer, c.pointer)
		}
	}
}

// TestRefused: what cannot be a key is named by its pointer.
func TestRefused(t *testing.T) {
	long := strings.Repeat("x", itms.MaxKey+1)
	binding := func(b itms.Binding) error { _, _, err := Binding(&b); return err }
	order := func(o itms.Order) error { _, _, err := Order(&o); return err }
	device := func(id itms.DeviceID) error { _, _, err := Device(&itms.Device{ID: id}); return err }
	delivery := func(d itms.Delivery) error { _, err := Delivery(&d); return err }
	wantRefused(t, map[string]refusal{
		"device without serial":   {device(itms.DeviceID{OUI: "00005E"}), "/id"},
		"device without OUI":      {device(itms.DeviceID{Serial: "1"}), "/id"},
		"device of great length":  {device(itms.DeviceID{OUI: "1", Serial: strings.Repeat(" ", 400)}), "/id"},
		"binding without id":      {binding(itms.Binding{Service: "s"}), "/id"},
		"binding without slot":    {binding(itms.Binding{ID: "b"}), "/service"},
		"binding in a long state": {binding(itms.Binding{ID: "b", Service: "s", State: itms.BindingState(long)}), "/state"},
		"order without id":        {order(itms.Order{No: "1"}), "/id"},
		"order without number":    {order(itms.Order{ID: "1"}), "/orderNo"},
		"order of a bad source":   {order(itms.Order{ID: "1", No: "1", Source: "a\x00b"}), "/source"},
		"order in a bad area":     {order(itms.Order{ID: "1", No: "1", Area: "\xff"}), "/line/area"},
		"delivery without id":     {delivery(itms.Delivery{}), "/id"},
		"delivery in a long line": {delivery(itms.Delivery{ID: "1", Stream: long}), "/stream"},
	})
}

// TestRefusedZeroTouch: the same for codes, boxes, tasks and endings.
func TestRefusedZeroTouch(t *testing.T) {
	_, activation := Activation(&itms.Activation{})
	item := func(s itms.StockItem) error { _, err := StockItem(&s); return err }
	task := func(v itms.Task) error { _, err := Task(&v); return err }
	ending := func(e itms.Ending) error {
		e.At = at
		_, err := Ending(&e)
		return err
	}
	mac, id, day := itms.MAC{5: 1}, itms.DeviceID{OUI: "00005E", Serial: "1"}, "2026-03-01"
	wantRefused(t, map[string]refusal{
		"activation without hash": {activation, "/hash"},
		"stock of no address":     {item(itms.StockItem{}), "/mac"},
		"stock of many addresses": {item(itms.StockItem{MAC: itms.MAC{1}}), "/mac"},
		"stock in a bad state":    {item(itms.StockItem{MAC: mac, State: "\x00"}), "/state"},
		"stock in a bad batch":    {item(itms.StockItem{MAC: mac, Batch: "a\x00"}), "/batch"},
		"task without id":         {task(itms.Task{Device: id}), "/id"},
		"task of no device":       {task(itms.Task{ID: "1"}), "/device"},
		"ending of no order":      {ending(itms.Ending{Day: day}), "/order"},
		"ending of the wrong day": {ending(itms.Ending{Order: "1", Day: "2026-03-02"}), "/day"},
		"ending in a bad area":    {ending(itms.Ending{Order: "1", Day: day, Area: "\x00"}), "/area"},
		"ending in a long way":    {ending(itms.Ending{Order: "1", Day: day, Way: itms.BindWay(strings.Repeat("x", itms.MaxKey+1))}), "/way"},
	})
}

// TestCodeNotStored: the digits of an activation code are in no document.
func TestCodeNotStored(t *testing.T) {
	code := itms.NewCodeDigits()
	kept, doc, err := Order(&itms.Order{ID: "1", No: "1", Code: code})
	if err != nil || kept.Code != "" || strings.Contains(string(doc), string(code)) {
		t.Errorf("%s, %v", doc, err)
	}
}

// TestEndingText: what a device says of itself does not keep an order from ending.
func TestEndingText(t *testing.T) {
	e := itms.Ending{Order: "1", At: at, Day: "2026-03-01", Vendor: "a\x00", Model: "\xff", Firmware: strings.Repeat("v", 2*itms.MaxKey)}
	k, err := Ending(&e)
	if err != nil || !Usable(k.Vendor) || !Usable(k.Model) || k.Firmware != e.Firmware {
		t.Errorf("%+v, %v", k, err)
	}
}

// TestFarTime: a time that JSON cannot say is an error, not a panic.
func TestFarTime(t *testing.T) {
	if _, err := Event(&itms.Event{At: time.Date(20000, 1, 1, 0, 0, 0, 0, time.UTC)}); !itms.IsKind(err, itms.KindInternal) {
		t.Errorf("got %v", err)
	}
	if _, err := Decode[itms.Event]([]byte("{")); !itms.IsKind(err, itms.KindInternal) {
		t.Errorf("a damaged document: %v", err)
	}
}

// TestText: any text becomes storable, and a storable one stays.
func TestText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := string(rapid.SliceOf(rapid.Byte()).Draw(t, "bytes"))
		out := Text(in)
		if out != "" && !Usable(out) {
			t.Fatalf("%q became %q", in, out)
		}
		if Text(out) != out || Usable(in) && out != in {
			t.Fatalf("%q became %q", in, out)
		}
	})
}

// TestSessionOwned: a kept session shares nothing with the one noted.
func TestSessionOwned(t *testing.T) {
	s := itms.SessionSummary{Events: []string{"a"}, RPCs: []string{"b"}, Faults: []string{}}
	k := Session(s)
	s.Events[0], s.RPCs[0] = "x", "x"
	if k.Events[0] != "a" || k.RPCs[0] != "b" || k.Faults != nil {
		t.Errorf("kept %+v", k)
	}
}

// TestKept: what an encoder returns beside the document is what reading the document
// gives, whatever the value holds, and it is nobody else's.
func TestKept(t *testing.T) {
	id := itms.DeviceID{OUI: "00005E", Serial: "1"}
	keptAs(t, Device, func(d *itms.Device) { d.ID, d.State = id, "s" })
	keptAs(t, Service, func(s *itms.Service) { s.ID = "s" })
	keptAs(t, Binding, func(b *itms.Binding) { b.ID, b.Service, b.State = "b", "s", "s" })
	keptAs(t, Order, func(o *itms.Order) { o.ID, o.No, o.Source, o.State, o.Kind, o.Area = "o", "n", "s", "s", "k", "a" })
}

// keptAs checks one encoder.
func keptAs[T any](t *testing.T, encode func(*T) (*T, []byte, error), name func(*T)) {
	rapid.Check(t, func(t *rapid.T) {
		v := new(T)
		draw(t, reflect.ValueOf(v).Elem())
		name(v)
		kept, doc, err := encode(v)
		if err != nil {
			t.Fatal(err)
		}
		draw(t, reflect.ValueOf(v).Elem()) // the caller goes on with what is his
		read, err := Decode[T](doc)
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(kept, read) {
			t.Fatalf("kept %+v\nread %+v", kept, read)
		}
	})
}

// draw fills v in place where it can.
func draw(t *rapid.T, v reflect.Value) {
	switch v.Interface().(type) {
	case time.Time:
		v.Set(reflect.ValueOf(at.Add(time.Duration(rapid.Int64Range(0, 1e15).Draw(t, "at")))))
		return
	case itms.MAC:
		v.Set(reflect.ValueOf(itms.MAC{5: rapid.Byte().Draw(t, "mac")}))
		return
	case itms.Secret: // never in a document
		v.Set(reflect.ValueOf(itms.NewSecret(rapid.StringN(0, 2, -1).Draw(t, "secret"))))
		return
	case itms.DeviceID:
		v.Set(reflect.ValueOf(rapid.SampledFrom([]itms.DeviceID{{}, {OUI: "00005E", Serial: "1"}}).Draw(t, "device")))
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			draw(t, v.Field(i))
		}
	case reflect.String:
		v.SetString(rapid.SampledFrom([]string{"", "a", "\xff", "\ufffd", "<&>"}).Draw(t, "text"))
	case reflect.Bool:
		v.SetBool(rapid.Bool().Draw(t, "bool"))
	case reflect.Int, reflect.Int64:
		v.SetInt(int64(rapid.IntRange(0, 3).Draw(t, "int")))
	case reflect.Uint8:
		v.SetUint(uint64(rapid.Byte().Draw(t, "byte")))
	case reflect.Pointer:
		if v.IsNil() && rapid.Bool().Draw(t, "there") {
			v.Set(reflect.New(v.Type().Elem()))
		}
		if !v.IsNil() {
			draw(t, v.Elem())
		}
	case reflect.Slice:
		if v.Len() == 0 && rapid.Bool().Draw(t, "list") {
			v.Set(reflect.MakeSlice(v.Type(), rapid.IntRange(0, 2).Draw(t, "length"), 2))
		}
		for i := range v.Len() {
			draw(t, v.Index(i))
		}
	case reflect.Map:
		if v.IsNil() && rapid.Bool().Draw(t, "map") {
			v.Set(reflect.MakeMap(v.Type()))
		}
		if !v.IsNil() && rapid.Bool().Draw(t, "entry") {
			entry := reflect.New(v.Type().Elem()).Elem()
			draw(t, entry)
			v.SetMapIndex(reflect.ValueOf(rapid.SampledFrom([]string{"x", "y"}).Draw(t, "key")), entry)
		}
	default:
		t.Fatalf("no way to draw a %s", v.Type())
	}
}
