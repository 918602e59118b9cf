package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"

	"itms"
	"itms/cmd/itms/config"
	"itms/internal/lifecycle"
	"itms/profile/datamodel"
	"itms/web/api"
	"itms/web/client"
	"itms/web/ui"
)

// The local door is the REST API on a socket that only its owner can open, with a
// few calls more. Commands use it beside a running server; without one they open
// the store themselves and serve the same door to themselves in memory. So each
// command is written once.

// localActor is who local commands act as.
var localActor = itms.Token{Name: "local", Role: itms.RoleAdmin}

// newAPI makes the REST door.
func newAPI(b *base, w api.Waker, desk *cableDesk, system api.System, node string, r prometheus.Registerer) (*api.Server, error) {
	signOn, err := newSignOn(b)
	if err != nil {
		return nil, err
	}
	return api.New(api.Options{
		Store: b.store, Vault: b.vault, People: b.people, SignOn: signOn, Audit: auditor{b.store}, Orders: b.engine, Devices: b.engine, Tasks: b.engine, Stock: b.engine, Files: b.engine, Traces: b.engine,
		Desk: b.engine, Waker: w, System: system, Leasing: desk, ConfigFiles: desk, Access: b.engine, Profiles: profileDesk{b.store, b.engine, b.models}, Models: datamodel.Standard(), Console: ui.Handler(), Annexes: tmfAnnexes(b),
		Logger: b.log, Registerer: r, Gatherer: b.metrics, Version: versionText(), Node: node, PublicURL: publicURL(b.config),
	})
}

// publicURL is what the API tells of its own address. The default is told only when
// it is true; nothing makes the description's address relative.
func publicURL(c *config.Config) string {
	usual := config.Default().Web
	if c.Web.PublicURL == usual.PublicURL && (c.Web.Listen != usual.Listen || c.Web.TLS.Cert != "") {
		return ""
	}
	return c.Web.PublicURL
}

// localHandler is the local door.
func localHandler(b *base, rest http.Handler) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /local/tokens", b.createToken)
	mux.HandleFunc("GET /local/tokens", b.listTokens)
	mux.HandleFunc("DELETE /local/tokens/{name}", b.deleteToken)
	mux.HandleFunc("GET /local/backup", b.streamBackup)
	mux.Handle("/", rest)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mux.ServeHTTP(w, r.WithContext(api.Trust(r.Context(), localActor)))
	})
}

// socketPath is where the local door listens.
func socketPath(c *config.Config) string { return filepath.Join(c.Data, "itms.sock") }

// localSocket is the local door as a service.
func (s *server) localSocket() lifecycle.Service {
	hs := &http.Server{Handler: localHandler(s.base, s.api), ReadHeaderTimeout: 10 * time.Second}
	return lifecycle.Service{Name: "local socket",
		Start: func(context.Context) error {
			l, err := listenOwnerOnly(socketPath(s.config))
			if err != nil {
				return err
			}
			go func() {
				if err := hs.Serve(l); !errors.Is(err, http.ErrServerClosed) {
					s.group.Report("local socket", err)
				}
			}()
			return nil
		},
		Stop: hs.Shutdown}
}

// answers reports whether a server listens on the socket.
func answers(path string) bool {
	conn, err := net.Dial("unix", path)
	if err != nil {
		return false
	}
	return conn.Close() == nil
}

// listenOwnerOnly opens a socket that nobody else can connect to. A socket file
// where nobody answers is left over from a dead process. The store's lock does not
// prove that: nodes on PostgreSQL may be given one data directory by mistake.
func listenOwnerOnly(path string) (net.Listener, error) {
	if answers(path) {
		return nil, fmt.Errorf("local socket: another server runs in %s; give each node a data directory of its own", filepath.Dir(path))
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("local socket: %w", err)
	}
	l, err := bindOwnerOnly(path)
	if err != nil {
		return nil, fmt.Errorf("local socket: %w", err)
	}
	return l, nil
}

// bindOwnerOnly makes the socket in a directory that only its owner can enter and
// moves it into place once its own mode is set: between bind and chmod it would be
// open to whom the umask lets.
func bindOwnerOnly(path string) (net.Listener, error) {
	dir, err := os.MkdirTemp(filepath.Dir(path), ".s") // 0700; short, since socket paths may be no longer than 107 bytes
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	private := filepath.Join(dir, "s")
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: private, Net: "unix"})
	if err != nil {
		return nil, err
	}
	l.SetUnlinkOnClose(false) // by the name it had here
	if err := errors.Join(os.Chmod(private, 0o600), os.Rename(private, path)); err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return socket{l, path}, nil
}

// socket is a listener that takes its file with it.
type socket struct {
	net.Listener
	path string
}

// Close implements net.Listener.
func (s socket) Close() error {
	err := s.Listener.Close()
	if gone := os.Remove(s.path); gone != nil && !errors.Is(gone, os.ErrNotExist) {
		err = errors.Join(err, gone)
	}
	return err
}

// localClient calls the local door.
type localClient struct {
	*client.Client
	close func() error
}

