package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"itms"
	"itms/cmd/itms/config"
	"itms/store/boltdb"
)

// serverConfig is a server on free ports and a fresh embedded store.
func serverConfig(tb testing.TB, auth string) *config.Config {
	c := config.Default()
	dir := tb.TempDir()
	c.SetFile(filepath.Join(dir, "itms.yaml"))
	c.Data, c.Profiles = dir, filepath.Join(dir, "profiles")
	c.Web.Listen, c.CWMP.Listen, c.Files.Listen, c.CWMP.Auth = "127.0.0.1:0", "127.0.0.1:0", "127.0.0.1:0", auth
	c.CWMP.Username, c.CWMP.Password = benchUser, benchPassword
	return c
}

// startServer runs a server until the test or benchmark ends and returns its
// addresses by door.
func startServer(tb testing.TB, c *config.Config) (addresses map[string]string) {
	addresses, stop := runServer(tb, c)
	tb.Cleanup(stop)
	return addresses
}

// runServer runs a server until stop is called.
func runServer(tb testing.TB, c *config.Config) (addresses map[string]string, stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	ready, done := make(chan map[string]string, 1), make(chan error, 1)
	go func() { done <- serve(ctx, c, zerolog.Nop(), nil, func(a map[string]string) { ready <- a }) }()
	select {
	case a := <-ready:
		return a, func() {
			cancel()
			if err := <-done; err != nil {
				tb.Error(err)
			}
		}
	case err := <-done:
		cancel()
		tb.Fatal(err)
		return nil, nil
	}
}

// BenchmarkIdleDevices is what many known devices cost in memory: 100,000 with 200
// parameters each, all of them looked at once.
func BenchmarkIdleDevices(b *testing.B) {
	const devices, params = 100_000, 200
	for b.Loop() {
		path := filepath.Join(b.TempDir(), "itms.db")
		fillDevices(b, path, devices, params)
		runtime.GC()
		before := residentBytes(b)
		store, err := boltdb.Open(b.Context(), path, boltdb.Options{})
		if err != nil {
			b.Fatal(err)
		}
		seen := lookAtAll(b, store)
		runtime.GC()
		b.ReportMetric(float64(residentBytes(b))/1e6, "resident-MB")
		b.ReportMetric(float64(residentBytes(b)-before)/float64(seen), "resident-B/device")
		if info, err := os.Stat(path); err == nil {
			b.ReportMetric(float64(info.Size())/float64(seen), "disk-B/device")
		}
		if err := store.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

// fillDevices writes the devices in batches.
func fillDevices(b *testing.B, path string, devices, params int) {
	store, err := boltdb.Open(b.Context(), path, boltdb.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer store.Close()
	const batch = 1000
	for start := 0; start < devices; start += batch {
		err := store.Update(b.Context(), func(tx itms.Tx) error {
			for i := start; i < start+batch; i++ {
				d := &itms.Device{ID: itms.DeviceID{OUI: "00005E", ProductClass: "STB", Serial: fmt.Sprintf("SN%08d", i)},
					Manufacturer: "Example", Model: "EX-1", Software: "1.0.0", State: itms.DeviceInService, IP: "192.0.2.1",
					MAC: itms.MAC{0, 0, 0x5E, byte(i >> 16), byte(i >> 8), byte(i)}, Root: "Device.", CWMP: "1-0", Profile: "ctc-iptv", FirstSeen: time.Unix(0, 0)}
				if err := tx.Devices().Put(d); err != nil {
					return err
				}
				if err := tx.Devices().PutParams(d.ID, benchTree(i, params)); err != nil {
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

// benchTree is a box's parameters, with values of its own.
func benchTree(i, params int) *itms.ParamTree {
	t := &itms.ParamTree{}
	for j := range params {
		t.Set(itms.Param{Name: itms.ParamPath(fmt.Sprintf("Device.Services.STBService.1.Components.Part%d.Value%d", j/10, j%10)),
			Value: strconv.Itoa((i*2654435761 + j*40503) % 1_000_003), Type: itms.TypeUnsignedInt})
	}
	return t
}

// lookAtAll reads each device once, as its contact would.
func lookAtAll(b *testing.B, store itms.Store) (seen int) {
	after := ""
	for {
		var page []*itms.Device
		err := store.View(b.Context(), func(tx itms.Tx) (err error) {
			page, err = tx.Devices().List(itms.DeviceQuery{After: after, Limit: 1000})
			return err
		})
		if err != nil {
			b.Fatal(err)
		}
		if len(page) == 0 {
			return seen
		}
		seen += len(page)
		after = page[len(page)-1].ID.String()
	}
}

// residentBytes is the process's resident set.
func residentBytes(b *testing.B) int64 {
	data, err := os.ReadFile("/proc/self/status")
	if err != nil {
		b.Skip("no /proc here: ", err)
	}
	for line := range strings.Lines(string(data)) {
		if rest, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			kb, err := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
			if err != nil {
				b.Fatal(err)
			}
			return kb << 10
		}
	}
	b.Fatal("no VmRSS")
	return 0
}
