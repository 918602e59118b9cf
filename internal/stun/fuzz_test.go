package stun

import (
	"net/netip"
	"testing"
)

// FuzzServer looks for datagrams that crash the server, make it say much, or make it
// believe a binding that nobody signed.
func FuzzServer(f *testing.F) {
	f.Add(unhex(f, sample))
	for _, a := range []Ask{
		{}, {Classic: true, Binds: true, Username: user}, {Binds: true, Changed: true, Username: user, Password: password},
		{Classic: true, Binds: true, Username: user, Password: "guess"},
	} {
		f.Add(a.Encode())
	}
	f.Add(unhex(f, "00010008 2112a442 0102030405060708090a0b0c 00030004 00000006"))
	f.Add(unhex(f, "0001000c 2112a442 0102030405060708090a0b0c 00020008 00011234 c6336407"))
	f.Fuzz(func(t *testing.T, packet []byte) {
		s, _ := deaf(nil)
		before := string(packet)
		req, err := parse(packet)
		if string(packet) != before {
			t.Fatal("the datagram was changed")
		}
		if err != nil {
			return
		}
		answer, result := ask(t, s, packet, home)
		if len(answer) > len(packet)+44 {
			t.Fatalf("%d bytes answer %d", len(answer), len(packet))
		}
		if to := req.destination(home); to.Addr() != home.Addr() {
			t.Fatalf("the answer goes to %s", to)
		}
		if _, known := s.Binding(req.username); known {
			if _, ok := req.verify(password); !ok || result != ResultBound || req.username != user {
				t.Fatal("a binding without proof")
			}
		}
	})
}

// FuzzReadRequest looks for datagrams that crash the reader, and for signatures that
// fit something else.
func FuzzReadRequest(f *testing.F) {
	f.Add(Request{Address: netip.MustParseAddrPort("192.0.2.1:1"), Time: 1, ID: 2, Username: "u", Nonce: "n"}.Datagram("pw"))
	f.Add([]byte("GET http://192.0.2.1:1?ts=1&id=2&un=%zz HTTP/1.1\r\n\r\n"))
	f.Fuzz(func(t *testing.T, datagram []byte) {
		r, signed, err := ReadRequest(datagram, "pw")
		if err != nil || !signed {
			return
		}
		if again, ok, err := ReadRequest(r.Datagram("pw"), "pw"); err != nil || !ok || again.ID != r.ID || again.Username != r.Username {
			t.Fatalf("%+v is read back as %+v, %v, %v", r, again, ok, err)
		}
	})
}

// FuzzAnswer looks for answers that crash the client.
func FuzzAnswer(f *testing.F) {
	s, _ := deaf(nil)
	for _, a := range []Ask{{}, {Binds: true}, {Binds: true, Username: user, Password: password}} {
		answer, _ := ask(f, s, a.Encode(), home)
		f.Add(answer)
	}
	f.Fuzz(func(t *testing.T, datagram []byte) {
		if got, err := (Ask{}).Read(datagram); err == nil && got.Code == 0 && got.Mapped.IsValid() && got.Mapped.Addr().Is4In6() {
			t.Fatalf("%v", got.Mapped)
		}
	})
}
