package dhcp

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"itms"
	"itms/store/boltdb"
)

// Real clients, through a real relay, each in a network namespace of its own:
//
//	client c0 ── r1 relay r0 ── s0 server d0 ── e0 direct client
//
// The server runs in a process of its own, the test binary run once more.

// serverEnv tells that process where its store is to be.
const serverEnv = "ITMS_TEST_DHCP_SERVER"

// needed are the programs, and the Debian packages that have them.
var needed = map[string]string{"ip": "iproute2", "dhclient": "isc-dhcp-client", "udhcpc": "udhcpc", "dhcrelay": "isc-dhcp-relay"}

// lab is the namespaces of a test.
type lab struct {
	t      *testing.T
	dir    string
	prefix string
	server *exec.Cmd
	stdin  io.Closer
	leases chan []itms.Lease // what the server had when it ended
}

// newLab makes the namespaces and starts relay and server.
func newLab(t *testing.T) *lab {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Fatal("network namespaces need root: \"make test\" runs as root")
	}
	for program, pkg := range needed {
		if _, err := exec.LookPath(program); err != nil {
			t.Fatalf("missing Debian package: %s (\"make deps\" installs it)", pkg)
		}
	}
	l := &lab{t: t, dir: t.TempDir(), prefix: fmt.Sprintf("itms%d", os.Getpid()), leases: make(chan []itms.Lease, 1)}
	for _, ns := range []string{"s", "r", "c", "e"} {
		l.run("ip", "netns", "add", l.ns(ns))
		t.Cleanup(func() { l.run("ip", "netns", "del", l.ns(ns)) })
		l.in(ns, "ip", "link", "set", "lo", "up")
	}
	l.wire("s", "s0", "203.0.113.2/24", "r", "r0", "203.0.113.1/24")
	l.wire("r", "r1", "198.51.100.1/24", "c", "c0", "")
	l.wire("s", "d0", "192.0.2.1/24", "e", "e0", "")
	l.in("s", "ip", "route", "add", "198.51.100.0/24", "via", "203.0.113.1")
	l.in("r", "sysctl", "-q", "net.ipv4.ip_forward=1")
	l.in("c", "ip", "link", "set", "c0", "address", mac(1).String())
	l.in("e", "ip", "link", "set", "e0", "address", mac(2).String())
	l.serve()
	l.background("r", "dhcrelay", "-4", "-d", "--no-pid", "-a", "-iu", "r0", "-id", "r1", "203.0.113.2")
	return l
}

func (l *lab) ns(name string) string { return l.prefix + name }

// run runs a program that must succeed.
func (l *lab) run(args ...string) {
	l.t.Helper()
	if out, err := exec.Command(args[0], args[1:]...).CombinedOutput(); err != nil {
		l.t.Fatalf("%s: %v: %s", strings.Join(args, " "), err, out)
	}
}

// in runs a program in a namespace.
func (l *lab) in(ns string, args ...string) {
	l.t.Helper()
	l.run(append([]string{"ip", "netns", "exec", l.ns(ns)}, args...)...)
}

// wire ties two namespaces together.
func (l *lab) wire(ns1, dev1, addr1, ns2, dev2, addr2 string) {
	l.t.Helper()
	l.run("ip", "link", "add", dev1, "netns", l.ns(ns1), "type", "veth", "peer", "name", dev2, "netns", l.ns(ns2))
	for _, end := range [][3]string{{ns1, dev1, addr1}, {ns2, dev2, addr2}} {
		if end[2] != "" {
			l.in(end[0], "ip", "addr", "add", end[2], "dev", end[1])
		}
		l.in(end[0], "ip", "link", "set", end[1], "up")
	}
}

// background runs a program in a namespace until the test ends.
func (l *lab) background(ns string, args ...string) *exec.Cmd {
	l.t.Helper()
	cmd := exec.Command("ip", append([]string{"netns", "exec", l.ns(ns)}, args...)...)
	log, err := os.Create(filepath.Join(l.dir, filepath.Base(args[0])+".log"))
	if err != nil {
		l.t.Fatal(err)
	}
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		l.t.Fatal(err)
	}
	l.t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM) // may be gone
		_ = cmd.Wait()
		log.Close()
		if text, err := os.ReadFile(log.Name()); err == nil && l.t.Failed() {
			l.t.Logf("%s:\n%s", args[0], text)
		}
	})
	return cmd
}

