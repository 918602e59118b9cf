package sim

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net"
	"net/http"
	"strconv"
)

// maxFile is the largest file taken: far above the firmware images of tests.
const maxFile = 256 << 20

// defaultRange is how much the quirk download-ranges asks for at a time.
const defaultRange = 64 << 10

// rangeSize is the argument of download-ranges, 0 without the quirk.
func (q QuirkSet) rangeSize() (int, error) {
	if !q.has(quirkDownloadRanges) {
		return 0, nil
	}
	n, err := count(q[quirkDownloadRanges], defaultRange)
	if err == nil && n == 0 {
		err = errors.New("expected a number of bytes")
	}
	return n, err
}

// fetcher does one transfer over HTTP.
type fetcher struct {
	client      *http.Client
	transfer    *transfer
	quirks      QuirkSet
	method      string
	payload     []byte
	contentType string
	auth        credentials
}

// fetcher makes what does a transfer.
func (c *CPE) fetcher(t *transfer) *fetcher {
	f := &fetcher{transfer: t, quirks: c.quirks, method: http.MethodGet, auth: credentials{basic: c.quirks.has(quirkDownloadBasic)}}
	var transport http.RoundTripper = &http.Transport{DialContext: c.config.Dial, TLSClientConfig: c.config.TLS, DisableKeepAlives: true}
	if c.quirks.has(quirkDownloadHTTP10) {
		transport = &oldHTTP{dial: c.config.Dial, tls: c.config.TLS}
	}
	f.client = &http.Client{Timeout: c.config.Timeout, Transport: transport}
	if t.Upload {
		f.load(c.uploadable(t.FileType))
	}
	return f
}

// load makes content what is delivered, in the way of the box.
func (f *fetcher) load(content []byte) {
	f.method, f.payload = http.MethodPut, content
	if !f.quirks.has(quirkUploadPost) {
		return
	}
	f.method, f.contentType = http.MethodPost, "application/octet-stream"
	if f.quirks[quirkUploadPost] != "form" {
		return
	}
	var b bytes.Buffer
	form := multipart.NewWriter(&b)
	part, _ := form.CreateFormFile("file", "upload.txt") // a buffer takes everything
	_, _ = part.Write(content)
	_ = form.Close()
	f.payload, f.contentType = b.Bytes(), form.FormDataContentType()
}

// fetch does the transfer, whole or in ranges. A server that answers a range with all
// of the file is taken at its word.
func (f *fetcher) fetch(ctx context.Context) (*reply, error) {
	size, err := f.quirks.rangeSize()
	if err != nil {
		return nil, err
	}
	if size == 0 || f.transfer.Upload {
		return f.ask(ctx, "")
	}
	var whole []byte
	for len(whole) < maxFile {
		answer, err := f.ask(ctx, fmt.Sprintf("bytes=%d-%d", len(whole), len(whole)+size-1))
		if err != nil || answer.status != http.StatusPartialContent {
			return answer, err
		}
		var first, last, total int
		if _, err := fmt.Sscanf(answer.header.Get("Content-Range"), "bytes %d-%d/%d", &first, &last, &total); err != nil || first != len(whole) {
			return nil, fmt.Errorf("the answer has the range %q", answer.header.Get("Content-Range"))
		}
		if whole = append(whole, answer.body...); len(whole) >= total || len(answer.body) == 0 {
			return &reply{status: http.StatusOK, header: answer.header, body: whole}, nil
		}
	}
	return nil, fmt.Errorf("the file is larger than %d bytes", maxFile)
}

// ask does one request and repeats it with credentials when asked for them.
func (f *fetcher) ask(ctx context.Context, ranged string) (*reply, error) {
	for try := 0; ; try++ {
		answer, err := f.once(ctx, ranged)
		if err != nil {
			return nil, err
		}
		if answer.status != http.StatusUnauthorized || try > 1 || f.transfer.Username == "" {
			return answer, nil
		}
		if f.auth.challenged(answer.header["Www-Authenticate"]) != nil {
			return answer, nil
		}
	}
}