// newLocalClient makes calls over a transport that leads there whatever the address. What fails
// is told at once: the door is in this machine.
func newLocalClient(t http.RoundTripper, close func() error) (*localClient, error) {
	c, err := client.New("http://local", "", client.WithTransport(t), client.WithRetry(client.Retry{}), client.WithUserAgent("itms/"+versionText()))
	if err != nil {
		return nil, errors.Join(err, close())
	}
	return &localClient{c, close}, nil
}

// dialLocal reaches the running server, or becomes one in memory.
func dialLocal(e *env, configFile string) (*localClient, error) {
	c, err := config.Load(configFile, e.environ)
	if err != nil {
		return nil, err
	}
	if answers(socketPath(c)) {
		transport := &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "unix", socketPath(c))
		}}
		return newLocalClient(transport, func() error { transport.CloseIdleConnections(); return nil })
	}
	return serveSelf(e, c)
}

// serveSelf opens the store and serves the local door in memory.
func serveSelf(e *env, c *config.Config) (*localClient, error) {
	b, err := openBase(e.ctx, c, zerolog.New(e.err).Level(zerolog.ErrorLevel), e.environ)
	if err != nil {
		return nil, err
	}
	desk := newCableDesk(b, &cable{})
	rest, err := newAPI(b, noDoor{}, desk, systemDesk{b, &nodes{store: b.store}, time.Now()}, "local", nil)
	if err != nil {
		return nil, errors.Join(err, b.Close())
	}
	l := newPipeListener()
	hs := &http.Server{Handler: localHandler(b, rest)}
	go hs.Serve(l) //nolint:errcheck // ends with ErrServerClosed
	transport := &http.Transport{DialContext: l.dial}
	return newLocalClient(transport, func() error {
		transport.CloseIdleConnections()
		return errors.Join(rest.Close(context.Background()), hs.Close(), desk.close(context.Background()), b.Close())
	})
}

// noDoor stands in for the CWMP door where none is open.
type noDoor struct{}

// ConnectionRequest implements api.Waker.
func (noDoor) ConnectionRequest(context.Context, itms.DeviceID) (itms.CallReport, error) {
	return itms.CallReport{}, itms.Errorf(itms.KindUnavailable, itms.CodeUnavailable, "no server is running to contact devices from")
}

// pipeListener connects a client and a server of one process.
type pipeListener struct {
	conns  chan net.Conn
	closed chan struct{}
}

func newPipeListener() *pipeListener {
	return &pipeListener{conns: make(chan net.Conn), closed: make(chan struct{})}
}

// dial makes a connection.
func (l *pipeListener) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	ours, theirs := net.Pipe()
	select {
	case l.conns <- theirs:
		return ours, nil
	case <-l.closed:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Accept implements net.Listener.
func (l *pipeListener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

// Close implements net.Listener.
func (l *pipeListener) Close() error { close(l.closed); return nil }

// Addr implements net.Listener.
func (l *pipeListener) Addr() net.Addr { return &net.UnixAddr{Name: "memory"} }

// call makes a call, with a JSON body if any; the path may have a query. A refusal is an error
// with the words of the server.
func (c *localClient) call(ctx context.Context, method, path string, body io.Reader) (*http.Response, error) {
	return c.send(ctx, method, path, "application/json", body)
}

// send is call with a body of any media type.
func (c *localClient) send(ctx context.Context, method, path, media string, body io.Reader) (*http.Response, error) {
	path, query, _ := strings.Cut(path, "?")
	values, err := url.ParseQuery(query)
	if err != nil {
		return nil, err
	}
	call := client.Call{Method: method, Path: path, Query: values, Media: media}
	if body != nil {
		call.Body = body
	}
	resp, err := c.Do(ctx, call)
	return resp, refused(err)
}

// refused puts the refusal of a call into the domain's form, the wrong fields beside the words;
// other errors stay as they are.
func refused(err error) error {
	var e *client.Error
	if !errors.As(err, &e) || e.Code == "" {
		return err
	}
	told := &itms.Error{Code: e.Code, Text: fmt.Sprintf("%s (%s)", e.Detail, e.Code)}
	for _, f := range e.Fields {
		told.Fields = append(told.Fields, itms.FieldError{Pointer: f.Pointer, Text: f.Detail})
	}
	return told
}

// show copies an answer to the output.
func (c *localClient) show(e *env, method, path string, body io.Reader) error {
	resp, err := c.call(e.ctx, method, path, body)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	return writePretty(e.out, resp.Body)
}

// submit sends a document and shows the answer.
func (c *localClient) submit(e *env, method, path string, doc any) error {
	body, err := json.Marshal(doc)
	if err != nil {
		return err
	}
	return c.show(e, method, path, bytes.NewReader(body))
}

// filled is a query of the values that are not empty.
func filled(pairs map[string]string) url.Values {
	q := url.Values{}
	for key, value := range pairs {
		if value != "" {
			q.Set(key, value)
		}
	}
	return q
}

// writePretty indents JSON for reading.
func writePretty(w io.Writer, r io.Reader) error {
	data, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	var value any
	if err := json.Unmarshal(data, &value); err != nil {
		_, err = w.Write(data)
		return err
	}
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(value)
}

// withClient runs fn with a client and closes it.
func withClient(e *env, configFile string, fn func(*localClient) error) error {
	c, err := dialLocal(e, configFile)
	if err != nil {
		return err
	}
	return errors.Join(fn(c), c.close())
}
