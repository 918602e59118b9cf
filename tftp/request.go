package tftp

import (
	"bytes"
	"errors"
	"math"
	"strconv"
	"strings"
	"time"
)

// Reasons not to read a request.
var (
	errGarbage = errors.New("tftp: no request") // is not answered
	errMode    = errors.New("tftp: unknown mode")
)

// request is what an RRQ says.
type request struct {
	name    string
	text    bool // netascii
	options map[string]string
}

// parseRequest reads an RRQ after its opcode: name, mode and options, each ended by
// NUL (RFC 1350 §5, RFC 2347). What follows the last whole option is ignored, as are
// options beyond maxOptions.
func parseRequest(b []byte) (request, error) {
	name, b, ok := cut(b)
	if !ok || len(name) == 0 || len(name) > maxName {
		return request{}, errGarbage
	}
	mode, b, ok := cut(b)
	if !ok {
		return request{}, errGarbage
	}
	r := request{name: string(name)}
	switch {
	case bytes.EqualFold(mode, []byte("octet")):
	case bytes.EqualFold(mode, []byte("netascii")):
		r.text = true
	default: // and mail, which is of the past
		return request{}, errMode
	}
	r.options = parseOptions(b)
	return r, nil
}

// parseOptions reads pairs of name and value.
func parseOptions(b []byte) map[string]string {
	var options map[string]string
	for len(b) > 0 && len(options) < maxOptions {
		name, rest, ok := cut(b)
		value, rest, ended := cut(rest)
		if !ok || !ended {
			break
		}
		if options == nil {
			options = make(map[string]string, 4)
		}
		lower := strings.ToLower(string(name))
		if _, twice := options[lower]; !twice {
			options[lower] = string(value)
		}
		b = rest
	}
	return options
}

// cut splits at the first NUL.
func cut(b []byte) (before, after []byte, found bool) {
	i := bytes.IndexByte(b, 0)
	if i < 0 {
		return b, nil, false
	}
	return b[:i], b[i+1:], true
}

// terms are what is agreed with a client.
type terms struct {
	blockSize int
	window    int
	wait      time.Duration // between tries when the client said so; 0: ours
	oack      []byte        // the whole packet; nil when no option was understood
}

// negotiate agrees to the options that are understood, and leaves out the others
// (RFC 2347). No number is raised above what was asked.
func (r *request) negotiate(size int64, limits *Limits, ipv6 bool) terms {
	t := terms{blockSize: plainBlockSize, window: 1}
	if len(r.options) == 0 {
		return t
	}
	oack := append(make([]byte, 0, 64), 0, opOACK)
	if asked, ok := r.number("blksize", minBlockSize, maxBlockSize); ok {
		t.blockSize = min(asked, limits.blockSize(ipv6))
		oack = numberOption(oack, "blksize", int64(t.blockSize))
	}
	if asked, ok := r.number("timeout", 1, int(maxTimeout/time.Second)); ok {
		t.wait = time.Duration(asked) * time.Second
		oack = numberOption(oack, "timeout", int64(asked))
	}
	if _, ok := r.number("tsize", 0, math.MaxInt); ok {
		oack = numberOption(oack, "tsize", size)
	}
	if asked, ok := r.number("windowsize", 1, maxWindow); ok {
		t.window = min(asked, limits.Window)
		oack = numberOption(oack, "windowsize", int64(t.window))
	}
	if len(oack) > 2 {
		t.oack = oack
	}
	return t
}

// blockSize is the largest block: the head of IPv6 is 20 octets longer.
func (l *Limits) blockSize(ipv6 bool) int {
	if ipv6 {
		return max(l.BlockSize-20, minBlockSize)
	}
	return l.BlockSize
}

// number reads an option, false when it is not there or out of bounds.
func (r *request) number(name string, low, high int) (int, bool) {
	text, there := r.options[name]
	if !there {
		return 0, false
	}
	n, err := strconv.Atoi(text)
	return n, err == nil && low <= n && n <= high
}

// netascii writes lines and carriage returns as RFC 764 does: LF as CR LF, CR as CR NUL.
func netascii(b []byte) []byte {
	out := make([]byte, 0, len(b)+bytes.Count(b, []byte{'\n'})+bytes.Count(b, []byte{'\r'}))
	for _, c := range b {
		switch c {
		case '\n':
			out = append(out, '\r', '\n')
		case '\r':
			out = append(out, '\r', 0)
		default:
			out = append(out, c)
		}
	}
	return out
}
