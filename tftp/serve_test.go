package tftp

import (
	"bytes"
	"context"
	"math/rand/v2"
	"net/netip"
	"os"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	if text := os.Getenv(loadEnv); text != "" {
		generate(text)
		return
	}
	goleak.VerifyTestMain(m)
}

// octets are n octets that look like none else.
func octets(n int) []byte {
	b := make([]byte, n)
	r := rand.New(rand.NewPCG(1, uint64(n)))
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return b
}

// files is a source of names, for everybody.
type files map[string][]byte

// Open finds a name.
func (f files) Open(_ context.Context, r Request) (Content, error) {
	b, there := f[r.Name]
	if !there {
		return Content{}, ErrNotFound
	}
	return Content{Bytes: b}, nil
}

// serve starts a server at an address until the test ends.
func serve(t testing.TB, address string, o Options) (*Server, netip.AddrPort) {
	t.Helper()
	if o.Registerer == nil {
		o.Registerer = prometheus.NewRegistry()
	}
	s, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithCancel(context.Background())
		cancel() // gives up what a test has left
		_ = s.Close(ctx)
	})
	at, err := s.Listen(context.Background(), address)
	if err != nil {
		t.Fatal(err)
	}
	return s, at
}

func TestGet(t *testing.T) {
	source := files{}
	sizes := map[string]int{"empty": 0, "one": 1, "short": 511, "exact": 512, "exact1448": 1448, "long": 100_000}
	for name, size := range sizes {
		source[name] = octets(size)
	}
	for _, single := range []bool{false, true} {
		for _, address := range []string{"127.0.0.1:0", "[::1]:0", "0.0.0.0:0", "[::]:0"} {
			_, at := serve(t, address, Options{Source: source, SinglePort: single})
			asked := []netip.Addr{at.Addr()}
			if address == "0.0.0.0:0" {
				asked = []netip.Addr{netip.MustParseAddr("127.0.0.1"), netip.MustParseAddr("127.3.2.1")}
			}
			if address == "[::]:0" {
				asked = []netip.Addr{netip.MustParseAddr("::1"), netip.MustParseAddr("127.3.2.1")}
			}
			for _, host := range asked {
				for name := range sizes {
					for _, c := range []ClientConfig{{}, {BlockSize: 1448}, {BlockSize: 8000, Window: 7}} {
						c.Server, c.Name = netip.AddrPortFrom(host, at.Port()), name
						got, err := Get(t.Context(), c)
						if err != nil || !bytes.Equal(got, source[name]) {
							t.Fatalf("single %v %s of %s with %d: %d octets, %v", single, name, c.Server, c.BlockSize, len(got), err)
						}
					}
				}
			}
		}
	}
}
