package tmf

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"itms"
	"itms/internal/vault"
	"itms/store/boltdb"
	"itms/web/api"
	"itms/workorder"
)

var update = flag.Bool("update", false, "write the answers of conversations anew")

// world is the REST door with the TM Forum APIs over the real domain and the bolt store.
type world struct {
	store  itms.Store
	engine *workorder.Engine
	server *httptest.Server
	tokens map[string]string // by name
}

// noModels is a domain without devices: nothing asks for a profile but to compare.
type noModels struct{ workorder.Models }

func (noModels) Match(*itms.Device, *itms.ParamTree) string { return "" }
func (noModels) Revision() string                           { return "" }

// nobody is a waker of no devices.
type nobody struct{}

func (nobody) Wake(itms.DeviceID) {}
func (nobody) ConnectionRequest(context.Context, itms.DeviceID) (itms.CallReport, error) {
	return itms.CallReport{}, itms.Errorf(itms.KindUnavailable, itms.CodeUnavailable, "no device is there")
}

// newWorld makes one. The sender called strict is read strictly.
func newWorld(t testing.TB) *world {
	t.Helper()
	dir := t.TempDir()
	store, err := boltdb.Open(t.Context(), filepath.Join(dir, "itms.db"), boltdb.Options{})
	if err != nil {
		t.Fatal(err)
	}
	v, err := vault.OpenOrCreate(filepath.Join(dir, "itms.key"))
	if err != nil {
		t.Fatal(err)
	}
	w := &world{store: store, tokens: map[string]string{}}
	w.engine = workorder.New(workorder.Options{Store: store, Vault: v, Models: noModels{}, Waker: nobody{}, Logger: zerolog.Nop(),
		Policy: workorder.Policy{OrderTTL: time.Hour, HoldTTL: time.Hour, CodeTTL: time.Hour, CodeTries: 5, CodeWindow: time.Hour, Lock: time.Hour, CodeAlways: true, PushTries: 3}})
	w.engine.SetFormatter(itms.FormatTMF641, NewEvents(""))
	door := New(Options{Store: store, Orders: w.engine, Subscriptions: w.engine, Senders: map[string]Mode{"strict": Strict}})
	rest, err := api.New(api.Options{Store: store, Orders: w.engine, Devices: w.engine, Tasks: w.engine, Stock: w.engine, Traces: w.engine,
		Waker: nobody{}, Desk: w.engine, Annexes: door.Annexes(), Logger: zerolog.Nop(), Heartbeat: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	w.server = httptest.NewServer(rest)
	t.Cleanup(func() {
		w.server.Close()
		if err := rest.Close(context.Background()); err != nil {
			t.Error(err)
		}
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	w.token(t, "strict", nil)
	w.token(t, "legacy", nil)
	w.token(t, "minimal", nil)
	return w
}

// token makes a caller of role bss.
func (w *world) token(t testing.TB, name string, areas itms.Areas) {
	t.Helper()
	w.tokens[name] = "itms_" + name
	err := w.store.Update(t.Context(), func(tx itms.Tx) error {
		return tx.Tokens().Put(&itms.Token{Hash: api.HashToken(w.tokens[name]), Name: name, Role: itms.RoleBSS, Areas: areas, CreatedAt: time.Now()})
	})
	if err != nil {
		t.Fatal(err)
	}
}

// answer is what a call was answered.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// call makes a call.
func (w *world) call(t testing.TB, as, method, path, body string) answer {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, w.server.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if as != "" {
		req.Header.Set("Authorization", "Bearer "+w.tokens[as])
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	resp, err := w.server.Client().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	got, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	a := answer{resp.StatusCode, resp.Header, got}
	conforms(t, method, path, a, as == "strict")
	return a
}

// object is the document of an answer.
func (a answer) object(t testing.TB) object {
	t.Helper()
	doc, err := parseDocument(a.body)
	if err != nil {
		t.Fatalf("%d %s: %v", a.status, a.body, err)
	}
	return doc
}

// conforms compares an answer with the schema of what the call answers; closed, it may hold
// nothing else.
func conforms(t testing.TB, method, path string, a answer, closed bool) {
	t.Helper()
	path, query, _ := strings.Cut(path, "?")
	if strings.Contains(query, "fields") && a.status < 300 {
		return // parts of documents
	}
	for base, d := range descriptions {
		rest, ok := strings.CutPrefix(path, base+"/")
		if !ok || len(a.body) == 0 || strings.HasPrefix(rest, "openapi") {
			continue
		}
		collection, id, _ := strings.Cut(strings.Trim(rest, "/"), "/")
		resource := map[string]string{"serviceOrder": "ServiceOrder", "cancelServiceOrder": "CancelServiceOrder", "hub": "EventSubscription",
			"resource": "PhysicalResource", "monitor": "Monitor", "service": "Service"}[collection]
		if base == ActivationBase && method != http.MethodGet {
			resource = "Monitor"
		}
		if a.status >= 300 {
			resource, id = "Error", "-"
		}
		b := mustReadBook(d.file)
		if method == http.MethodGet && id == "" {
			var list []any
			dec := json.NewDecoder(bytes.NewReader(a.body))
			dec.UseNumber()
			if err := dec.Decode(&list); err != nil {
				t.Errorf("%s %s: %v", method, path, err)
			}
			for _, one := range list {
				for _, f := range b.inspect(resource, one, closed) {
					t.Errorf("%s %s: %s %s", method, path, f.Pointer, f.Text)
				}
			}
			continue
		}
		for _, f := range b.inspect(resource, a.object(t), closed) {
			t.Errorf("%s %s: %s %s", method, path, f.Pointer, f.Text)
		}
	}
}

// A conversation is a file of testdata: lines that begin with > are calls, "> METHOD PATH",
// with their body below; what stands below a line that begins with < was answered. {ID1}
// is the first id that the answers showed.

// call is one of a conversation.
type step struct {
	comment, request, body string
}

// readConversation reads the calls.
func readConversation(text string) (steps []step) {
	var comment strings.Builder
	answered := true
	for _, line := range strings.SplitAfter(text, "\n") {
		switch {
		case strings.HasPrefix(line, "#"):
			comment.WriteString(line)
		case strings.HasPrefix(line, "> "):
			steps = append(steps, step{comment: comment.String(), request: strings.TrimSpace(line[2:])})
			comment.Reset()
			answered = false
		case strings.HasPrefix(line, "< "):
			answered = true
		case !answered:
			steps[len(steps)-1].body += line
		}
	}
	return steps
}

// norms are what differs from run to run.
var (
	idNorm      = regexp.MustCompile(`[0-9A-HJKMNP-TV-Z]{26}`)
	requestNorm = regexp.MustCompile(`\(request [^)]*\)`)
	timeNorm    = regexp.MustCompile(`"20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z"`)
	codeNorm    = regexp.MustCompile(`("name": "activationCode",\s+"value": )"[0-9-]+"`)
)

// norm puts names in place of ids and times. Times that the sender gave stay.
type norm struct {
	ids  map[string]string
	back map[string]string
	sent string
}

// text normalises an answer.
func (n *norm) text(s string) string {
	s = requestNorm.ReplaceAllString(s, "(request ID)")
	s = idNorm.ReplaceAllStringFunc(s, func(id string) string {
		if n.ids[id] == "" {
			n.ids[id] = fmt.Sprintf("{ID%d}", len(n.ids)+1)
			n.back[n.ids[id]] = id
		}
		return n.ids[id]
	})
	s = timeNorm.ReplaceAllStringFunc(s, func(at string) string {
		if strings.Contains(n.sent, at) {
			return at
		}
		return `"TIME"`
	})
	return codeNorm.ReplaceAllString(s, `$1"CODE"`)
}

// request puts ids back into a call.
func (n *norm) request(s string) string {
	for name, id := range n.back {
		s = strings.ReplaceAll(s, name, id)
	}
	return s
}

// pretty indents a document.
func pretty(body []byte) string {
	var v any
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber()
	if dec.Decode(&v) != nil {
		return string(body)
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", " ")
	if enc.Encode(v) != nil {
		return string(body)
	}
	return b.String()
}

// TestConversations: what senders of three styles say, and what they are answered.
func TestConversations(t *testing.T) {
	for _, sender := range []string{"strict", "legacy", "minimal"} {
		t.Run(sender, func(t *testing.T) {
			path := filepath.Join("testdata", sender+".conversation")
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			w := newWorld(t)
			got := w.converse(t, sender, string(want))
			if *update {
				if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
					t.Fatal(err)
				}
				return
			}
			if got != string(want) {
				t.Errorf("the conversation went otherwise:\n%s", difference(string(want), got))
			}
		})
	}
}

// converse makes the calls of a conversation and returns it with the answers.
func (w *world) converse(t *testing.T, sender, text string) string {
	var out strings.Builder
	n := &norm{ids: map[string]string{}, back: map[string]string{}, sent: text}
	for _, s := range readConversation(text) {
		method, path, _ := strings.Cut(s.request, " ")
		a := w.call(t, sender, method, n.request(path), n.request(strings.TrimSpace(s.body)))
		fmt.Fprintf(&out, "%s> %s\n%s< %d\n", s.comment, s.request, s.body, a.status)
		for _, name := range []string{"Location", "X-Total-Count", "X-Result-Count", "Link", "Allow"} {
			for _, value := range a.header.Values(name) {
				fmt.Fprintf(&out, "%s: %s\n", name, n.text(value))
			}
		}
		out.WriteString(n.text(pretty(a.body)) + "\n")
		if bytes.Contains(a.body, []byte("pw-of-")) {
			t.Errorf("%s %s: the answer holds a password: %s", method, path, a.body)
		}
	}
	return out.String()
}

// difference shows the first line where two texts part.
func difference(want, got string) string {
	a, b := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return fmt.Sprintf("line %d\nwant %s\ngot  %s", i+1, a[i], b[i])
		}
	}
	return fmt.Sprintf("%d lines, want %d", len(b), len(a))
}
