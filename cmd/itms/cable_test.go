package main

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"itms"
	"itms/internal/dhcpclient"
	"itms/store/boltdb"
)

// cableServer is "itms serve" with a scope for every modem, killed and started at will.
type cableServer struct {
	t    *testing.T
	dir  string
	dhcp netip.AddrPort
	cmd  *exec.Cmd
	done chan struct{}
}

// The relay of the test and its subnet: loopback takes any address of 127/8.
var (
	killRelay  = netip.MustParseAddr("127.61.0.1")
	killSubnet = netip.MustParsePrefix("127.61.0.0/16")
)

func newCableServer(t *testing.T, relayPort, dhcpPort int) *cableServer {
	t.Helper()
	if err := tools.make(); err != nil {
		t.Fatal(err)
	}
	s := &cableServer{t: t, dir: t.TempDir(), dhcp: netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), uint16(dhcpPort))}
	text := fmt.Sprintf(`web: {listen: "127.0.0.1:0"}
cwmp: {listen: "127.0.0.1:0", auth: none}
files: {listen: ""}
dhcp:
  listen: ["%s"]
  relayPort: %d
  serverId: 127.0.0.1
  offerTime: 2s
  classes: {cm: {match: 'client.kind == "cm"', bootFile: dynamic, template: walled, leaseTime: 24h}}
  scopes: [{subnet: %s, relay: [%s], pools: [{range: 127.61.1.0-127.61.60.255}]}]
`, s.dhcp, relayPort, killSubnet, killRelay)
	if err := os.WriteFile(filepath.Join(s.dir, "itms.yaml"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.kill)
	s.start()
	return s
}

// start runs the server until it is ready.
func (s *cableServer) start() {
	s.t.Helper()
	s.cmd = exec.Command(filepath.Join(tools.binaries, "itms"), "serve", "--config", filepath.Join(s.dir, "itms.yaml"))
	s.cmd.Dir = s.dir
	s.cmd.Env = append(os.Environ(), "GORACE="+raceOptions)
	ready, done, err := startLogged(s.cmd, filepath.Join(s.dir, "log"))
	if err != nil {
		s.t.Fatal(err)
	}
	s.done = done
	select {
	case <-ready:
	case <-done:
		log, _ := os.ReadFile(filepath.Join(s.dir, "log"))
		s.t.Fatalf("the server did not start: %s", log)
	}
}

// kill ends it as a power cut would.
func (s *cableServer) kill() {
	if s.cmd == nil {
		return
	}
	_ = s.cmd.Process.Kill() // it may be over already
	<-s.done
	_ = s.cmd.Wait() // killed, as asked
	s.cmd = nil
}

// relayAgent passes messages of clients on and finds out whose the answers are.
type relayAgent struct {
	conn    *net.UDPConn
	server  netip.AddrPort
	mu      sync.Mutex
	waiting map[uint32]chan *dhcpclient.Answer
	last    atomic.Uint32
}

func newRelayAgent(t *testing.T) *relayAgent {
	t.Helper()
	conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: killRelay.AsSlice()})
	if err != nil {
		t.Fatal(err)
	}
	r := &relayAgent{conn: conn, waiting: map[uint32]chan *dhcpclient.Answer{}}
	done := make(chan struct{})
	go func() { defer close(done); r.read() }()
	t.Cleanup(func() {
		if err := conn.Close(); err != nil {
			t.Error(err)
		}
		<-done
	})
	return r
}

func (r *relayAgent) port() int { return r.conn.LocalAddr().(*net.UDPAddr).Port }

// read hands out answers until the socket is closed.
func (r *relayAgent) read() {
	buf := make([]byte, 2048)
	for {
		n, err := r.conn.Read(buf)
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil { // the server is down, says the kernel
			continue
		}
		a, err := dhcpclient.Parse(buf[:n])
		if err != nil {
			continue
		}
		r.mu.Lock()
		to := r.waiting[a.XID]
		r.mu.Unlock()
		select {
		case to <- a:
		default: // nobody waits any more
		}
	}
}

