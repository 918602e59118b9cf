package acs

import (
	"bufio"
	"errors"
	"io"
	"strconv"
	"strings"
)

// Limits of the head of an answer to a connection request.
const (
	maxConnectionHead  = 16 << 10
	maxConnectionLines = 128
	maxChallenges      = 8 // WWW-Authenticate headers; two are common
	maxInterim         = 3 // answers of class 1xx before the one that counts
)

// errHead means that what came is no answer.
var errHead = errors.New("acs: no HTTP answer")

// head is what counts of a device's answer to a connection request.
type head struct {
	status     int
	challenges []string // values of WWW-Authenticate
	length     int64    // of the body; -1 = it ends with the connection, or in a way of its own
	keeps      bool     // the device says that the connection stays
}

// readHead reads the head of an answer. net/http refuses heads that real devices send:
// a line without a colon, a folded first line, a value with odd bytes, no empty line at
// the end. Here a line that says nothing is passed over; the status is what counts.
func readHead(r io.Reader) (head, *bufio.Reader, error) {
	lines := bufio.NewReaderSize(io.LimitReader(r, maxConnectionHead+maxConnectionBody), 1<<10)
	for range maxInterim {
		h, err := readOneHead(lines)
		if err != nil || h.status >= 200 {
			return h, lines, err
		}
	}
	return head{}, lines, errHead
}

// readOneHead reads one head, interim or final.
func readOneHead(lines *bufio.Reader) (head, error) {
	h := head{length: -1}
	status, err := readLine(lines)
	for n := 0; status == "" && err == nil && n < maxInterim; n++ { // some leave an empty line behind
		status, err = readLine(lines)
	}
	if status == "" && err != nil {
		return h, err
	}
	if err := h.statusLine(status); err != nil {
		return h, err
	}
	name, value := "", ""
	for range maxConnectionLines {
		line, err := readLine(lines)
		switch {
		case line == "" && err == nil, line == "" && errors.Is(err, io.EOF): // some close without an empty line
			h.field(name, value)
			return h, nil
		case err != nil && !errors.Is(err, io.EOF):
			return h, err
		case line[0] == ' ' || line[0] == '\t': // folded (RFC 9112 §5.2): as if it were one line
			value += " " + strings.TrimSpace(line)
			continue
		}
		h.field(name, value)
		name, value, _ = strings.Cut(line, ":")
	}
	return h, errHead
}

// readLine reads up to a line end of either kind and cuts it off.
func readLine(lines *bufio.Reader) (string, error) {
	var b strings.Builder
	for b.Len() <= maxConnectionHead {
		part, err := lines.ReadSlice('\n')
		b.Write(part)
		if !errors.Is(err, bufio.ErrBufferFull) {
			return strings.TrimRight(b.String(), "\r\n"), err
		}
	}
	return "", errHead
}

// statusLine reads "HTTP/1.1 401 Unauthorized". HTTP/1.0 closes unless it says otherwise.
func (h *head) statusLine(line string) error {
	version, rest, _ := strings.Cut(line, " ")
	code, _, _ := strings.Cut(strings.TrimSpace(rest), " ")
	status, err := strconv.Atoi(code)
	if err != nil || !strings.HasPrefix(version, "HTTP/") || status < 100 || status > 999 {
		return errHead
	}
	h.status, h.keeps = status, version != "HTTP/1.0" && version != "HTTP/0.9"
	return nil
}

// field takes one header in.
func (h *head) field(name, value string) {
	value = strings.TrimSpace(value)
	switch strings.ToLower(strings.TrimSpace(name)) {
	case "www-authenticate":
		if len(h.challenges) < maxChallenges {
			h.challenges = append(h.challenges, value)
		}
	case "content-length":
		if n, err := strconv.ParseUint(value, 10, 31); err == nil {
			h.length = int64(n)
		}
	case "connection":
		h.keeps = !strings.Contains(strings.ToLower(value), "close") && (h.keeps || strings.Contains(strings.ToLower(value), "keep-alive"))
	case "transfer-encoding":
		h.length, h.keeps = -1, false
	}
}