// serve starts the server and waits until it is ready.
func (l *lab) serve() {
	l.t.Helper()
	self, err := os.Executable()
	if err != nil {
		l.t.Fatal(err)
	}
	cmd := exec.Command("ip", "netns", "exec", l.ns("s"), self)
	cmd.Env = append(os.Environ(), serverEnv+"="+filepath.Join(l.dir, "itms.db"))
	cmd.Stderr = os.Stderr
	stdin, err1 := cmd.StdinPipe()
	stdout, err2 := cmd.StdoutPipe()
	if err := firstError(err1, err2, cmd.Start()); err != nil {
		l.t.Fatal(err)
	}
	out := bufio.NewScanner(stdout)
	if !out.Scan() || out.Text() != "ready" {
		l.t.Fatalf("the server did not start: %q", out.Text())
	}
	l.server, l.stdin = cmd, stdin
	go func() {
		defer close(l.leases)
		var all []itms.Lease
		for out.Scan() {
			var one itms.Lease
			if json.Unmarshal(out.Bytes(), &one) == nil {
				all = append(all, one)
			}
		}
		l.leases <- all
	}()
	l.t.Cleanup(func() { l.stop() })
}

// firstError is the first error.
func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// stop ends the server and returns its leases by address, once.
func (l *lab) stop() map[string]itms.Lease {
	l.t.Helper()
	_ = l.stdin.Close() // may be closed
	byAddress := map[string]itms.Lease{}
	for _, one := range <-l.leases {
		byAddress[one.Address.String()] = one
	}
	_ = l.server.Wait() // may have been waited for
	return byAddress
}

