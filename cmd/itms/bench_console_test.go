package main

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"os/exec"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"itms"
	"itms/cmd/itms/config"
	"itms/web/ui"
)

// consoleFleet is how many devices the lists of the benchmark have.
const consoleFleet = 100_000

// BenchmarkConsoleDevices opens the list of 100,000 devices in a real browser that holds
// nothing yet: how long to the first row, and what was loaded until then. It needs the
// console in the binary and Chromium ("make console deps").
func BenchmarkConsoleDevices(b *testing.B) {
	if ui.Handler() == nil {
		b.Skip("built without a console: make console")
	}
	c := serverConfig(b, "none")
	session := seedConsole(b, c)
	url := "http://" + startServer(b, c)["web"]
	for _, list := range []struct{ name, path string }{
		{"all", "/devices"}, {"model", "/devices?model=EX-7"}, {"rare", "/devices?light=trouble&vendor=Example+0"},
	} {
		b.Run(list.name, func(b *testing.B) {
			var ms, bytes float64
			for b.Loop() {
				m := firstRow(b, url, list.path, session)
				ms, bytes = ms+m.MS, bytes+m.Bytes
			}
			b.ReportMetric(ms/float64(b.N), "ms/first-row")
			b.ReportMetric(bytes/float64(b.N)/1000, "kB/loaded")
			b.ReportMetric(0, "ns/op") // starting a browser is no part of it
		})
	}
}

// seen is what the browser measured.
type seen struct {
	MS, Bytes float64
	Rows      int
}

// firstRow opens a page in a browser of its own.
func firstRow(b *testing.B, url, path, session string) (m seen) {
	b.Helper()
	cmd := exec.Command("node", "e2e/firstrow.mjs", url, path, session)
	cmd.Dir = "../../web/ui"
	out, err := cmd.Output()
	if err == nil {
		err = json.Unmarshal(out, &m)
	}
	if err != nil || m.Rows == 0 {
		b.Fatalf("%s: %v\n%s", path, err, out)
	}
	return m
}

// seedConsole stores the devices and signs somebody in.
func seedConsole(b *testing.B, c *config.Config) (session string) {
	b.Helper()
	base, err := openBase(b.Context(), c, zerolog.Nop(), nil)
	if err != nil {
		b.Fatal(err)
	}
	defer base.Close()
	const batch = 2000
	for first := 0; first < consoleFleet; first += batch {
		if err := base.store.Update(b.Context(), func(tx itms.Tx) error {
			for n := first; n < first+batch; n++ {
				if err := tx.Devices().Put(consoleDevice(n)); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			b.Fatal(err)
		}
	}
	password := itms.NewSecret("a password of the benchmark")
	if _, _, err := base.people.AddUser(b.Context(), itms.UserRequest{Name: "viewer", Role: itms.RoleOperator, Password: password, Settled: true}); err != nil {
		b.Fatal(err)
	}
	in, err := base.people.SignIn(b.Context(), itms.SignInAttempt{Name: "viewer", Password: password, Address: netip.MustParseAddr("127.0.0.1")})
	if err != nil {
		b.Fatal(err)
	}
	return in.Text
}

// consoleDevice is one of the devices: of ten models, ten vendors, one in a thousand in trouble.
func consoleDevice(n int) *itms.Device {
	const models, vendors, rare = 10, 10, 1000
	id, err := itms.NewDeviceID("00005E", "STB", fmt.Sprintf("S%07d", n))
	if err != nil {
		panic(err) // the parts are right
	}
	d := &itms.Device{ID: id, Manufacturer: fmt.Sprintf("Example %d", n/models%vendors), Model: fmt.Sprintf("EX-%d", n%models), State: itms.DeviceInService,
		FirstSeen: time.Unix(1_750_000_000, 0).UTC()}
	if n%rare == 0 {
		d.State, d.Problem = itms.DeviceQuarantine, "two devices claim one identity"
	}
	return d
}