// ask sends a message and waits for an answer for a while; nil when none came.
func (r *relayAgent) ask(message []byte) *dhcpclient.Answer {
	xid := binary.BigEndian.Uint32(message[4:])
	to := make(chan *dhcpclient.Answer, 1)
	r.mu.Lock()
	r.waiting[xid] = to
	r.mu.Unlock()
	defer func() { r.mu.Lock(); delete(r.waiting, xid); r.mu.Unlock() }()
	if _, err := r.conn.WriteToUDPAddrPort(message, r.server); err != nil {
		return nil
	}
	select {
	case a := <-to:
		return a
	case <-time.After(time.Second): // as impatient as a client
		return nil
	}
}

// lease asks until it is acknowledged, as a modem does.
func (r *relayAgent) lease(ctx context.Context, mac itms.MAC) (*dhcpclient.Answer, error) {
	c := dhcpclient.Modem(mac, killRelay)
	for ctx.Err() == nil {
		offer := r.ask(c.Discover(r.last.Add(1)))
		if offer == nil || offer.Type != dhcpclient.Offer {
			continue
		}
		if ack := r.ask(c.Request(r.last.Add(1), offer)); ack != nil && ack.Type == dhcpclient.ACK {
			return ack, nil
		}
	}
	return nil, fmt.Errorf("%s got no lease: %w", mac, ctx.Err())
}

// TestKill9WhileLeasing kills the server three times while 5,000 modems get their leases.
// Afterwards no address is held by two of them, and every lease that was acknowledged is
// known.
func TestKill9WhileLeasing(t *testing.T) {
	const modems, kills, side = 5000, 3, 64
	relay := newRelayAgent(t)
	s := newCableServer(t, relay.port(), freeUDPPort(t))
	relay.server = s.dhcp
	ctx, cancel := context.WithTimeout(t.Context(), 15*time.Minute)
	defer cancel()

	var held sync.Map // address -> MAC
	var acknowledged atomic.Int32
	next := make(chan int)
	reached := make(chan struct{}, modems)
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error {
		defer close(next)
		for i := range modems {
			select {
			case next <- i:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		return nil
	})
	for range side {
		group.Go(func() error {
			for i := range next {
				mac := itms.MAC{0, 0, 0x5E, 0x10, byte(i >> 8), byte(i)}
				ack, err := relay.lease(ctx, mac)
				if err != nil {
					return err
				}
				if other, twice := held.LoadOrStore(ack.Address, mac); twice {
					return fmt.Errorf("%s is held by %s and by %s", ack.Address, other, mac)
				}
				acknowledged.Add(1)
				reached <- struct{}{}
			}
			return nil
		})
	}
	killEvery(ctx, s, reached, modems/(kills+1), kills)
	if err := group.Wait(); err != nil {
		t.Fatal(err)
	}
	s.kill()
	checkHeld(t, filepath.Join(s.dir, "itms-data", "itms.db"), &held, int(acknowledged.Load()))
}

// killEvery kills the server each time after about so many leases, while others are on
// their way.
func killEvery(ctx context.Context, s *cableServer, reached <-chan struct{}, every, times int) {
	for range times {
		for range every - rand.IntN(every/10) {
			select {
			case <-reached:
			case <-ctx.Done():
				return
			}
		}
		s.kill()
		s.start()
	}
}

// checkHeld compares what clients hold with what is stored.
func checkHeld(t *testing.T, path string, held *sync.Map, count int) {
	t.Helper()
	store, err := boltdb.Open(t.Context(), path, boltdb.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	found := 0
	err = store.View(t.Context(), func(tx itms.Tx) error {
		held.Range(func(addr, mac any) bool {
			found++
			l, err := tx.Leases().Get(addr.(netip.Addr))
			if err != nil || l.MAC != mac || !l.Holds(time.Now()) {
				t.Errorf("%s is held by %s; stored is %+v (%v)", addr, mac, l, err)
			}
			return !t.Failed()
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if found != count || count != 5000 {
		t.Errorf("%d leases were acknowledged, %d are held", count, found)
	}
}

// freeUDPPort is freePort as a number.
func freeUDPPort(t testing.TB) int {
	t.Helper()
	text, err := freePort()
	if err != nil {
		t.Fatal(err)
	}
	port, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	return port
}
