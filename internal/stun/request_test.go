package stun

import (
	"errors"
	"net/netip"
	"strings"
	"testing"
)

// The datagram of TR-069 Amd 6 Annex G, byte for byte.
func TestDatagram(t *testing.T) {
	r := Request{Address: netip.MustParseAddrPort("198.51.100.7:40000"), Time: 1120673700, ID: 1234, Username: "CPE57689", Nonce: "XTGRWIPC6D3IPXS3"}
	want := "GET http://198.51.100.7:40000?ts=1120673700&id=1234&un=CPE57689&cn=XTGRWIPC6D3IPXS3" +
		"&sig=fda44088e52a347ce49d6312521d5621eeb40037 HTTP/1.1\r\n\r\n"
	if got := string(r.Datagram("secret")); got != want {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

func TestReadRequest(t *testing.T) {
	for _, r := range []Request{
		{Address: netip.MustParseAddrPort("198.51.100.7:40000"), Time: 1, ID: 1<<32 - 1, Username: "00005E-ST%20B-1", Nonce: "a b&c"},
		{Address: netip.MustParseAddrPort("[2001:db8::1]:1"), Username: "u"},
	} {
		raw := r.Datagram("pw")
		if got, signed, err := ReadRequest(raw, "pw"); err != nil || !signed || got != r {
			t.Errorf("%+v, %v, %v from %q", got, signed, err, raw)
		}
		if _, signed, err := ReadRequest(raw, "PW"); err != nil || signed {
			t.Errorf("another password: %v, %v", signed, err)
		}
	}
	good := string(Request{Address: netip.MustParseAddrPort("192.0.2.1:1"), Time: 5, ID: 6, Username: "u", Nonce: "n"}.Datagram("pw"))
	for name, text := range map[string]string{
		"empty": "", "no line end": strings.TrimSpace(good), "POST": "POST" + good[3:], "HTTP/2": strings.Replace(good, "HTTP/1.1", "HTTP/2.0", 1),
		"no id": strings.Replace(good, "&id=6", "", 1), "no ts": strings.Replace(good, "ts=5", "", 1), "big id": strings.Replace(good, "id=6", "id=4294967296", 1),
		"long": good + strings.Repeat(" ", maxRequest), "URL": strings.Replace(good, "http://", "http://[", 1), "words": strings.Replace(good, "GET", "GET ", 1),
	} {
		if r, _, err := ReadRequest([]byte(text), "pw"); !errors.Is(err, ErrRequest) {
			t.Errorf("%s: %+v, %v", name, r, err)
		}
	}
	for name, text := range map[string]string{
		"id": strings.Replace(good, "id=6", "id=7", 1), "ts": strings.Replace(good, "ts=5", "ts=6", 1), "un": strings.Replace(good, "un=u", "un=v", 1),
		"cn": strings.Replace(good, "cn=n", "cn=m", 1), "sig": strings.Replace(good, "&sig=", "&gis=", 1),
	} {
		if _, signed, err := ReadRequest([]byte(text), "pw"); err != nil || signed {
			t.Errorf("another %s: %v, %v", name, signed, err)
		}
	}
}
