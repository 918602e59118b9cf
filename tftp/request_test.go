package tftp

import (
	"bytes"
	"errors"
	"maps"
	"strings"
	"testing"
	"time"
)

// z writes a request: "|" stands for NUL.
func z(text string) []byte { return []byte(strings.ReplaceAll(text, "|", "\x00")) }

func TestParseRequest(t *testing.T) {
	long := strings.Repeat("n", maxName)
	for text, want := range map[string]struct {
		name    string
		text    bool
		options map[string]string
	}{
		"cm.cfg|octet|":                         {"cm.cfg", false, nil},
		"a/b c|OcTeT|":                          {"a/b c", false, nil},
		"motd|NETASCII|":                        {"motd", true, nil},
		long + "|octet|":                        {long, false, nil},
		"cm|octet|BlkSize|1448|tsize|0|":        {"cm", false, map[string]string{"blksize": "1448", "tsize": "0"}},
		"cm|octet|hwaddr|00:00:5E:00:53:01|":    {"cm", false, map[string]string{"hwaddr": "00:00:5E:00:53:01"}},
		"cm|octet|blksize|512|BLKSIZE|9|":       {"cm", false, map[string]string{"blksize": "512"}},
		"cm|octet|blksize|512|tsize":            {"cm", false, map[string]string{"blksize": "512"}},
		"cm|octet|blksize|512|tsize|":           {"cm", false, map[string]string{"blksize": "512"}},
		"cm|octet|x||":                          {"cm", false, map[string]string{"x": ""}},
		"cm|octet|" + strings.Repeat("a|b|", 3): {"cm", false, map[string]string{"a": "b"}},
		"cm|octet|||":                           {"cm", false, map[string]string{"": ""}},
		"\xff\n|octet|":                         {"\xff\n", false, nil},
	} {
		got, err := parseRequest(z(text))
		if err != nil || got.name != want.name || got.text != want.text || !maps.Equal(got.options, want.options) {
			t.Errorf("%q is %+v, %v", text, got, err)
		}
	}
	for text, want := range map[string]error{
		"": errGarbage, "|": errGarbage, "|octet|": errGarbage, "cm": errGarbage, "cm|": errGarbage, "cm|octet": errGarbage,
		long + "n|octet|": errGarbage, "cm||": errMode, "cm|mail|": errMode, "cm|octets|": errMode,
	} {
		if _, err := parseRequest(z(text)); !errors.Is(err, want) {
			t.Errorf("%q: %v, want %v", text, err, want)
		}
	}
}

// TestOptionsAreBounded: those beyond maxOptions are not read.
func TestOptionsAreBounded(t *testing.T) {
	var b strings.Builder
	b.WriteString("cm|octet|")
	for i := range 200 {
		b.WriteString(strings.Repeat("o", i+1) + "|1|")
	}
	r, err := parseRequest(z(b.String()))
	if err != nil || len(r.options) != maxOptions {
		t.Errorf("%d options, %v", len(r.options), err)
	}
}

