package main

import (
	"crypto/hmac"
	"crypto/md5"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	codec "layeh.com/radius"
	"layeh.com/radius/rfc2865"
	"layeh.com/radius/rfc2869"

	"itms"
	"itms/cmd/itms/config"
	"itms/internal/vault"
	"itms/store/boltdb"
)

const (
	benchAccounts   = 100_000
	benchCallers    = 64 // access requests under way at once
	benchAccessPass = "open sesame"
)

// BenchmarkRadius is how many accounts a second are let in by PAP: signed requests over
// loopback to the real server with its embedded store and 100,000 services, each with the
// attributes of a rule. The callers share the machine with the server.
func BenchmarkRadius(b *testing.B) {
	c := serverConfig(b, "none")
	c.Radius.Listen = []string{"127.0.0.1:0"}
	c.Radius.NAS = []config.RadiusNAS{{Name: "bras", Networks: []string{"127.0.0.0/8"}, Secret: nasSecret, RequireMessageAuthenticator: true}}
	c.Radius.Rules = []config.RadiusRule{{Name: "dialled", Kind: "account",
		Attributes: config.Free{{Key: "Class", Value: "{{.Service.Package}}"}, {Key: "Session-Timeout", Value: 3600}},
		Vendor:     []config.RadiusVendor{{Vendor: 14122, Type: 8, Format: "integer", Value: "{{.DownBps}}"}}}}
	fillAccounts(b, c)
	at := startServer(b, c)["radius"]
	var next atomic.Int64
	var callers sync.WaitGroup
	b.ResetTimer()
	spent := cpuTime(b)
	for range benchCallers {
		callers.Go(func() {
			conn, err := net.Dial("udp", at)
			if err != nil {
				b.Error(err)
				return
			}
			defer conn.Close()
			for {
				i := next.Add(1)
				if i > int64(b.N) {
					return
				}
				if err := letIn(conn, fmt.Sprintf("ppp%d", i*7919%benchAccounts)); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	callers.Wait()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "auth/s")
	b.ReportMetric(float64((cpuTime(b)-spent).Microseconds())/float64(b.N), "cpu-µs/auth") // of server and callers
}

// cpuTime is what the process has used of the processors: it tells more than the clock on a
// machine with other work.
func cpuTime(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// letIn asks for one account, and again when the answer is lost.
func letIn(conn net.Conn, account string) error {
	raw, err := benchRequest(account)
	if err != nil {
		return err
	}
	buf := make([]byte, codec.MaxPacketLength)
	for range 5 {
		if _, err := conn.Write(raw); err != nil {
			return err
		}
		if err := conn.SetReadDeadline(time.Now().Add(3 * time.Second)); err != nil {
			return err
		}
		n, err := conn.Read(buf)
		if err != nil {
			continue
		}
		if !codec.IsAuthenticResponse(buf[:n], raw, []byte(nasSecret)) || codec.Code(buf[0]) != codec.CodeAccessAccept {
			return fmt.Errorf("%s: answered with code %d", account, buf[0])
		}
		return nil
	}
	return fmt.Errorf("%s: no answer", account)
}

// benchRequest is a signed Access-Request.
func benchRequest(account string) ([]byte, error) {
	p := codec.New(codec.CodeAccessRequest, []byte(nasSecret))
	hidden, err := codec.NewUserPassword([]byte(benchAccessPass), p.Secret, p.Authenticator[:])
	if err != nil {
		return nil, err
	}
	p.Add(rfc2869.MessageAuthenticator_Type, make([]byte, md5.Size))
	p.Add(rfc2865.UserName_Type, codec.Attribute(account))
	p.Add(rfc2865.UserPassword_Type, hidden)
	raw, err := p.MarshalBinary()
	if err != nil {
		return nil, err
	}
	h := hmac.New(md5.New, p.Secret)
	h.Write(raw)
	copy(raw[22:], h.Sum(nil)) // first attribute: behind the header, its type and its length
	return raw, nil
}

// fillAccounts writes services that are in use.
func fillAccounts(b *testing.B, c *config.Config) {
	v, err := vault.OpenOrCreate(c.KeyPath())
	if err != nil {
		b.Fatal(err)
	}
	store, err := boltdb.Open(b.Context(), dataFile(c), boltdb.Options{NoSync: true})
	if err != nil {
		b.Fatal(err)
	}
	defer store.Close()
	const batch = 1000
	for start := 0; start < benchAccounts; start += batch {
		err := store.Update(b.Context(), func(tx itms.Tx) error {
			for i := start; i < start+batch; i++ {
				if err := tx.Services().Put(&itms.Service{ID: itms.ServiceID(fmt.Sprintf("S%d", i)), Type: itms.ServiceInternet, Package: "P1", State: itms.ServiceActive,
					Access: itms.Access{Type: itms.AccessPPPoE, Account: fmt.Sprintf("ppp%d", i), Password: v.Seal(benchAccessPass), DownKbps: 100_000, UpKbps: 10_000}}); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
}
