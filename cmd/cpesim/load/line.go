package load

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"sync"
	"time"

	"itms/cmd/cpesim/sim"
)

// line is a connection that sends POSTs and reads of the answers the status,
// the length, the cookie and the challenges.
type line struct {
	cpe     sim.Config
	address string
	head    []byte // of every request, up to Content-Length

	mu      sync.Mutex // guards conn against abort
	conn    net.Conn
	aborted bool

	reader *bufio.Reader
	buffer []byte

	cookie     []byte // of the session under way
	challenges []string
	length     int
	closing    bool
}

func newLine(config Config, target *url.URL) *line {
	address := target.Host
	if target.Port() == "" {
		address = net.JoinHostPort(target.Hostname(), "80")
	}
	head := fmt.Sprintf("POST %s HTTP/1.1\r\nHost: %s\r\nUser-Agent: cpesim\r\nSOAPAction: \"\"\r\n"+
		"Content-Type: text/xml; charset=\"utf-8\"\r\nContent-Length: ", target.RequestURI(), target.Host)
	return &line{cpe: config.CPE, address: address, head: []byte(head), reader: bufio.NewReaderSize(nil, 8<<10)}
}

// open connects if need be.
func (l *line) open(ctx context.Context) error {
	if l.conn != nil {
		return nil
	}
	conn, err := l.cpe.Dial(ctx, "tcp", l.address)
	if err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.aborted {
		return errors.Join(context.Canceled, conn.Close())
	}
	l.conn = conn
	l.reader.Reset(conn)
	return nil
}

// abort makes what is under way fail; it may be called at any time.
func (l *line) abort() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.aborted = true
	if l.conn != nil {
		_ = l.conn.Close()
	}
}

func (l *line) close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.conn != nil {
		_ = l.conn.Close()
		l.conn = nil
	}
}

// postTimeout bounds one POST.
const postTimeout = 30 * time.Second

// post sends one body and reads the answer.
func (l *line) post(ctx context.Context, body []byte, authorization string) (status int, err error) {
	if err := l.open(ctx); err != nil {
		return 0, err
	}
	b := append(l.buffer[:0], l.head...)
	b = strconv.AppendInt(b, int64(len(body)), 10)
	if len(l.cookie) > 0 {
		b = append(append(b, "\r\nCookie: "...), l.cookie...)
	}
	if authorization != "" {
		b = append(append(b, "\r\nAuthorization: "...), authorization...)
	}
	b = append(append(b, "\r\n\r\n"...), body...)
	l.buffer = b
	if err := l.conn.SetDeadline(time.Now().Add(postTimeout)); err != nil {
		return 0, err
	}
	if _, err := l.conn.Write(b); err != nil {
		return 0, err
	}
	return l.receive()
}

// errAnswer means that the answer is no HTTP, or of a form that is not read
// here, such as chunks: an ACS must not send them.
var errAnswer = errors.New("the answer cannot be read")

// receive reads an answer and skips its body.
func (l *line) receive() (status int, err error) {
	first, err := l.reader.ReadSlice('\n')
	if err != nil {
		return 0, err
	}
	if len(first) < 12 || !bytes.HasPrefix(first, []byte("HTTP/1.")) {
		return 0, errAnswer
	}
	if status, err = strconv.Atoi(string(first[9:12])); err != nil {
		return 0, errAnswer
	}
	l.length, l.closing, l.challenges = 0, false, nil
	for {
		text, err := l.reader.ReadSlice('\n')
		if err != nil {
			return 0, err
		}
		name, value, ok := bytes.Cut(bytes.TrimSpace(text), []byte(":"))
		if !ok {
			break
		}
		if err := l.field(name, bytes.TrimSpace(value)); err != nil {
			return 0, err
		}
	}
	_, err = l.reader.Discard(l.length)
	if l.closing {
		l.close()
	}
	return status, err
}

// field takes what is needed from one header field.
func (l *line) field(name, value []byte) (err error) {
	switch {
	case bytes.EqualFold(name, []byte("Content-Length")):
		if l.length, err = strconv.Atoi(string(value)); err != nil {
			return errAnswer
		}
	case bytes.EqualFold(name, []byte("Set-Cookie")):
		pair, _, _ := bytes.Cut(value, []byte(";"))
		if len(l.cookie) > 0 {
			l.cookie = append(l.cookie, "; "...)
		}
		l.cookie = append(l.cookie, pair...)
	case bytes.EqualFold(name, []byte("WWW-Authenticate")):
		l.challenges = append(l.challenges, string(value))
	case bytes.EqualFold(name, []byte("Connection")):
		l.closing = bytes.EqualFold(value, []byte("close"))
	case bytes.EqualFold(name, []byte("Transfer-Encoding")):
		return errAnswer
	}
	return nil
}
