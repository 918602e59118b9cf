package storetest

import (
	"net/netip"
	"reflect"
	"testing"
	"time"

	"itms"
)

// TestFixturesFull: the fixtures that are stored and read back fill every stored
// field, so that no engine can lose one unseen.
func TestFixturesFull(t *testing.T) {
	for _, v := range []any{device(1), service(1), fullBinding(1), order("bss", 1), serviceOrder(1), activation("a"),
		stockItem(1), task(deviceID("d", 1), 1), ending(1, 1), file(1), closedTransfer(1), lease(1), user(1), signIn(1, 1), auditEntry(1),
		laneDelivery("l", "s", 1), subscription("a"), deadLetter("a", 1), endedSession(1)} {
		for _, path := range empties(reflect.ValueOf(v).Elem(), reflect.TypeOf(v).Elem().Name()) {
			t.Errorf("%s is empty", path)
		}
	}
}

// empties lists the stored fields below v that hold nothing.
func empties(v reflect.Value, path string) (list []string) {
	typ := v.Type()
	switch {
	case typ == reflect.TypeFor[itms.Secret](): // never stored
	case v.IsZero():
		return []string{path}
	case typ == reflect.TypeFor[time.Time](), typ == reflect.TypeFor[netip.Addr](), typ == reflect.TypeFor[netip.Prefix]():
	case v.Kind() == reflect.Pointer:
		return empties(v.Elem(), path)
	case v.Kind() == reflect.Struct:
		for i := range v.NumField() {
			if f := typ.Field(i); f.Tag.Get("json") != "-" {
				list = append(list, empties(v.Field(i), path+"."+f.Name)...)
			}
		}
	case v.Kind() == reflect.Slice && v.Len() > 0 && typ.Elem().Kind() == reflect.Struct:
		return empties(v.Index(0), path+"[0]")
	}
	return list
}

// TestClonesShareNothing: what an engine hands out from its cache may be changed.
func TestClonesShareNothing(t *testing.T) {
	for _, pair := range [][2]any{cloned(device(1)), cloned(service(1)), cloned(fullBinding(1)), cloned(order("bss", 1)), cloned(serviceOrder(1)),
		cloned(file(1)), cloned(transfer(1)), cloned(lease(1)), cloned(user(1)), cloned(signIn(1, 1)), cloned(subscription("a")), cloned(accessSession(1))} {
		if !reflect.DeepEqual(pair[0], pair[1]) {
			t.Errorf("the clone is %+v, want %+v", pair[1], pair[0])
		}
		for _, path := range shared(reflect.ValueOf(pair[0]).Elem(), reflect.ValueOf(pair[1]).Elem(), reflect.TypeOf(pair[0]).Elem().Name()) {
			t.Errorf("%s is shared with the clone", path)
		}
	}
}

// cloned is a document and its clone.
func cloned[T interface{ Clone() T }](v T) [2]any { return [2]any{v, v.Clone()} }

// shared lists the exported fields whose memory two values have in common.
func shared(a, b reflect.Value, path string) (list []string) {
	switch a.Kind() {
	case reflect.Pointer, reflect.Map, reflect.Slice:
		if a.UnsafePointer() == b.UnsafePointer() && !a.IsZero() {
			return []string{path}
		}
		if a.Kind() == reflect.Pointer && !a.IsZero() {
			return shared(a.Elem(), b.Elem(), path)
		}
	case reflect.Struct:
		for i := range a.NumField() {
			if f := a.Type().Field(i); f.IsExported() {
				list = append(list, shared(a.Field(i), b.Field(i), path+"."+f.Name)...)
			}
		}
	}
	return list
}
