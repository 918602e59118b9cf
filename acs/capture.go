package acs

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"itms"
	"itms/cwmp"
)

// capture is one POST of a traced session with its answer, as it was.
type capture struct {
	traces  []*liveTrace
	session string
	device  itms.DeviceID
	remote  string
	in, out half
	status  int
	hidden  []itms.SetValue // what the answer wrote that nobody may see
}

// half is one direction of a POST.
type half struct {
	at       time.Time
	headers  map[string]string
	media    string
	content  []byte
	original int // bytes of content before it was cut
}

// size is what the capture takes in the queue.
func (c *capture) size() int64 { return int64(len(c.in.content) + len(c.out.content)) }

// recording is a ResponseWriter that keeps what was answered.
type recording struct {
	http.ResponseWriter
	status  int
	content []byte
	length  int
}

// Unwrap lets http.ResponseController reach the connection.
func (r *recording) Unwrap() http.ResponseWriter { return r.ResponseWriter }

// WriteHeader keeps the status.
func (r *recording) WriteHeader(status int) {
	r.status = status
	r.ResponseWriter.WriteHeader(status)
}

// Write keeps the beginning of the content.
func (r *recording) Write(content []byte) (int, error) {
	r.length += len(content)
	r.content = append(r.content, content[:min(len(content), maxCapture-len(r.content))]...)
	return r.ResponseWriter.Write(content)
}

// maxCapture is what is kept of one body for the writer: more could not be decoded
// in passing, and would fill the queue.
const maxCapture = 4 << 20

// watch has the answer of a POST kept, to be told by capture.
func (p *post) watch(set *traceSet) {
	p.watched = set
	p.recording = &recording{ResponseWriter: p.w}
	p.w = p.recording
	p.arrived = p.srv.clock()
}

// capture hands the POST to the writer when a trace wants it. It never waits.
func (p *post) capture() {
	if p.foreign { // the node that holds the session does
		return
	}
	id, session := p.whose()
	traces := p.watched.match(id, p.remote, p.arrived)
	if len(traces) == 0 {
		return
	}
	c := capture{traces: traces, session: session, device: id, remote: p.remote, status: p.recording.status}
	c.in = half{at: p.arrived, headers: shownHeaders(p.r.Header), media: p.r.Header.Get("Content-Type"), original: len(p.body.bytes())}
	c.in.content = slices.Clone(p.body.bytes()[:min(c.in.original, maxCapture)])
	h := p.w.Header()
	c.out = half{at: p.srv.clock(), headers: shownHeaders(h), media: h.Get("Content-Type"), content: p.recording.content, original: p.recording.length}
	if set, ok := p.sent.(itms.SetValues); ok {
		c.hidden = slices.DeleteFunc(slices.Clone(set.Values), func(v itms.SetValue) bool { return !v.Hide })
	}
	p.srv.traces.push(c)
}

// whose tells the device and the session of a POST as far as they are known.
func (p *post) whose() (itms.DeviceID, string) {
	if s := p.session; s != nil && !p.informs() {
		return s.device, s.id
	}
	if !p.informs() {
		return itms.DeviceID{}, ""
	}
	session := ""
	if p.fresh != nil {
		session = p.fresh.id
	}
	if c, err := contactOf(p.env); err == nil {
		return c.Device, session
	}
	return itms.DeviceID{}, session
}

// informs reports whether the POST is an Inform.
func (p *post) informs() bool {
	return p.env != nil && classify(p.env) == classInform
}

// push queues a capture, or counts it as lost.
func (t *tracer) push(c capture) {
	if t.queued.Add(c.size()) <= traceQueueBytes {
		select {
		case t.queue <- c:
			return
		default:
		}
	}
	t.queued.Add(-c.size())
	for _, tr := range c.traces {
		tr.dropped.Add(messagesPerPost)
	}
}

// messagesPerPost: the request and its answer.
const messagesPerPost = 2

// The headers a trace shows, and those of which it shows only that they were there.
var (
	plainHeaders = []string{"Content-Type", "Content-Length", "Content-Encoding", "Transfer-Encoding", "Connection", "Expect",
		"Soapaction", "User-Agent", "Retry-After", "Via"}
	bearerHeaders = []string{"Authorization", "Cookie", "Set-Cookie", "Www-Authenticate"}
)

// maxHeaderText clips a header in a trace.
const maxHeaderText = 256

// shownHeaders picks the headers of a trace. Of credentials only the scheme is told.
func shownHeaders(h http.Header) map[string]string {
	shown := map[string]string{}
	for _, name := range plainHeaders {
		if values := h[name]; len(values) > 0 {
			shown[name] = clip(maskURLs(strings.Join(values, ", ")), maxHeaderText)
		}
	}
	for _, name := range bearerHeaders {
		values := h[name]
		if len(values) == 0 {
			continue
		}
		shown[name] = itms.Redacted
		if scheme, _, ok := strings.Cut(values[0], " "); ok && knownScheme(scheme) {
			shown[name] = scheme + " " + itms.Redacted
		}
	}
	return shown
}

// knownScheme reports whether a word is an authentication scheme and no credential.
func knownScheme(word string) bool {
	return strings.EqualFold(word, "Digest") || strings.EqualFold(word, "Basic")
}

// messages are the request and the answer for the store, with secrets masked.
func (c *capture) messages(m *masker, node string) []itms.TraceMessage {
	base := itms.TraceMessage{Session: c.session, Device: c.device, Node: node, Remote: c.remote}
	in, out := base, base
	in.At, in.Headers = itms.Timestamp(c.in.at), c.in.headers
	out.At, out.Headers, out.Out, out.Status = itms.Timestamp(c.out.at), c.out.headers, true, c.status
	m.mask(&in, &c.in)
	m.hide(c.hidden)
	m.mask(&out, &c.out)
	return []itms.TraceMessage{in, out}
}

// mask fills in the text of a half.
func (m *masker) mask(to *itms.TraceMessage, h *half) {
	if len(h.content) == 0 {
		return
	}
	env, err := cwmp.Decode(h.content, h.media)
	if err != nil || len(h.content) < h.original {
		to.Body, to.Cut = safeStart(h.content), true
		if to.Headers == nil {
			to.Headers = map[string]string{}
		}
		to.Headers["X-Body-Length"] = strconv.Itoa(h.original)
		return
	}
	if env.Message != nil {
		to.Method = clip(env.Message.Method(), maxMethod)
		m.message(env.Message)
	}
	to.Body = string(env.Encode())
	if len(to.Body) > itms.MaxTraceBody {
		to.Body, to.Cut = clip(to.Body, itms.MaxTraceBody), true
	}
}
