package client

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// base is what every path of the API begins with.
const base = "/api/v1"

// maxAnswer bounds an answer that is read as a whole: the largest page is some MiB.
const maxAnswer = 64 << 20

// Client calls one server. It is safe for concurrent use.
type Client struct {
	root  *url.URL
	token func() string // a function prints as an address: a printed Client shows no secret
	http  *http.Client
	retry Retry
	agent string
	pause func(ctx context.Context, d time.Duration) error
}

// Option changes how a Client works.
type Option func(*Client)

// WithHTTPClient makes calls with h, e.g. one that knows a private authority. Event streams
// and imports last for long: h should have no Timeout.
func WithHTTPClient(h *http.Client) Option { return func(c *Client) { c.http = h } }

// WithTransport makes calls over t, e.g. one that dials a local socket.
func WithTransport(t http.RoundTripper) Option {
	return func(c *Client) { c.http = &http.Client{Transport: t} }
}

// WithRetry sets how failed calls are repeated; Retry{} repeats none.
func WithRetry(r Retry) Option { return func(c *Client) { c.retry = r } }

// WithUserAgent names the calling program to the server.
func WithUserAgent(name string) Option { return func(c *Client) { c.agent = name } }

// New makes a Client of the server at an address such as "https://itms.example.com". token is
// one that "itms token create" printed; "" sends none. It fails when the address is none.
func New(address, token string, options ...Option) (*Client, error) {
	root, err := url.Parse(strings.TrimSuffix(address, "/"))
	if err != nil || root.Host == "" || root.Scheme != "http" && root.Scheme != "https" {
		return nil, fmt.Errorf("client: %q: expected an http:// or https:// address", address)
	}
	c := &Client{root: root, token: func() string { return token }, http: &http.Client{}, retry: usualRetry, agent: "itms-go-client", pause: sleep}
	for _, o := range options {
		o(c)
	}
	return c, nil
}

// Call is one request: for what has no method of its own.
type Call struct {
	Method string
	Path   string // from the root of the server, escaped, e.g. "/api/v1/devices"
	Query  url.Values
	Header http.Header

	// Body is nil, an io.Reader that is sent as it comes, or a value that is sent as JSON.
	Body  any
	Media string // media type of a Body that is a reader; "" = application/json

	// Key makes a POST safe to repeat, where the API takes an Idempotency-Key.
	Key string
	// Repeatable says that making the call twice does no more than once. GET, PUT, DELETE and
	// calls with a Key are so anyway.
	Repeatable bool
}

// Do makes a call, again and again when it failed for a moment and may be repeated, and
// returns the answer, whose body the caller closes. Errors: *Error for any status but 2xx;
// else those of the network and of ctx.
func (c *Client) Do(ctx context.Context, call Call) (*http.Response, error) {
	body, once, err := call.encode()
	if err != nil {
		return nil, err
	}
	for attempt := 1; ; attempt++ {
		resp, err := c.send(ctx, &call, body())
		if err == nil {
			return resp, nil
		}
		wait, again := c.retry.after(attempt, err)
		if !again || once || !call.repeatable() || ctx.Err() != nil {
			return nil, err
		}
		if c.pause(ctx, wait) != nil {
			return nil, err // it says more than that the time was up
		}
	}
}

// encode returns what makes the body anew for each attempt; once when there can be only one.
func (call *Call) encode() (body func() io.Reader, once bool, err error) {
	switch b := call.Body.(type) {
	case nil:
		return func() io.Reader { return nil }, false, nil
	case io.Reader:
		return func() io.Reader { return b }, true, nil
	}
	text, err := json.Marshal(call.Body)
	if err != nil {
		return nil, false, fmt.Errorf("client: write the body: %w", err)
	}
	return func() io.Reader { return bytes.NewReader(text) }, false, nil
}

// repeatable reports whether the call may be made again (RFC 9110 §9.2.2).
func (call *Call) repeatable() bool {
	return call.Repeatable || call.Key != "" || call.Method != http.MethodPost && call.Method != http.MethodPatch
}

// send makes one attempt.
func (c *Client) send(ctx context.Context, call *Call, body io.Reader) (*http.Response, error) {
	target := c.root.String() + call.Path
	if len(call.Query) > 0 {
		target += "?" + call.Query.Encode()
	}
	req, err := http.NewRequestWithContext(ctx, call.Method, target, body)
	if err != nil {
		return nil, fmt.Errorf("client: %w", err)
	}
	c.head(req, call)
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, err
	}
	if resp.StatusCode/100 != 2 {
		refused := problemOf(resp)
		_ = resp.Body.Close() // what it said was read
		return nil, refused
	}
	return resp, nil
}

// head sets the headers of a request.
func (c *Client) head(req *http.Request, call *Call) {
	for name, values := range call.Header {
		req.Header[http.CanonicalHeaderKey(name)] = values
	}
	req.Header.Set("User-Agent", c.agent)
	if token := c.token(); token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	if call.Key != "" {
		req.Header.Set("Idempotency-Key", call.Key)
	}
	if call.Body != nil {
		req.Header.Set("Content-Type", "application/json")
		if call.Media != "" {
			req.Header.Set("Content-Type", call.Media)
		}
	}
}

// read makes a call and reads its answer into a value; nil reads none.
func (c *Client) read(ctx context.Context, call Call, into any) (status int, err error) {
	resp, err := c.Do(ctx, call)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	if into == nil {
		return resp.StatusCode, nil
	}
	if err := json.NewDecoder(io.LimitReader(resp.Body, maxAnswer)).Decode(into); err != nil {
		return resp.StatusCode, fmt.Errorf("client: read the answer of %s %s: %w", call.Method, call.Path, err)
	}
	return resp.StatusCode, nil
}

// get reads what is at a path.
func get[T any](ctx context.Context, c *Client, path string, query url.Values) (*T, error) {
	into := new(T)
	if _, err := c.read(ctx, Call{Method: http.MethodGet, Path: path, Query: query}, into); err != nil {
		return nil, err
	}
	return into, nil
}

// act makes a call and reads what it answers.
func act[T any](ctx context.Context, c *Client, call Call) (*T, error) {
	into := new(T)
	if _, err := c.read(ctx, call, into); err != nil {
		return nil, err
	}
	return into, nil
}

// post is a call that acts.
func post(path string, body any) Call {
	return Call{Method: http.MethodPost, Path: path, Body: body}
}