// once does one request.
func (f *fetcher) once(ctx context.Context, ranged string) (*reply, error) {
	request, err := http.NewRequestWithContext(ctx, f.method, f.transfer.URL, bytes.NewReader(f.payload))
	if err != nil {
		return nil, err
	}
	for name, value := range map[string]string{"Content-Type": f.contentType, "Range": ranged,
		"Authorization": f.auth.authorization(f.method, request.URL.RequestURI(), f.transfer.Username, f.transfer.Password)} {
		if value != "" {
			request.Header.Set(name, value)
		}
	}
	response, err := f.client.Do(request)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(io.LimitReader(response.Body, maxFile))
	if err = errors.Join(err, response.Body.Close()); err != nil {
		return nil, err
	}
	return &reply{status: response.StatusCode, header: response.Header, body: body}, nil
}

// oldHTTP speaks HTTP/1.0 as the small web clients of boot loaders do: a connection for
// each request, at whose end the answer ends.
type oldHTTP struct {
	dial func(ctx context.Context, network, address string) (net.Conn, error)
	tls  *tls.Config
}

// RoundTrip implements http.RoundTripper.
func (o *oldHTTP) RoundTrip(r *http.Request) (*http.Response, error) {
	conn, err := o.connect(r)
	if err != nil {
		return nil, err
	}
	stop := context.AfterFunc(r.Context(), func() { _ = conn.Close() }) // to end reading and writing
	response, err := o.exchange(conn, r)
	if err != nil {
		stop()
		return nil, errors.Join(err, conn.Close())
	}
	response.Body = &lastBody{response.Body, conn, stop}
	return response, nil
}

// connect opens the connection of a request.
func (o *oldHTTP) connect(r *http.Request) (net.Conn, error) {
	address, dial := r.URL.Host, o.dial
	if r.URL.Port() == "" {
		port := "80"
		if r.URL.Scheme == "https" {
			port = "443"
		}
		address = net.JoinHostPort(r.URL.Hostname(), port)
	}
	if dial == nil {
		dial = new(net.Dialer).DialContext
	}
	conn, err := dial(r.Context(), "tcp", address)
	if err != nil || r.URL.Scheme != "https" {
		return conn, err
	}
	c := o.tls.Clone()
	if c == nil {
		c = &tls.Config{MinVersion: tls.VersionTLS12}
	}
	if c.ServerName == "" {
		c.ServerName = r.URL.Hostname()
	}
	return tls.Client(conn, c), nil
}

// exchange sends a request and reads the head of the answer.
func (o *oldHTTP) exchange(conn net.Conn, r *http.Request) (*http.Response, error) {
	var head bytes.Buffer
	fmt.Fprintf(&head, "%s %s HTTP/1.0\r\nHost: %s\r\n", r.Method, r.URL.RequestURI(), r.URL.Host)
	if r.ContentLength > 0 || r.Method != http.MethodGet {
		head.WriteString("Content-Length: " + strconv.FormatInt(r.ContentLength, 10) + "\r\n")
	}
	if err := r.Header.Write(&head); err != nil {
		return nil, err
	}
	head.WriteString("\r\n")
	if _, err := conn.Write(head.Bytes()); err != nil {
		return nil, err
	}
	if r.Body != nil {
		if _, err := io.Copy(conn, r.Body); err != nil {
			return nil, err
		}
		if err := r.Body.Close(); err != nil {
			return nil, err
		}
	}
	return http.ReadResponse(bufio.NewReader(conn), r)
}

// lastBody is the body of an answer that takes its connection with it.
type lastBody struct {
	io.ReadCloser
	conn net.Conn
	stop func() bool
}

// Close implements io.Closer.
func (b *lastBody) Close() error {
	b.stop()
	return errors.Join(b.ReadCloser.Close(), b.conn.Close())
}
