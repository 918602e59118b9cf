package profile

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"maps"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"itms"
)

// maxValue bounds one value in bytes. The longest in the field are URLs with
// query strings, below 2 kB.
const maxValue = 8 << 10

// kind is a type of result of an expression.
type kind = reflect.Kind

// The results that expressions give.
const (
	kindText = reflect.String
	kindInt  = reflect.Int
	kindBool = reflect.Bool
)

// valueType says what a CWMP type takes and how a text of it is checked.
type valueType struct {
	kinds []kind
	check func(string) error
}

// valueTypes are the types of TR-106 Amd 7 §3.1 a parameter may have.
var valueTypes = map[string]valueType{
	itms.TypeString:       {[]kind{kindText}, func(string) error { return nil }},
	itms.TypeBoolean:      {[]kind{kindBool, kindInt}, oneOf("0", "1")},
	itms.TypeInt:          {[]kind{kindInt, kindText}, signed(math.MinInt32, math.MaxInt32)},
	itms.TypeLong:         {[]kind{kindInt, kindText}, signed(math.MinInt64, math.MaxInt64)},
	itms.TypeUnsignedInt:  {[]kind{kindInt, kindText}, unsigned(math.MaxUint32)},
	itms.TypeUnsignedLong: {[]kind{kindInt, kindText}, unsigned(math.MaxUint64)},
	itms.TypeDateTime:     {[]kind{kindText}, dateTime},
	itms.TypeBase64:       {[]kind{kindText}, base64Text},
	itms.TypeHexBinary:    {[]kind{kindText}, hexText},
}

// isText reports whether a CWMP type has an empty value.
func isText(typ string) bool {
	return typ == itms.TypeString || typ == itms.TypeBase64 || typ == itms.TypeHexBinary
}

// typeNames lists the types for messages.
func typeNames() string {
	var names []string
	for _, t := range slices.Sorted(maps.Keys(valueTypes)) {
		names = append(names, strings.TrimPrefix(t, "xsd:"))
	}
	return strings.Join(names, ", ")
}

// convert writes the result of an expression in the lexical form of a CWMP type;
// nil and an empty text are "". Errors never quote the value, it may be secret.
func convert(typ string, v any) (string, error) {
	s := textOf(v)
	if s == "" {
		return "", nil
	}
	if err := checkText(s); err != nil {
		return "", err
	}
	if err := valueTypes[typ].check(s); err != nil {
		return "", fmt.Errorf("is no %s: %w", strings.TrimPrefix(typ, "xsd:"), err)
	}
	return s, nil
}

// textOf writes the results that expressions can have.
func textOf(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case int:
		return strconv.Itoa(v)
	case bool:
		if v {
			return "1"
		}
		return "0"
	}
	return ""
}

// checkText refuses what could not travel in XML or would not be seen on a screen.
func checkText(s string) error {
	if len(s) > maxValue {
		return fmt.Errorf("is longer than %d bytes", maxValue)
	}
	if !utf8.ValidString(s) {
		return fmt.Errorf("is not valid UTF-8")
	}
	for _, c := range s {
		if unicode.IsControl(c) || c == '\uFFFE' || c == '\uFFFF' {
			return fmt.Errorf("holds the control character U+%04X", c)
		}
	}
	return nil
}

// oneOf checks an enumeration.
func oneOf(words ...string) func(string) error {
	return func(s string) error {
		if !slices.Contains(words, s) {
			return fmt.Errorf("expected %s", strings.Join(words, " or "))
		}
		return nil
	}
}

// signed checks a whole number within bounds.
func signed(low, high int64) func(string) error {
	return func(s string) error {
		if v, err := strconv.ParseInt(s, 10, 64); err != nil || v < low || v > high {
			return fmt.Errorf("expected a whole number from %d to %d", low, high)
		}
		return nil
	}
}

// unsigned checks a whole number from 0.
func unsigned(high uint64) func(string) error {
	return func(s string) error {
		if v, err := strconv.ParseUint(s, 10, 64); err != nil || v > high {
			return fmt.Errorf("expected a whole number from 0 to %d", high)
		}
		return nil
	}
}

// dateTime checks an ISO 8601 time as TR-106 Amd 7 §3.1 has it.
func dateTime(s string) error {
	if _, err := time.Parse(time.RFC3339Nano, s); err != nil {
		return fmt.Errorf("expected a time such as 2026-01-02T15:04:05Z")
	}
	return nil
}

// base64Text checks base64.
func base64Text(s string) error {
	if _, err := base64.StdEncoding.DecodeString(s); err != nil {
		return fmt.Errorf("expected base64")
	}
	return nil
}

// hexText checks hexadecimal digits.
func hexText(s string) error {
	if _, err := hex.DecodeString(s); err != nil {
		return fmt.Errorf("expected an even number of hexadecimal digits")
	}
	return nil
}