// serveInNamespace is the main function of the server's process: it serves until its
// standard input ends, and writes its leases.
func serveInNamespace(path string) int {
	if err := serveUntil(os.Stdin, os.Stdout, path); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

func serveUntil(in io.Reader, out io.Writer, path string) error {
	store, err := boltdb.Open(context.Background(), path, boltdb.Options{})
	if err != nil {
		return err
	}
	defer store.Close()
	d := newDirectory()
	d.client = func(a *Asking) (Client, error) { return Client{Class: string(a.Kind)}, nil }
	s, err := New(Options{Config: labConfig(), Store: store, Directory: d})
	if err != nil {
		return err
	}
	if err := s.Start(context.Background()); err != nil {
		return err
	}
	fmt.Fprintln(out, "ready")
	if _, err := io.Copy(io.Discard, in); err != nil {
		return err
	}
	if err := s.Close(); err != nil {
		return err
	}
	return store.View(context.Background(), func(tx itms.Tx) error {
		list, err := tx.Leases().List(itms.LeaseQuery{Limit: 100})
		for _, one := range list {
			err = firstError(err, json.NewEncoder(out).Encode(one))
		}
		return err
	})
}

// labConfig serves both networks, the direct one with probes.
func labConfig() Config {
	ip := netip.MustParseAddr
	return Config{
		Listen: []netip.AddrPort{netip.MustParseAddrPort("0.0.0.0:67")}, Probe: ProbeDirect, ProbeTimeout: 500 * time.Millisecond,
		Classes: []Class{{Name: string(itms.ClientModem), CCC: &CCC{Primary: ip("203.0.113.2"), Realm: "BASIC.1"}}, {Name: string(itms.ClientCPE), Domain: "example.com"}},
		Scopes: []Scope{
			{Subnet: netip.MustParsePrefix("198.51.100.0/24"), Routers: []netip.Addr{ip("198.51.100.1")},
				Pools: []Pool{{First: ip("198.51.100.10"), Last: ip("198.51.100.20"), Classes: []string{string(itms.ClientModem)}},
					{First: ip("198.51.100.30"), Last: ip("198.51.100.40"), Classes: []string{string(itms.ClientCPE)}}}},
			{Subnet: netip.MustParsePrefix("192.0.2.0/24"), Interface: "d0", Routers: []netip.Addr{ip("192.0.2.1")}, Pools: []Pool{{First: ip("192.0.2.10"), Last: ip("192.0.2.12")}}},
		},
	}
}

// hook writes a client's script: it sets the address up and notes what the client knows.
func (l *lab) hook() (script, notes string) {
	l.t.Helper()
	script, notes = filepath.Join(l.dir, "hook.sh"), filepath.Join(l.dir, "notes")
	text := `#!/bin/sh
case "${1:-$reason}" in
bound|BOUND|REBOOT) ip addr add "${ip:-$new_ip_address}/24" dev "$interface"; ip route replace default via "${router:-$new_routers}" ;;
deconfig|RELEASE) ip addr flush dev "$interface" ;;
esac
echo "event=${1:-$reason} $(env | grep "^ip=\|^router=\|^lease=\|^serverid=\|^siaddr=\|^boot_file=\|^bootfile=\|^tftp=\|^new_" | tr '\n' ' ')" >>` + notes + "\n"
	if err := os.WriteFile(script, []byte(text), 0o700); err != nil {
		l.t.Fatal(err)
	}
	return script, notes
}

// note waits for the event of a client and returns what it knew.
func (l *lab) note(notes, event string) string {
	l.t.Helper()
	var line string
	waitFor(l.t, func() bool {
		text, _ := os.ReadFile(notes) // is not there yet
		for one := range strings.Lines(string(text)) {
			if strings.HasPrefix(one, "event="+event+" ") {
				line = one
			}
		}
		return line != ""
	})
	return line
}

// knows holds what a client must know.
func (l *lab) knows(note string, want ...string) {
	l.t.Helper()
	for _, one := range want {
		if !strings.Contains(note, one) {
			l.t.Errorf("the client does not know %s: %s", one, note)
		}
	}
}

func TestUdhcpcThroughRelay(t *testing.T) {
	l := newLab(t)
	script, notes := l.hook()
	client := l.background("c", "udhcpc", "-i", "c0", "-f", "-n", "-t", "5", "-T", "2", "-V", "docsis3.1:", "-O", "66", "-O", "67", "-s", script)
	l.knows(l.note(notes, "bound"), "ip=198.51.100.10 ", "router=198.51.100.1 ", "lease=3600 ", "serverid=203.0.113.2 ", "siaddr=203.0.113.2 ", "boot_file=f-")
	if err := client.Process.Signal(syscall.SIGUSR1); err != nil { // renews by unicast
		t.Fatal(err)
	}
	l.knows(l.note(notes, "renew"), "ip=198.51.100.10 ")
	if err := client.Process.Signal(syscall.SIGUSR2); err != nil { // releases
		t.Fatal(err)
	}
	text, err := os.ReadFile(notes)
	if err != nil {
		t.Fatal(err)
	}
	waitFor(t, func() bool { now, _ := os.ReadFile(notes); return len(now) > len(text) })
	lease := l.stop()["198.51.100.10"]
	if lease.State != itms.LeaseReleased || lease.Kind != itms.ClientModem || lease.MAC != mac(1) || lease.Relay.String() != "198.51.100.1" || lease.Circuit == "" {
		t.Errorf("%+v", lease)
	}
}

func TestDhclientThroughRelay(t *testing.T) {
	l := newLab(t)
	script, notes := l.hook()
	conf := filepath.Join(l.dir, "dhclient.conf")
	if err := os.WriteFile(conf, []byte("send host-name \"pc\";\nrequest subnet-mask, routers, domain-name;\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	l.background("c", "dhclient", "-4", "-1", "-d", "-cf", conf, "-lf", filepath.Join(l.dir, "leases"), "-pf", filepath.Join(l.dir, "pid"), "-sf", script, "c0")
	l.knows(l.note(notes, "BOUND"), "new_ip_address=198.51.100.30 ", "new_routers=198.51.100.1 ", "new_domain_name=example.com ", "new_subnet_mask=255.255.255.0 ")
	lease := l.stop()["198.51.100.30"]
	if lease.State != itms.LeaseActive || lease.Kind != itms.ClientCPE || lease.Hostname != "pc" {
		t.Errorf("%+v", lease)
	}
}

// TestDirectClients serves clients on the server's own wire, past an address that somebody
// uses without asking.
func TestDirectClients(t *testing.T) {
	l := newLab(t)
	l.in("e", "ip", "addr", "add", "192.0.2.10/32", "dev", "lo") // answers echoes for the first of the pool
	l.in("e", "ip", "route", "add", "192.0.2.1/32", "dev", "e0")
	script, notes := l.hook()
	l.background("e", "udhcpc", "-i", "e0", "-f", "-q", "-t", "5", "-T", "2", "-s", script)
	l.knows(l.note(notes, "bound"), "ip=192.0.2.11 ", "serverid=192.0.2.1 ")
	leases := l.stop()
	if one := leases["192.0.2.10"]; one.State != itms.LeaseDeclined {
		t.Errorf("the used address: %+v", one)
	}
	if one := leases["192.0.2.11"]; one.State != itms.LeaseActive || one.Relay.IsValid() {
		t.Errorf("%+v", one)
	}
}
