//go:build linux

package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"itms/docsis/configfile"
)

// plant is a small cable plant out of network namespaces: the server's, that of a relay
// between both networks, and that of a client.
type plant struct {
	t                     *testing.T
	server, relay, client string // names of the namespaces
	dir                   string
}

// The plant's addresses.
const (
	plantServer = "198.51.100.2" // of the server
	plantRelay  = "192.0.2.1"    // of the relay towards clients: giaddr
	plantMAC    = "00:00:5e:00:53:01"
)

// newPlant makes the namespaces and runs a real relay in them.
func newPlant(t *testing.T) *plant {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Fatal("needs root: it makes network namespaces for dhcrelay, udhcpc, tftp and rdate")
	}
	for _, program := range []string{"ip", "dhcrelay", "udhcpc", "tftp", "rdate"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Fatalf("%v: make deps installs it", err)
		}
	}
	id := fmt.Sprintf("itms%d", os.Getpid())
	p := &plant{t: t, server: id + "s", relay: id + "r", client: id + "c", dir: t.TempDir()}
	for _, ns := range []string{p.server, p.relay, p.client} {
		p.must("ip", "netns", "add", ns)
		t.Cleanup(func() { p.must("ip", "netns", "del", ns) })
		p.must("ip", "-n", ns, "link", "set", "lo", "up")
	}
	p.link(p.server, "s0", plantServer+"/24", p.relay, "r0", "198.51.100.1/24")
	p.link(p.relay, "r1", plantRelay+"/24", p.client, "c0", "")
	p.must("ip", "-n", p.client, "link", "set", "c0", "down")
	p.must("ip", "-n", p.client, "link", "set", "c0", "address", plantMAC)
	p.must("ip", "-n", p.client, "link", "set", "c0", "up")
	p.must("ip", "-n", p.server, "route", "add", "192.0.2.0/24", "via", "198.51.100.1")
	p.in(p.relay, "sysctl", "-qw", "net.ipv4.ip_forward=1")
	return p
}

// link joins two namespaces.
func (p *plant) link(nsA, a, addrA, nsB, b, addrB string) {
	p.t.Helper()
	p.must("ip", "-n", nsA, "link", "add", a, "type", "veth", "peer", "name", b, "netns", nsB)
	for _, end := range [][3]string{{nsA, a, addrA}, {nsB, b, addrB}} {
		if end[2] != "" {
			p.must("ip", "-n", end[0], "addr", "add", end[2], "dev", end[1])
		}
		p.must("ip", "-n", end[0], "link", "set", end[1], "up")
	}
}

// run runs a program and returns what it printed.
func (p *plant) run(name string, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(p.t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = p.dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		err = fmt.Errorf("%s %s: %w\n%s", name, strings.Join(args, " "), err, out)
	}
	return string(out), err
}

