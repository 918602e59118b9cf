package sim

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"time"

	"itms/cwmp"
)

// wire carries the POSTs of one session. It writes HTTP itself, since the
// client of net/http cannot be told to do it wrong.
type wire struct {
	config   *Config
	quirks   QuirkSet
	username string
	password string
	urls     []string // the POSTs go to them in turn
	cookies  *jar

	auth  map[string]*credentials // by host
	open  map[string]*connection  // by host
	posts int
	dials int
}

// connection is a TCP connection to the ACS.
type connection struct {
	net.Conn
	reader *bufio.Reader
}

// reply is the answer to a POST.
type reply struct {
	status      int
	header      http.Header
	contentType string
	body        []byte
	chunked     bool // or of unknown length
}

// post sends one body to the next URL and returns the answer; challenges are
// met on the way. Errors: of the network, ErrUnauthorized, or ctx has ended.
func (w *wire) post(ctx context.Context, body []byte, contentType string) (*reply, error) {
	target, err := url.Parse(w.urls[w.posts%len(w.urls)])
	if err != nil {
		return nil, err
	}
	w.posts++
	if w.auth[target.Host] == nil || w.quirks.has(quirkAuthEveryPost) {
		w.auth[target.Host] = &credentials{basic: w.quirks.has(quirkBasicFirst)}
	}
	auth := w.auth[target.Host]
	for range maxChallenges {
		answer, err := w.exchange(ctx, target, body, contentType)
		if err != nil || answer.status != http.StatusUnauthorized {
			return answer, err
		}
		if w.username == "" || len(body) == 0 && w.posts == 1 {
			return answer, nil
		}
		if err := auth.challenged(answer.header["Www-Authenticate"]); err != nil {
			return answer, err
		}
	}
	return nil, fmt.Errorf("%w: refused %d times", ErrUnauthorized, maxChallenges)
}

// exchange does one HTTP request.
func (w *wire) exchange(ctx context.Context, target *url.URL, body []byte, contentType string) (*reply, error) {
	conn, err := w.connect(ctx, target)
	if err != nil {
		return nil, err
	}
	if err := conn.SetDeadline(time.Now().Add(w.config.Timeout)); err != nil {
		return nil, err
	}
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() }) // to end the reading
	defer stop()
	if _, err := conn.Write(w.request(target, body, contentType)); err != nil {
		w.drop(target.Host)
		return nil, fmt.Errorf("sending: %w", err)
	}
	answer, keep, err := conn.receive()
	if err != nil || !keep || w.single() {
		w.drop(target.Host)
	}
	if err != nil {
		return nil, fmt.Errorf("receiving: %w", err)
	}
	w.cookies.take(answer.header, w.quirks.has(quirkCookiePath))
	return answer, nil
}

// single tells whether each POST has a connection of its own.
func (w *wire) single() bool { return w.quirks.has(quirkNewConnection) || w.quirks.has(quirkHTTP10) }

// request lays out a request.
func (w *wire) request(target *url.URL, body []byte, contentType string) []byte {
	var b bytes.Buffer
	version := "1.1"
	if w.quirks.has(quirkHTTP10) {
		version = "1.0"
	}
	asked, covered := w.quirks.target(target.RequestURI())
	fmt.Fprintf(&b, "POST %s HTTP/%s\r\nHost: %s\r\nUser-Agent: cpesim\r\n", asked, version, target.Host)
	w.field(&b, "Content-Type", contentType)
	if len(body) > 0 {
		w.field(&b, "SOAPAction", `""`)
	}
	if !w.quirks.has(quirkNoCookies) {
		w.field(&b, "Cookie", w.cookies.header(w.quirks))
	}
	w.field(&b, "Authorization", w.auth[target.Host].authorization("POST", covered, w.username, w.password))
	if w.single() {
		w.field(&b, "Connection", "close")
	}
	w.payload(&b, body)
	return b.Bytes()
}

func (w *wire) field(b *bytes.Buffer, name, value string) {
	if value != "" {
		fmt.Fprintf(b, "%s: %s\r\n", name, value)
	}
}

// payload ends the header and adds the body, whole or in chunks.
func (w *wire) payload(b *bytes.Buffer, body []byte) {
	if !w.quirks.has(quirkChunked) || w.quirks.has(quirkHTTP10) {
		fmt.Fprintf(b, "Content-Length: %d\r\n\r\n", w.quirks.length(body))
		b.Write(body)
		return
	}
	b.WriteString("Transfer-Encoding: chunked\r\n\r\n")
	chunks := httputil.NewChunkedWriter(b)
	for len(body) > 0 {
		n := min(len(body), 1000) // several chunks for most messages
		_, _ = chunks.Write(body[:n])
		body = body[n:]
	}
	_ = chunks.Close()
	b.WriteString("\r\n")
}

// connect returns the open connection to a host or a new one.
func (w *wire) connect(ctx context.Context, target *url.URL) (*connection, error) {
	if conn := w.open[target.Host]; conn != nil {
		return conn, nil
	}
	raw, err := w.config.Dial(ctx, "tcp", address(target))
	if err != nil {
		return nil, fmt.Errorf("connecting: %w", err)
	}
	w.dials++
	if target.Scheme == "https" {
		raw = tls.Client(raw, tlsConfig(w.config.TLS, target))
	}
	conn := &connection{Conn: raw, reader: bufio.NewReader(raw)}
	w.open[target.Host] = conn
	return conn, nil
}

// tlsConfig completes a configuration with the name of the server.
func tlsConfig(config *tls.Config, target *url.URL) *tls.Config {
	if config == nil {
		config = &tls.Config{}
	}
	if config.ServerName == "" {
		config = config.Clone()
		config.ServerName = target.Hostname()
	}
	return config
}

// address returns host and port of a URL.
func address(target *url.URL) string {
	port := target.Port()
	switch {
	case port != "":
	case target.Scheme == "https":
		port = "443"
	default:
		port = "80"
	}
	return net.JoinHostPort(target.Hostname(), port)
}

// receive reads one answer. keep tells whether the connection stays open.
func (c *connection) receive() (answer *reply, keep bool, err error) {
	response, err := http.ReadResponse(c.reader, &http.Request{Method: http.MethodPost})
	if err != nil {
		return nil, false, err
	}
	body, err := io.ReadAll(io.LimitReader(response.Body, cwmp.MaxBodyBytes+1))
	_ = response.Body.Close()
	if err != nil {
		return nil, false, err
	}
	return &reply{response.StatusCode, response.Header, response.Header.Get("Content-Type"), body, response.ContentLength < 0}, !response.Close, nil
}

// drop closes the connection to a host. What it says does not matter: the
// session is over on it.
func (w *wire) drop(host string) {
	if conn := w.open[host]; conn != nil {
		_ = conn.Close()
		delete(w.open, host)
	}
}

// close closes all connections, unless they are kept.
func (w *wire) close() {
	if w.quirks.has(quirkKeepSocket) {
		return
	}
	for host := range w.open {
		w.drop(host)
	}
}
