//go:build linux

package tftp

import (
	"fmt"
	"syscall"
	"testing"
	"time"

	"itms/internal/apart"
	"itms/internal/tftpload"
)

// BenchmarkTransfers fetches a file of 1,000 octets, as cable modems do, over loopback
// from another process that shares the machine. Beside the time per transfer it tells
// transfers per second, how long clients waited, and what the server cost.
func BenchmarkTransfers(b *testing.B) {
	for _, blockSize := range []int{1448, 0} {
		for _, clients := range []int{1, 16, 64} {
			b.Run(fmt.Sprintf("blk=%d/c=%d", blockSize, clients), func(b *testing.B) {
				benchmarkTransfers(b, Options{}, blockSize, clients)
			})
		}
	}
	b.Run("single/blk=1448/c=64", func(b *testing.B) { benchmarkTransfers(b, Options{SinglePort: true}, 1448, 64) })
}

// benchmarkTransfers runs the generator.
func benchmarkTransfers(b *testing.B, o Options, blockSize, clients int) {
	const size = 1000
	o.Source = files{"cm.cfg": octets(size)}
	o.Limits = Limits{PerClient: -1, PerSecond: -1} // all come from one address
	_, at := serve(b, "127.0.0.1:0", o)
	before := cpuTime(b)
	var out tftpload.Result
	err := apart.Run(b.Context(), "load", tftpload.Load{Server: at, Name: "cm.cfg", BlockSize: blockSize, Clients: clients, Transfers: b.N, Size: size}, &out)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(b.N)/out.Elapsed.Seconds(), "transfers/s")
	b.ReportMetric(float64(out.P50.Microseconds()), "p50-µs")
	b.ReportMetric(float64(out.P99.Microseconds()), "p99-µs")
	b.ReportMetric(float64(out.Resent), "resent")
	b.ReportMetric(float64((cpuTime(b)-before).Microseconds())/float64(b.N), "server-cpu-µs/transfer")
}

// cpuTime is what this process has used.
func cpuTime(b *testing.B) time.Duration {
	b.Helper()
	var r syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &r); err != nil {
		b.Fatal(err)
	}
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}
