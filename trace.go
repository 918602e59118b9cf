package itms

import (
	"net/netip"
	"strings"
	"time"
)

// TraceID is the time-ordered key of a trace.
type TraceID string

// What a trace may be. It is for somebody who looks at a device, not for an archive.
const (
	// MaxTraceTime is how long a trace may run: a device that comes once a day is seen.
	MaxTraceTime = 24 * time.Hour
	// DefaultTraceBytes holds the bootstrap of a gateway with its whole tree.
	DefaultTraceBytes = 4 << 20
	// MaxTraceBytes bounds what one trace may take of the store.
	MaxTraceBytes = 64 << 20
	// MaxTraceMessages bounds a trace of many empty POSTs.
	MaxTraceMessages = 20_000
	// MaxActiveTraces run at once: each is compared with every session.
	MaxActiveTraces = 20
	// MaxTraces are kept, of which the oldest goes first; with MaxTraceBytes each,
	// 6 GiB in the worst case.
	MaxTraces = 100
	// KeepTraces is how long a trace is kept: what it shows is of one's customers.
	KeepTraces = 7 * 24 * time.Hour
	// MaxTraceBody bounds the text of one message.
	MaxTraceBody = 1 << 20
)

// Trace is a recording of CWMP sessions, on demand: of one device, or of all that
// come from a network. Exactly one of the two is set.
type Trace struct {
	ID        TraceID   `json:"id"`
	Device    DeviceID  `json:"device,omitzero"`
	Network   string    `json:"network,omitempty"` // CIDR, e.g. "192.0.2.0/24"
	Actor     string    `json:"actor"`
	CreatedAt time.Time `json:"createdAt"`
	Until     time.Time `json:"until"`    // recorded until then
	MaxBytes  int64     `json:"maxBytes"` // or until so much was
	Bytes     int64     `json:"bytes"`    // of all texts recorded
	Messages  int       `json:"messages"` // recorded
	Dropped   int       `json:"dropped"`  // not recorded: the trace was full, or the node had no time for it
}

// TraceRequest asks for a trace.
type TraceRequest struct {
	Device   DeviceID
	Network  string        // CIDR, or one address
	Time     time.Duration // more than 0, at most MaxTraceTime
	MaxBytes int64         // 0 = DefaultTraceBytes; at most MaxTraceBytes
}

// Full reports whether nothing more fits.
func (t *Trace) Full() bool { return t.Bytes >= t.MaxBytes || t.Messages >= MaxTraceMessages }

// Active reports whether sessions are recorded at that time.
func (t *Trace) Active(now time.Time) bool { return now.Before(t.Until) && !t.Full() }

// Subject says what is traced, in one word.
func (t *Trace) Subject() string {
	if t.Network != "" {
		return t.Network
	}
	return t.Device.String()
}

// TraceMessage is one HTTP request of a CPE, or the answer to it. Secrets are masked.
type TraceMessage struct {
	Seq     int               `json:"seq"` // from 1, in the order they were recorded; set by the store
	Session string            `json:"session,omitempty"`
	Device  DeviceID          `json:"device,omitzero"`
	Node    string            `json:"node,omitempty"`
	Remote  string            `json:"remote,omitempty"`
	At      time.Time         `json:"at"`
	Out     bool              `json:"out"`              // to the CPE
	Status  int               `json:"status,omitempty"` // of an answer
	Method  string            `json:"method,omitempty"` // RPC name; "" when the body is empty or cannot be read
	Headers map[string]string `json:"headers,omitempty"`
	Body    string            `json:"body,omitempty"` // written anew from what was understood
	Cut     bool              `json:"cut,omitempty"`  // Body is the beginning only
}

// Size is what the message counts against Trace.MaxBytes.
func (m *TraceMessage) Size() int64 { return int64(len(m.Body)) + traceOverhead }

// traceOverhead is about what a message takes beside its body.
const traceOverhead = 256

// ParseTraceNetwork reads a network (CIDR) or a single address and returns the
// network's usual form. It fails with KindInvalid at /network.
func ParseTraceNetwork(text string) (netip.Prefix, error) {
	text = strings.TrimSpace(text)
	if addr, err := netip.ParseAddr(text); err == nil && addr.Zone() == "" {
		addr = addr.Unmap()
		return netip.PrefixFrom(addr, addr.BitLen()), nil
	}
	network, err := netip.ParsePrefix(text)
	if err != nil || network.Addr().Is4In6() {
		return netip.Prefix{}, Invalid("/network", "%q: expected a network such as 192.0.2.0/24, or an address", clip(text))
	}
	return network.Masked(), nil
}
