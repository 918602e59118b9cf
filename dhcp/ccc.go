package dhcp

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"time"
)

// Sub-options of the CableLabs client configuration, option 122.
const (
	cccPrimary      = 1  // RFC 3495 §5.1
	cccSecondary    = 2  // RFC 3495 §5.1
	cccProvisioning = 3  // RFC 3495 §5.2
	cccASBackoff    = 4  // RFC 3495 §5.3
	cccAPBackoff    = 5  // RFC 3495 §5.4
	cccRealm        = 6  // RFC 3495 §5.5
	cccTGS          = 7  // RFC 3495 §5.6
	cccTimer        = 8  // RFC 3495 §5.7
	cccTickets      = 9  // RFC 3594
	cccKDC          = 10 // RFC 3634
)

// CCC is the client configuration of CableLabs (option 122): what a modem tells its MTA of
// DHCP servers, and how an MTA is provisioned. Zero values are not sent.
type CCC struct {
	// Primary and Secondary are the DHCP servers whose offers the MTA takes: 0.0.0.0 = it
	// shall not start, 255.255.255.255 = any.
	Primary, Secondary netip.Addr
	// Provisioning is the server's name, or its IPv4 address.
	Provisioning         string
	ASBackoff, APBackoff Backoff
	Realm                string // Kerberos realm, e.g. "BASIC.1"
	TGS                  *bool  // the MTA uses a ticket-granting ticket
	Timer                time.Duration
	Tickets              uint16 // control mask
	KDC                  []netip.Addr
}

// Backoff is how the MTA repeats requests for tickets.
type Backoff struct {
	Nominal time.Duration // milliseconds are sent
	Most    time.Duration // seconds are sent
	Retries uint32
}

// encode returns the value of option 122.
func (c *CCC) encode() ([]byte, error) {
	w := cccWriter{}
	w.address(cccPrimary, c.Primary)
	w.address(cccSecondary, c.Secondary)
	w.provisioning(c.Provisioning)
	w.backoff(cccASBackoff, c.ASBackoff)
	w.backoff(cccAPBackoff, c.APBackoff)
	if c.Realm != "" {
		w.domain(cccRealm, c.Realm)
	}
	if c.TGS != nil {
		w.add(cccTGS, []byte{octet(*c.TGS)})
	}
	if c.Timer != 0 {
		w.timer(c.Timer)
	}
	if c.Tickets != 0 {
		w.add(cccTickets, binary.BigEndian.AppendUint16(nil, c.Tickets))
	}
	if len(c.KDC) > 0 {
		w.add(cccKDC, addresses(c.KDC))
	}
	return w.out, w.err
}

// cccWriter appends sub-options; the first mistake stays.
type cccWriter struct {
	out []byte
	err error
}

func (w *cccWriter) fail(err error) { w.err = errors.Join(w.err, err) }

func (w *cccWriter) add(code byte, v []byte) {
	out, err := appendSub(w.out, code, v)
	if err != nil {
		w.fail(err)
		return
	}
	w.out = out
}

func (w *cccWriter) address(code byte, a netip.Addr) {
	if a.Is4() {
		w.add(code, a.AsSlice())
	}
}

func (w *cccWriter) domain(code byte, name string, before ...byte) {
	v, err := encodeDomain(name)
	if err != nil {
		w.fail(err)
		return
	}
	w.add(code, append(before, v...))
}

// provisioning writes a name (type 0) or an address (type 1).
func (w *cccWriter) provisioning(server string) {
	if server == "" {
		return
	}
	if a, err := netip.ParseAddr(server); err == nil && a.Is4() {
		w.add(cccProvisioning, append([]byte{1}, a.AsSlice()...))
		return
	}
	w.domain(cccProvisioning, server, 0)
}

func (w *cccWriter) backoff(code byte, b Backoff) {
	if b == (Backoff{}) {
		return
	}
	v := binary.BigEndian.AppendUint32(nil, uint32(b.Nominal/time.Millisecond))
	v = binary.BigEndian.AppendUint32(v, uint32(b.Most/time.Second))
	w.add(code, binary.BigEndian.AppendUint32(v, b.Retries))
}

// timer writes the provisioning timer in minutes.
func (w *cccWriter) timer(d time.Duration) {
	if d%time.Minute != 0 || d < 0 || d > 255*time.Minute {
		w.fail(fmt.Errorf("a provisioning timer is a number of minutes up to 255"))
		return
	}
	w.add(cccTimer, []byte{byte(d / time.Minute)})
}

// octet is a truth in one octet.
func octet(v bool) byte {
	if v {
		return 1
	}
	return 0
}

// addresses are IPv4 addresses one after the other.
func addresses(list []netip.Addr) []byte {
	out := make([]byte, 0, 4*len(list))
	for _, a := range list {
		out = append(out, a.AsSlice()...)
	}
	return out
}

// encodeCCC encodes option 122 as it is written in a configuration: a map of its
// sub-options by number. 1, 2 and 10 are addresses, 3 a name or an address, 4 and 5 lists
// of three numbers (ms, s, tries), 6 a realm, 7 true or false, 8 minutes, 9 a mask.
func encodeCCC(value any) ([]byte, error) {
	w := cccWriter{}
	err := numbered(value, 254, func(n int64, value any) error {
		if n == cccProvisioning {
			s, _ := value.(string)
			w.provisioning(s)
			return w.err
		}
		v, err := encodeValueOfCCC(n, value)
		if err == nil {
			w.add(byte(n), v)
		}
		return errors.Join(err, w.err)
	})
	return w.out, err
}

// encodeValueOfCCC encodes one sub-option of option 122.
func encodeValueOfCCC(n int64, value any) ([]byte, error) {
	types := map[int64]optionType{cccPrimary: typeIP, cccSecondary: typeIP, cccRealm: typeDomains, cccTGS: typeBool, cccTimer: typeU8, cccTickets: typeU16, cccKDC: typeIPs}
	if n == cccASBackoff || n == cccAPBackoff {
		return encodeBackoff(value)
	}
	t, known := types[n]
	if !known {
		t = typeBytes
	}
	v, err := encodeValue(t, value)
	if err != nil {
		return nil, fmt.Errorf("sub-option %d: %w", n, err)
	}
	return v, nil
}

// encodeBackoff encodes three numbers.
func encodeBackoff(value any) ([]byte, error) {
	list, _ := value.([]any)
	if len(list) != 3 {
		return nil, errors.New("is three numbers: milliseconds, seconds, tries")
	}
	var out []byte
	for _, item := range list {
		v, err := encodeNumber(item, 0, 1<<32-1, 4)
		if err != nil {
			return nil, err
		}
		out = append(out, v...)
	}
	return out, nil
}
