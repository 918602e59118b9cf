package dhcp

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Limits of names in DNS labels (RFC 1035 §2.3.4).
const (
	maxLabel  = 63
	maxDomain = 255
)

// encodeText encodes characters; numbers are taken as they are written.
func encodeText(value any) ([]byte, error) {
	switch v := value.(type) {
	case string:
		return []byte(v), nil
	case int:
		return strconv.AppendInt(nil, int64(v), 10), nil
	}
	return nil, errors.New("is a text, or hex:0a0b")
}

// encodeBool encodes a truth.
func encodeBool(value any) ([]byte, error) {
	switch value {
	case true, 1:
		return []byte{1}, nil
	case false, 0:
		return []byte{0}, nil
	}
	return nil, errors.New("is true or false")
}

// encodeNumber encodes a number, or the seconds of a duration, in so many octets.
func encodeNumber(value any, least, most int64, octets int) ([]byte, error) {
	n, err := number(value)
	if err != nil {
		return nil, err
	}
	if n < least || n > most {
		return nil, fmt.Errorf("is %d, and should be from %d to %d", n, least, most)
	}
	return binary.BigEndian.AppendUint64(nil, uint64(n))[8-octets:], nil
}

// number reads a number or a duration such as "1h".
func number(value any) (int64, error) {
	switch v := value.(type) {
	case int:
		return int64(v), nil
	case int64:
		return v, nil
	case string:
		if n, err := strconv.ParseInt(v, 0, 64); err == nil {
			return n, nil
		}
		if d, err := time.ParseDuration(v); err == nil && d%time.Second == 0 {
			return int64(d / time.Second), nil
		}
	}
	return 0, errors.New("is a number, or a time such as 1h")
}

// texts reads one text or a list of them.
func texts(value any) ([]string, error) {
	list, many := value.([]any)
	if !many {
		list = []any{value}
	}
	all := make([]string, len(list))
	for i, item := range list {
		s, is := item.(string)
		if !is {
			return nil, fmt.Errorf("item %d is no text", i+1)
		}
		all[i] = s
	}
	return all, nil
}

// eachText encodes texts one after the other.
func eachText(value any, encode func(string) ([]byte, error)) ([]byte, error) {
	all, err := texts(value)
	if err != nil {
		return nil, err
	}
	var out []byte
	for _, s := range all {
		v, err := encode(s)
		if err != nil {
			return nil, err
		}
		out = append(out, v...)
	}
	return out, nil
}

// encodeIPs encodes addresses: one, any number from one, or pairs.
func encodeIPs(t optionType, value any) ([]byte, error) {
	out, err := eachText(value, encodeIP)
	switch n := len(out) / 4; {
	case err != nil:
		return nil, err
	case n == 0 || t == typeIP && n != 1:
		return nil, errors.New("is an IPv4 address")
	case t == typeIPPairs && n%2 != 0:
		return nil, errors.New("is an even number of IPv4 addresses")
	}
	return out, nil
}

// encodeIP encodes an address.
func encodeIP(s string) ([]byte, error) {
	a, err := netip.ParseAddr(s)
	if err != nil || !a.Is4() {
		return nil, fmt.Errorf("%q is no IPv4 address", s)
	}
	return a.AsSlice(), nil
}

// encodeDomain encodes a name in DNS labels.
func encodeDomain(name string) ([]byte, error) {
	var out []byte
	for label := range strings.SplitSeq(strings.TrimSuffix(name, "."), ".") {
		if label == "" || len(label) > maxLabel {
			return nil, fmt.Errorf("%q is no domain name", name)
		}
		out = append(append(out, byte(len(label))), label...)
	}
	if out = append(out, 0); len(out) > maxDomain {
		return nil, fmt.Errorf("%q is no domain name", name)
	}
	return out, nil
}

// encodeRoute encodes "192.0.2.0/24 198.51.100.1", with "via" between them or not: the
// length of the prefix, as many of its octets as count, the router (RFC 3442).
func encodeRoute(s string) ([]byte, error) {
	fields := slices.DeleteFunc(strings.Fields(s), func(f string) bool { return f == "via" })
	if len(fields) == 2 {
		to, err1 := netip.ParsePrefix(fields[0])
		router, err2 := encodeIP(fields[1])
		if err1 == nil && err2 == nil && to.Addr().Is4() && to == to.Masked() {
			out := append([]byte{byte(to.Bits())}, to.Addr().AsSlice()[:(to.Bits()+7)/8]...)
			return append(out, router...), nil
		}
	}
	return nil, fmt.Errorf("%q is no route: it is written as 192.0.2.0/24 198.51.100.1", s)
}

// numbered reads a map whose keys are numbers, in their order.
func numbered(value any, most int64, fn func(n int64, value any) error) error {
	byNumber := map[int64]any{}
	add := func(key any, v any) error {
		n, err := number(key)
		if err != nil || n < 0 || n > most {
			return fmt.Errorf("%v is no number from 0 to %d", key, most)
		}
		byNumber[n] = v
		return nil
	}
	var errs error
	switch m := value.(type) {
	case map[string]any:
		for k, v := range m {
			errs = errors.Join(errs, add(k, v))
		}
	case map[any]any:
		for k, v := range m {
			errs = errors.Join(errs, add(k, v))
		}
	case map[int]any:
		for k, v := range m {
			errs = errors.Join(errs, add(k, v))
		}
	default:
		return errors.New("is a map of numbers and values, or hex:0a0b")
	}
	if errs != nil {
		return errs
	}
	keys := make([]int64, 0, len(byNumber))
	for n := range byNumber {
		keys = append(keys, n)
	}
	slices.Sort(keys)
	for _, n := range keys {
		if err := fn(n, byNumber[n]); err != nil {
			return err
		}
	}
	return nil
}

// encodeSubs encodes sub-options whose values are texts or bytes.
func encodeSubs(value any) ([]byte, error) {
	var out []byte
	err := numbered(value, 254, func(n int64, value any) (err error) {
		v, err := encodeValue(typeText, value)
		if err == nil {
			out, err = appendSub(out, byte(n), v)
		}
		return err
	})
	return out, err
}

// encodeEnterprises encodes option 125.
func encodeEnterprises(value any) ([]byte, error) {
	var out []byte
	err := numbered(value, 1<<32-1, func(n int64, value any) error {
		v, err := encodeValue(typeSubs, value)
		if err == nil && len(v) > 255 {
			err = fmt.Errorf("what is under %d is longer than 255 octets", n)
		}
		out = appendEnterprise(out, uint32(n), v)
		return err
	})
	return out, err
}

// appendSub appends a sub-option.
func appendSub(out []byte, code byte, v []byte) ([]byte, error) {
	if len(v) > 255 {
		return nil, fmt.Errorf("sub-option %d is longer than 255 octets", code)
	}
	return append(append(out, code, byte(len(v))), v...), nil
}

// appendEnterprise appends the part of option 125 that is for one enterprise; v has no more
// than 255 octets.
func appendEnterprise(out []byte, number uint32, v []byte) []byte {
	return append(append(binary.BigEndian.AppendUint32(out, number), byte(len(v))), v...)
}
