package sim

import (
	"bufio"
	"net/http"
	"slices"
	"strings"
	"time"

	"itms/cwmp"
	"itms/internal/digest"
)

// doorbell answers connection requests (TR-069 Amd 6 3.2.2.1).
type doorbell struct {
	cpe  *CPE
	auth *digest.Authenticator
}

// newDoorbell makes the server of a box with its quirks.
func newDoorbell(c *CPE) *doorbell {
	o := digest.Options{Realm: "cpesim"}
	if c.quirks.has(quirkCRSHA256) {
		o.Algorithms = []digest.Algorithm{digest.SHA256}
	}
	return &doorbell{cpe: c, auth: digest.New(o)}
}

// ServeHTTP queues an Inform for a GET of the right path with the right
// credentials. As long as the ACS has set no ConnectionRequestUsername, none
// are needed.
func (d *doorbell) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	quirks := d.cpe.quirks
	switch {
	case quirks.has(quirkCRSilent):
		<-r.Context().Done() // until the ACS gives up
	case r.URL.Path != d.cpe.doorPath():
		w.WriteHeader(http.StatusNotFound)
	case r.Method != http.MethodGet:
		w.WriteHeader(http.StatusMethodNotAllowed)
	case !d.allowed(r):
		d.challenge(w)
	default:
		if quirks.has(quirkCRSessionFirst) {
			d.ring()
			d.cpe.awaitInform(r)
			w.WriteHeader(http.StatusOK)
			return
		}
		w.WriteHeader(http.StatusOK)
		d.ring()
	}
}

// ring queues the Inform.
func (d *doorbell) ring() {
	if err := d.cpe.Trigger(cwmp.Event{Code: cwmp.EventConnectionRequest}); err != nil {
		d.cpe.config.Logger.Error("connection request", "error", err)
	}
}

// credentials are those that the ACS has set.
func (d *doorbell) credentials() (username, password string) {
	username, _ = d.cpe.Get(d.cpe.path("ManagementServer.ConnectionRequestUsername"))
	password, _ = d.cpe.Get(d.cpe.path("ManagementServer.ConnectionRequestPassword"))
	return username, password
}

// allowed checks the credentials against those in the tree. A box that asks for Basic
// takes nothing else.
func (d *doorbell) allowed(r *http.Request) bool {
	username, password := d.credentials()
	if username == "" {
		return true
	}
	if d.cpe.quirks.has(quirkCRBasic) {
		u, p, ok := r.BasicAuth()
		return ok && u == username && p == password
	}
	_, err := d.auth.Verify(r.Method, r.RequestURI, r.Header.Get("Authorization"),
		func(claimed string) (string, bool) { return password, claimed == username })
	return err == nil
}

// challenge answers 401, byte for byte as the quirks want it.
func (d *doorbell) challenge(w http.ResponseWriter) {
	quirks := d.cpe.quirks
	lines := d.lines()
	if !quirks.has(quirkCRFolded) && !quirks.has(quirkCRClose) {
		for _, line := range lines {
			w.Header().Add("WWW-Authenticate", line)
		}
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	hijacker, ok := w.(http.Hijacker)
	if !ok {
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	conn, _, err := hijacker.Hijack()
	if err != nil {
		return // the connection is gone
	}
	defer func() { _ = conn.Close() }() // without a word in the head
	out := bufio.NewWriter(conn)
	_, _ = out.WriteString("HTTP/1.1 401 Unauthorized\r\n") // a failure shows at the flush
	for _, line := range lines {
		_, _ = out.WriteString("WWW-Authenticate: " + line + "\r\n")
	}
	_, _ = out.WriteString("Content-Length: 0\r\n\r\n")
	if err := out.Flush(); err != nil {
		d.cpe.config.Logger.Debug("connection request", "error", err)
	}
}

// lines are the challenges.
func (d *doorbell) lines() []string {
	quirks := d.cpe.quirks
	if quirks.has(quirkCRBasic) {
		return []string{`Basic realm="cpesim"`}
	}
	lines := d.auth.Challenges()
	if quirks.has(quirkCRNoQOP) || quirks.has(quirkCRUnquoted) || quirks.has(quirkCRFolded) {
		lines = slices.Clone(lines[:1])
	}
	for i := range lines {
		if quirks.has(quirkCRNoQOP) {
			lines[i] = strings.NewReplacer(`, qop="auth"`, "", ", algorithm=MD5", "").Replace(lines[i])
		}
		if quirks.has(quirkCRUnquoted) {
			lines[i] = strings.ReplaceAll(lines[i], `"`, "")
		}
		if quirks.has(quirkCRFolded) {
			lines[i] = strings.ReplaceAll(strings.Replace(lines[i], "Digest ", "Digest\r\n\t", 1), ", ", ",\r\n\t")
		}
	}
	return lines
}

// sessionFirst bounds how long a box that opens its session first keeps the ACS waiting.
const sessionFirst = 4 * time.Second

// awaitInform waits until the event of a connection request was delivered.
func (c *CPE) awaitInform(r *http.Request) {
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(sessionFirst); time.Now().Before(end) && c.queued(cwmp.EventConnectionRequest); {
		select {
		case <-tick.C:
		case <-r.Context().Done():
			return
		}
	}
}

// queued reports whether an event waits for its Inform.
func (c *CPE) queued(code string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.ContainsFunc(c.Queue, func(e cwmp.Event) bool { return e.Code == code })
}