func TestNegotiate(t *testing.T) {
	limits := (Options{}).withDefaults().Limits
	for text, want := range map[string]struct {
		terms
		oack string
	}{
		"":                              {terms{blockSize: 512, window: 1}, ""},
		"blksize|1448|":                 {terms{blockSize: 1448, window: 1}, "blksize|1448|"},
		"BLKSIZE|8|":                    {terms{blockSize: 8, window: 1}, "blksize|8|"},
		"blksize|65464|":                {terms{blockSize: 1468, window: 1}, "blksize|1468|"},
		"blksize|7|":                    {terms{blockSize: 512, window: 1}, ""},
		"blksize|65465|":                {terms{blockSize: 512, window: 1}, ""},
		"blksize|-1448|":                {terms{blockSize: 512, window: 1}, ""},
		"blksize|0x100|":                {terms{blockSize: 512, window: 1}, ""},
		"blksize||":                     {terms{blockSize: 512, window: 1}, ""},
		"tsize|0|":                      {terms{blockSize: 512, window: 1}, "tsize|1000|"},
		"tsize|77|":                     {terms{blockSize: 512, window: 1}, "tsize|1000|"},
		"tsize|x|":                      {terms{blockSize: 512, window: 1}, ""},
		"timeout|3|":                    {terms{blockSize: 512, window: 1, wait: 3 * time.Second}, "timeout|3|"},
		"timeout|0|":                    {terms{blockSize: 512, window: 1}, ""},
		"timeout|255|":                  {terms{blockSize: 512, window: 1}, ""},
		"windowsize|16|":                {terms{blockSize: 512, window: 16}, "windowsize|16|"},
		"windowsize|65535|":             {terms{blockSize: 512, window: 64}, "windowsize|64|"},
		"windowsize|0|":                 {terms{blockSize: 512, window: 1}, ""},
		"multicast||netaddr|192.0.2.1|": {terms{blockSize: 512, window: 1}, ""},
		"x|1|tsize|0|blksize|1024|":     {terms{blockSize: 1024, window: 1}, "blksize|1024|tsize|1000|"},
	} {
		r, err := parseRequest(z("cm|octet|" + text))
		if err != nil {
			t.Fatal(err)
		}
		got := r.negotiate(1000, &limits, false)
		oack := got.oack
		got.oack = nil
		if got.blockSize != want.blockSize || got.window != want.window || got.wait != want.wait {
			t.Errorf("%q: %+v, want %+v", text, got, want.terms)
		}
		if want.oack == "" && oack != nil || want.oack != "" && !bytes.Equal(oack, z("|\x06"+want.oack)) {
			t.Errorf("%q: OACK %q, want %q", text, oack, want.oack)
		}
	}
	r := request{options: map[string]string{"blksize": "1468"}}
	if got := r.negotiate(1, &limits, true).blockSize; got != 1448 {
		t.Errorf("over IPv6 %d", got)
	}
}

func TestNetascii(t *testing.T) {
	for in, want := range map[string]string{"": "", "a": "a", "a\nb": "a\r\nb", "\r": "\r\x00", "\r\n": "\r\x00\r\n", "x\n\n": "x\r\n\r\n"} {
		if got := netascii([]byte(in)); string(got) != want {
			t.Errorf("%q is %q, want %q", in, got, want)
		}
	}
}

// FuzzRequest: any octets are read or refused, within the limits, and what is agreed is
// never more than what was asked or allowed.
func FuzzRequest(f *testing.F) {
	for _, seed := range []string{"cm.cfg|octet|", "cm.cfg|netascii|blksize|1448|tsize|0|timeout|3|windowsize|8|", "cm|mail|", "|", "cm|octet|a", "cm|octet|||||"} {
		f.Add(z(seed), int64(1000))
	}
	limits := (Options{}).withDefaults().Limits
	f.Fuzz(func(t *testing.T, b []byte, size int64) {
		r, err := parseRequest(b)
		if err != nil {
			if r.name != "" || r.options != nil && !errors.Is(err, errMode) {
				t.Fatalf("%+v with %v", r, err)
			}
			return
		}
		if r.name == "" || len(r.name) > maxName || strings.Contains(r.name, "\x00") || len(r.options) > maxOptions {
			t.Fatalf("%+v", r)
		}
		got := r.negotiate(size, &limits, false)
		if got.blockSize < minBlockSize || got.blockSize > limits.BlockSize || got.window < 1 || got.window > limits.Window || got.wait > maxTimeout {
			t.Fatalf("%+v", got)
		}
		if asked, ok := r.number("blksize", 0, 1<<20); ok && got.blockSize > asked && got.blockSize != plainBlockSize {
			t.Fatalf("a block size of %d where %d was asked", got.blockSize, asked)
		}
		if got.oack != nil && (opcode(got.oack) != opOACK || len(parseOptions(got.oack[2:])) == 0) {
			t.Fatalf("OACK %q", got.oack)
		}
	})
}