// must is run for what must not fail. It also cleans up, when the test's context is over.
func (p *plant) must(name string, args ...string) {
	cmd := exec.Command(name, args...)
	if out, err := cmd.CombinedOutput(); err != nil {
		p.t.Errorf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
}

// in runs a program in a namespace; it must not fail.
func (p *plant) in(ns string, args ...string) string {
	p.t.Helper()
	out, err := p.run("ip", append([]string{"netns", "exec", ns}, args...)...)
	if err != nil {
		p.t.Fatal(err)
	}
	return out
}

// start runs a program in a namespace until the test ends; ready is what it prints once it
// is.
func (p *plant) start(ns, ready string, args ...string) {
	p.t.Helper()
	cmd := exec.Command("ip", append([]string{"netns", "exec", ns}, args...)...)
	cmd.Dir, cmd.Env = p.dir, append(os.Environ(), "GORACE="+raceOptions)
	var log bytes.Buffer
	told, done := make(chan struct{}), make(chan struct{})
	out, err := cmd.StderrPipe()
	if err != nil {
		p.t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		p.t.Fatal(err)
	}
	go func() {
		defer close(done)
		waits := true
		buf := make([]byte, 4096)
		for {
			n, err := out.Read(buf)
			log.Write(buf[:n])
			if waits && bytes.Contains(log.Bytes(), []byte(ready)) {
				waits = false
				close(told)
			}
			if err != nil {
				return
			}
		}
	}()
	p.t.Cleanup(func() {
		_ = cmd.Process.Kill() // it may be over already
		<-done
		_ = cmd.Wait() // killed, as asked
		if p.t.Failed() {
			p.t.Logf("%s:\n%s", args[0], log.Bytes())
		}
	})
	select {
	case <-told:
	case <-done:
		p.t.Fatalf("%s did not start:\n%s", args[0], log.Bytes())
	}
}

// leased is what udhcpc tells its script.
type leased struct{ address, file, server string }

// udhcpcScript tells what was leased and configures the interface.
const udhcpcScript = `#!/bin/sh
[ "$1" = bound ] || [ "$1" = renew ] || exit 0
ip addr flush dev "$interface"
ip addr add "$ip/$mask" dev "$interface"
ip route replace default via "$router"
echo "$ip $boot_file $siaddr $bootfile $tftp" > leased
`

// boot gets a lease as a modem does, through the relay.
func (p *plant) boot() leased {
	p.t.Helper()
	p.in(p.client, "ip", "addr", "flush", "dev", "c0")
	p.in(p.client, "udhcpc", "-i", "c0", "-f", "-q", "-n", "-t", "10", "-T", "1", "-V", "docsis3.1:",
		"-O", "bootfile", "-O", "tftp", "-O", "66", "-O", "67", "-s", filepath.Join(p.dir, "script"))
	text, err := os.ReadFile(filepath.Join(p.dir, "leased"))
	if err != nil {
		p.t.Fatal(err)
	}
	f := strings.Fields(string(text))
	if len(f) < 3 {
		p.t.Fatalf("leased: %q", text)
	}
	if f[2] != plantServer {
		p.t.Errorf("siaddr is %s", f[2])
	}
	return leased{address: f[0], file: f[1], server: f[2]}
}

// fetch gets a file by tftp-hpa.
func (p *plant) fetch(name string) ([]byte, error) {
	p.t.Helper()
	path := filepath.Join(p.dir, "fetched")
	if err := os.RemoveAll(path); err != nil {
		p.t.Fatal(err)
	}
	out, err := p.run("ip", "netns", "exec", p.client, "tftp", "-m", "binary", plantServer, "-c", "get", name, path)
	if err != nil || strings.Contains(out, "Error code") {
		return nil, fmt.Errorf("%s (%v)", out, err)
	}
	return os.ReadFile(path)
}

// itms runs a command beside the server.
func (p *plant) itms(args ...string) string {
	p.t.Helper()
	out, err := p.run(filepath.Join(tools.binaries, "itms"), append(args, "--config", filepath.Join(p.dir, "itms.yaml"))...)
	if err != nil {
		p.t.Fatal(err)
	}
	return out
}

// write writes a file of the test.
func (p *plant) write(name, text string, mode os.FileMode) {
	p.t.Helper()
	if err := os.WriteFile(filepath.Join(p.dir, name), []byte(text), mode); err != nil {
		p.t.Fatal(err)
	}
}

const plantConfig = `web: {listen: "127.0.0.1:0"}
cwmp: {listen: "127.0.0.1:0", auth: none}
files: {listen: ""}
dhcp:
  listen: ["198.51.100.2:67"]
  serverId: 198.51.100.2
  classes:
    cm-active:  {match: 'client.kind == "cm" && client.provisioned', bootFile: dynamic, template: internet, leaseTime: 24h}
    cm-unknown: {match: 'client.kind == "cm"', bootFile: dynamic, template: walled, leaseTime: 5m}
  scopes:
    - subnet: 192.0.2.0/24
      relay: [192.0.2.1]
      routers: [192.0.2.1]
      pools: [{range: 192.0.2.10-192.0.2.99, classes: [cm-active]}, {range: 192.0.2.100-192.0.2.199, classes: [cm-unknown]}]
tftp: {listen: "198.51.100.2:69"}
tod: {listen: "198.51.100.2:37"}
docsis: {sharedSecretFile: cmts.secret, packages: {silver: {downKbps: 100000, upKbps: 10000}}}
`

const plantOrder = `{"orderNo":"WO-1","source":"crm","kind":"install","mode":"self","subscriber":{"id":"U1"},
 "service":{"id":"U1-1","type":"internet","package":"silver"},"device":{"mac":"00:00:5E:00:53:01"}}`

// TestRealClients brings a modem into service that is made of udhcpc, rdate and tftp-hpa,
// behind the relay of ISC.
func TestRealClients(t *testing.T) {
	if err := tools.make(); err != nil {
		t.Fatal(err)
	}
	p := newPlant(t)
	p.write("itms.yaml", plantConfig, 0o600)
	p.write("cmts.secret", "plant-secret\n", 0o600)
	p.write("script", udhcpcScript, 0o700)
	p.write("order.json", plantOrder, 0o600)
	p.start(p.server, `"message":"ready"`, filepath.Join(tools.binaries, "itms"), "serve", "--config", "itms.yaml")
	p.start(p.relay, "Sending on   Socket", "dhcrelay", "-4", "-d", "-a", "-m", "append", "-pf", filepath.Join(p.dir, "relay.pid"), plantServer)

	stranger := p.boot()
	if !strings.HasPrefix(stranger.address, "192.0.2.1") || len(stranger.address) != len("192.0.2.100") {
		t.Errorf("a stranger is at %s", stranger.address)
	}
	p.wantFile(stranger.file, "MaxCPE 1;")
	for _, proto := range [][]string{{"rdate", "-p", plantServer}, {"rdate", "-u", "-p", plantServer}} {
		if out := p.in(p.client, proto...); !strings.Contains(out, time.Now().UTC().Format(" 2006")) {
			t.Errorf("%v says %q", proto, out)
		}
	}

	p.itms("order", "post", filepath.Join(p.dir, "order.json"))
	if _, err := p.fetch(stranger.file); err == nil {
		t.Error("the file of strangers was served to a modem that is ordered")
	}
	customer := p.boot()
	if customer.address == stranger.address || len(customer.address) > len("192.0.2.99") {
		t.Errorf("a customer is at %s", customer.address)
	}
	p.wantFile(customer.file, "MaxRateSustained 100000000;")
	if out := p.itms("order", "get", "WO-1", "--until", "done"); !strings.Contains(out, "done") {
		t.Errorf("order: %s", out)
	}

	p.in(p.client, "ip", "addr", "flush", "dev", "c0")
	p.in(p.client, "ip", "addr", "add", "192.0.2.77/24", "dev", "c0")
	p.in(p.client, "ip", "route", "replace", "default", "via", plantRelay)
	if _, err := p.fetch(customer.file); err == nil || !strings.Contains(err.Error(), "not found") {
		t.Errorf("from another address: %v", err)
	}
}

// wantFile fetches a file, checks its integrity, and that its text has a line.
func (p *plant) wantFile(name, line string) {
	p.t.Helper()
	file, err := p.fetch(name)
	if err != nil {
		p.t.Fatal(err)
	}
	v, err := configfile.Verify(file, []byte("plant-secret"))
	if err != nil || v.CM != configfile.MICHolds || v.CMTS != configfile.MICHolds {
		p.t.Errorf("integrity of %s: %+v %v", name, v, err)
	}
	parsed, err := configfile.Parse(file)
	if err != nil || !strings.Contains(parsed.Text(), line) {
		p.t.Errorf("%s has no %q (%v)", name, line, err)
	}
}
