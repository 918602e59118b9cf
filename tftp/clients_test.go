package tftp

import (
	"bytes"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// TestOtherClients fetches files with clients of other makes, at both kinds of address.
// An empty file is not among them: curl 7.88 fails at it with any server.
func TestOtherClients(t *testing.T) {
	sizes := []int{1, 511, 512, 1448, 2000, 300_000}
	source := files{}
	for _, size := range sizes {
		source[fmt.Sprint(size)] = octets(size)
	}
	clients := map[string]struct {
		pkg  string
		args func(at netip.AddrPort, name, to string) []string
	}{
		"tftp": {"tftp-hpa", func(at netip.AddrPort, name, to string) []string {
			return []string{"-m", "binary", at.Addr().String(), fmt.Sprint(at.Port()), "-c", "get", name, to}
		}},
		"atftp": {"atftp", func(at netip.AddrPort, name, to string) []string {
			return []string{"--option", "blksize 1448", "--option", "tsize", "-g", "-r", name, "-l", to, at.Addr().String(), fmt.Sprint(at.Port())}
		}},
		"curl": {"curl", func(at netip.AddrPort, name, to string) []string {
			return []string{"-sS", "--fail", "--tftp-blksize", "1024", "-o", to, "tftp://" + at.String() + "/" + name}
		}},
	}
	for _, listen := range []string{"127.0.0.1:0", "[::1]:0"} {
		s, at := serve(t, listen, Options{Source: source, Limits: Limits{PerSecond: -1}})
		for program, c := range clients {
			path, err := exec.LookPath(program)
			if err != nil {
				t.Fatalf("the Debian package %s is not installed; make deps installs it", c.pkg)
			}
			for _, size := range sizes {
				to := filepath.Join(t.TempDir(), "got")
				out, err := exec.CommandContext(t.Context(), path, c.args(at, fmt.Sprint(size), to)...).CombinedOutput()
				got, readErr := os.ReadFile(to)
				if err != nil || readErr != nil || !bytes.Equal(got, octets(size)) {
					t.Errorf("%s of %d octets from %s: %v, %v, %d octets: %s", program, size, at, err, readErr, len(got), out)
				}
			}
		}
		wait(t, s, "transfers_total", "complete", float64(len(clients)*len(sizes)))
	}
}
