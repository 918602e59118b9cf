package storetest

import (
	"reflect"
	"testing"
	"time"

	"itms"
)

// TestFixturesFull: the fixtures that are stored and read back fill every stored
// field, so that no engine can lose one unseen.
func TestFixturesFull(t *testing.T) {
	for _, v := range []any{device(1), service(1), fullBinding(1), order("bss", 1), activation("a"),
		stockItem(1), task(deviceID("d", 1), 1), ending(1, 1)} {
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
	case typ == reflect.TypeFor[time.Time]():
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
