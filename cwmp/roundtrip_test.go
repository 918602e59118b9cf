package cwmp

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"time"
)

// roundTrips is the number of random messages tried of each kind.
const roundTrips = 100

// TestRoundTrip writes random messages of every kind and reads them again.
func TestRoundTrip(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for name := range decoders {
		kind := reflect.TypeOf(decodeBody(t, "<"+name+"/>").Message).Elem()
		for range roundTrips {
			value := reflect.New(kind)
			fill(random, value.Elem(), kind.Name())
			want := value.Interface().(Message)
			env := &Envelope{ID: text(random), Version: Version10 + Version(random.IntN(5)), Message: want}
			got, err := Decode(env.Encode(), "")
			if err != nil {
				t.Fatalf("%s: %v\n%s", name, err, env.Encode())
			}
			if !reflect.DeepEqual(got, env) {
				t.Fatalf("%s: read\n%#v\nwant\n%#v\n%s", name, got.Message, want, env.Encode())
			}
		}
	}
}

// fill sets a value to something random that a reader may return. The field
// name decides for what is not told by the type.
func fill(random *rand.Rand, v reflect.Value, field string) {
	switch v.Interface().(type) {
	case DateTime:
		v.Set(reflect.ValueOf(dateTime(random)))
		return
	case DUOperation:
		v.Set(reflect.ValueOf(operation(random)))
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			fill(random, v.Field(i), v.Type().Field(i).Name)
		}
	case reflect.Slice:
		if n := random.IntN(4); n > 0 {
			v.Set(reflect.MakeSlice(v.Type(), n, n))
			for i := range n {
				fill(random, v.Index(i), "")
			}
		}
	case reflect.String:
		v.SetString(fieldText(random, field))
	case reflect.Int:
		v.SetInt(int64(int32(random.Uint32())))
	case reflect.Uint32:
		v.SetUint(uint64(random.Uint32()))
	case reflect.Bool:
		v.SetBool(random.IntN(2) == 0)
	default:
		panic(fmt.Sprintf("no random %s", v.Type()))
	}
}

func fieldText(random *rand.Rand, field string) string {
	switch field {
	case "Type":
		return []string{TypeString, TypeInt, TypeUnsignedInt, TypeLong, TypeUnsignedLong, TypeBoolean, TypeDateTime, TypeBase64, TypeBase64Binary, TypeHexBinary}[random.IntN(10)]
	case "SOAPCode":
		return []string{SOAPClient, SOAPServer, SOAPMustUnderstand}[random.IntN(3)]
	case "Code":
		return []string{EventBoot, EventValueChange, "X 00005E x"}[random.IntN(3)]
	}
	return text(random)
}

// text returns a random text without white space at its ends.
func text(random *rand.Rand) string {
	const alphabet = "ab.1<>&\"' \t\n\r]é漢😀\u0085\uFFFD"
	runes := []rune(alphabet)
	var b strings.Builder
	for range random.IntN(12) {
		b.WriteRune(runes[random.IntN(len(runes))])
	}
	return strings.TrimSpace(b.String())
}

func dateTime(random *rand.Rand) DateTime {
	switch random.IntN(3) {
	case 0:
		return DateTime{}
	case 1:
		return ParseDateTime("2026-03-05T11:54::14")
	}
	return TimeOf(time.Unix(random.Int64N(4e9), 0))
}

func operation(random *rand.Rand) DUOperation {
	op := DUOperation{UUID: text(random)}
	switch random.IntN(3) {
	case 0:
		op.Kind, op.URL, op.Username, op.Password, op.ExecutionEnvRef = DUInstall, text(random), text(random), text(random), text(random)
	case 1:
		op.Kind, op.URL, op.Username, op.Password, op.Version = DUUpdate, text(random), text(random), text(random), text(random)
	case 2:
		op.Kind, op.Version, op.ExecutionEnvRef = DUUninstall, text(random), text(random)
	}
	return op
}
