// Package record turns the root types into stored documents and back. Both engines
// use it, so that precision of times and refusal of bad keys cannot differ.
package record

import (
	"bytes"
	"encoding/json"
	"math"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"itms"
)

// maxDeviceKey bounds a key made of a DeviceID: three parts of 128 bytes, each byte
// percent-encoded to three, and two dashes.
const maxDeviceKey = 3*3*128 + 2

// Usable reports whether s can be looked up at all. An engine answers "not found"
// to other strings: they come from outside, and no stored key looks like them.
func Usable(s string) bool {
	return s != "" && utf8.ValidString(s) && !strings.Contains(s, "\x00")
}

// Plain reports why s cannot stand in a secondary key: those may be empty.
func Plain(pointer, s string) error {
	if s == "" {
		return nil
	}
	return itms.CheckKey(pointer, s)
}

// Column brings a text that devices tell to what it is listed and counted by: one that
// can be no key counts as empty.
func Column(s string) string {
	if itms.CheckKey("", s) != nil {
		return ""
	}
	return s
}

// first returns the first error.
func first(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// deviceKey reports why id cannot be the key of a device.
func deviceKey(pointer string, id itms.DeviceID) error {
	switch key := id.String(); {
	case id.OUI == "" || id.Serial == "":
		return itms.Invalid(pointer, "needs an OUI and a serial number")
	case len(key) > maxDeviceKey:
		return itms.Invalid(pointer, "is longer than %d bytes", maxDeviceKey)
	}
	return nil
}

// marshal writes a document whose key was checked.
func marshal(check error, v any) ([]byte, error) {
	if check != nil {
		return nil, check
	}
	data, err := json.Marshal(v)
	if err != nil {
		return nil, itms.Errorf(itms.KindInternal, itms.CodeInternal, "encode a %T", v).Because(err)
	}
	return data, nil
}

// Decode reads a document into a new T.
func Decode[T any](data []byte) (*T, error) {
	v := new(T)
	if err := json.Unmarshal(data, v); err != nil {
		return nil, itms.Errorf(itms.KindInternal, itms.CodeInternal, "decode a stored %T", v).Because(err)
	}
	return v, nil
}

// Device brings d to what is kept of it, sharing nothing with the caller, and returns
// it with its document.
func Device(d *itms.Device) (*itms.Device, []byte, error) {
	c := d.Clone()
	stamp(&c.FirstSeen, &c.LastBoot, &c.Upgrade.Due, &c.Guesses.Until, &c.Guesses.Last, &c.Sighting.At, &c.Sighting.Elsewhere,
		&c.UDP.At, &c.Reach.At, &c.Call.At, &c.Call.Next, &c.Fetched.At)
	for i := range c.Guesses.Wrong {
		stamp(&c.Guesses.Wrong[i])
	}
	keepCable(c.Cable)
	c.LastContact, c.LastSession = time.Time{}, itms.SessionSummary{} // kept apart
	bare(&c.Asked)
	bare(&c.ConnectionPassword)
	bare(&c.Sync.Read)
	bare(&c.Sync.Missing)
	bare(&c.Sync.Checked)
	bare(&c.Sync.Before)
	bare(&c.Guesses.Wrong)
	bare(&c.Hosts)
	if len(c.Sync.Rows) == 0 {
		c.Sync.Rows = nil
	}
	return encode(first(deviceKey("/id", d.ID), Plain("/state", string(d.State))), c)
}

// keepCable brings what is known of a cable device to what is kept of it. A device may
// say anything of its telephone adapter: what is no address of a device could not be read
// again.
func keepCable(c *itms.Cable) {
	if c == nil {
		return
	}
	stamp(&c.LeasedAt, &c.File.At)
	bare(&c.Facts.Parts)
	if len(c.Facts.Capabilities) == 0 {
		c.Facts.Capabilities = nil
	}
	if _, err := itms.ParseMAC(c.Facts.MTA.Key()); err != nil {
		c.Facts.MTA = itms.MAC{}
	}
}

// Session brings s to what is kept of it, sharing nothing with the caller.
func Session(s itms.SessionSummary) itms.SessionSummary {
	s.Started = itms.Timestamp(s.Started)
	s.Events, s.RPCs, s.Faults = clone(s.Events), clone(s.RPCs), clone(s.Faults)
	return s
}

// clone copies a list; an empty one becomes nil as it does in a document.
func clone(list []string) []string {
	if len(list) == 0 {
		return nil
	}
	return slices.Clone(list)
}

// SessionDoc returns the document of s.
func SessionDoc(s *itms.SessionSummary) ([]byte, error) { return marshal(nil, s) }

// Service brings s to what is kept of it, sharing nothing with the caller, and returns
// it with its document.
func Service(s *itms.Service) (*itms.Service, []byte, error) {
	return encode(itms.CheckKey("/id", string(s.ID)), keptService(s))
}

// keptService is what is kept of s.
func keptService(s *itms.Service) *itms.Service {
	c := s.Clone()
	stamp(&c.CreatedAt, &c.UpdatedAt)
	bare(&c.Password)
	bare(&c.Access.Password)
	if len(c.Attributes) == 0 {
		c.Attributes = nil
	}
	if len(c.Seqs) == 0 {
		c.Seqs = nil
	}
	if len(c.Neighbours) == 0 {
		c.Neighbours = nil
	}
	return c
}

// Binding brings b to what is kept of it, sharing nothing with the caller, and returns
// it with its document.
func Binding(b *itms.Binding) (*itms.Binding, []byte, error) {
	c := b.Clone()
	stamp(&c.CreatedAt, &c.UpdatedAt)
	return encode(first(itms.CheckKey("/id", string(b.ID)), itms.CheckKey("/service", string(b.Service)),
		Plain("/state", string(b.State))), c)
}

// Order brings o to what is kept of it, sharing nothing with the caller, and returns it
// with its document.
func Order(o *itms.Order) (*itms.Order, []byte, error) {
	c := o.Clone()
	c.Code, c.SharesNo = "", false // told once
	c.Request.ForgetSecrets()
	stamp(&c.CreatedAt, &c.UpdatedAt, &c.DueBy, &c.Request.DueBy)
	for i := range c.History {
		stamp(&c.History[i].At)
	}
	for i := range c.Neighbours {
		stamp(&c.Neighbours[i].At)
		c.Neighbours[i].Failure = Text(c.Neighbours[i].Failure)
	}
	bare(&c.Neighbours)
	bare(&c.ServicePassword)
	bare(&c.AccessPassword)
	if len(c.Request.Attributes) == 0 {
		c.Request.Attributes = nil
	}
	if o.Before != nil {
		c.Before = keptService(o.Before)
	}
	return encode(first(itms.CheckKey("/id", string(o.ID)), itms.CheckKey("/orderNo", string(o.No)),
		Plain("/source", o.Source), Plain("/state", string(o.State)), Plain("/kind", string(o.Kind)),
		Plain("/line/area", o.Area)), c)
}

// stamp brings times to the kept precision.
func stamp(times ...*time.Time) {
	for _, t := range times {
		*t = itms.Timestamp(*t)
	}
}

// bare makes an empty list nil, as it is read back.
func bare[S ~[]E, E any](list *S) {
	if len(*list) == 0 {
		*list = nil
	}
}

// encode returns v, brought to what is kept of it, with its document.
func encode[T any](check error, v *T) (*T, []byte, error) {
	doc, err := marshal(check, v)
	if err == nil && bytes.Contains(doc, []byte(`\ufffd`)) { // a text was not UTF-8 and is not kept as it is
		v, err = Decode[T](doc)
	}
	if err != nil {
		return nil, nil, err
	}
	return v, doc, nil
}

// Activation returns the document of a.
func Activation(a *itms.Activation) ([]byte, error) {
	c := *a
	c.IssuedAt, c.ExpiresAt, c.UsedAt = itms.Timestamp(a.IssuedAt), itms.Timestamp(a.ExpiresAt), itms.Timestamp(a.UsedAt)
	return marshal(itms.CheckKey("/hash", a.Hash), &c)
}

// Reply returns the document of r.
func Reply(r *itms.Reply) ([]byte, error) {
	c := *r
	stamp(&c.At)
	bare(&c.Body)
	return marshal(itms.CheckKey("/key", r.Key), &c)
}

// StockItem returns the document of s. Its address must be one that can be read
// back: neither zero nor a group's.
func StockItem(s *itms.StockItem) ([]byte, error) {
	c := *s
	c.CreatedAt, c.UpdatedAt = itms.Timestamp(s.CreatedAt), itms.Timestamp(s.UpdatedAt)
	_, err := itms.ParseMAC(s.MAC.Key())
	return marshal(first(err, Plain("/state", string(s.State)), Plain("/batch", s.Batch)), &c)
}

// Task returns the document of t.
func Task(t *itms.Task) ([]byte, error) {
	c := *t
	for _, at := range []*time.Time{&c.CreatedAt, &c.UpdatedAt, &c.NotBefore, &c.ExpiresAt, &c.Run.Next, &c.Run.SentAt, &c.Call.At, &c.Call.Next} {
		*at = itms.Timestamp(*at)
	}
	c.Result = taskResult(t.Result)
	c.Steps = slices.Clone(t.Steps)
	for i := range c.Steps {
		c.Steps[i].At = itms.Timestamp(c.Steps[i].At)
	}
	return marshal(first(itms.CheckKey("/id", string(t.ID)), deviceKey("/device", t.Device)), &c)
}

// taskResult brings the times of a result to the kept precision.
func taskResult(r *itms.TaskResult) *itms.TaskResult {
	if r == nil {
		return nil
	}
	c := *r
	c.Started, c.Completed = itms.Timestamp(r.Started), itms.Timestamp(r.Completed)
	c.Options = slices.Clone(r.Options)
	for i := range c.Options {
		o := &c.Options[i]
		o.Starts, o.Expires = itms.Timestamp(o.Starts), itms.Timestamp(o.Expires)
	}
	return &c
}

// Batch returns the document of b.
func Batch(b *itms.Batch) ([]byte, error) {
	c := *b
	for _, at := range []*time.Time{&c.CreatedAt, &c.UpdatedAt, &c.Terms.NotBefore, &c.Terms.ExpiresAt} {
		*at = itms.Timestamp(*at)
	}
	return marshal(itms.CheckKey("/id", string(b.ID)), &c)
}

// File returns the document of f.
func File(f *itms.File) ([]byte, error) {
	c := *f
	c.CreatedAt = itms.Timestamp(f.CreatedAt)
	return marshal(first(itms.CheckKey("/id", string(f.ID)), Plain("/kind", string(f.Kind)), Plain("/sha256", f.SHA256)), &c)
}

// Chunk reports why a chunk cannot be stored.
func Chunk(id itms.FileID, n int, content []byte) error {
	switch {
	case n < 0 || n > math.MaxInt32:
		return itms.Invalid("/n", "is not the number of a chunk")
	case len(content) == 0 || len(content) > itms.ChunkSize:
		return itms.Invalid("/content", "has %d bytes; a chunk has 1 to %d", len(content), itms.ChunkSize)
	}
	return itms.CheckKey("/id", string(id))
}

// Transfer returns the document of t.
func Transfer(t *itms.Transfer) ([]byte, error) {
	c := *t
	stamp(&c.CreatedAt, &c.ExpiresAt, &c.ServedAt, &c.DoneAt)
	return marshal(first(itms.CheckKey("/token", t.Token), Plain("/task", string(t.Task)), Plain("/file", string(t.File))), &c)
}

// Trace returns the document of t.
func Trace(t *itms.Trace) ([]byte, error) {
	c := *t
	stamp(&c.CreatedAt, &c.Until)
	return marshal(itms.CheckKey("/id", string(t.ID)), &c)
}

// TraceMessage returns the document of m.
func TraceMessage(m *itms.TraceMessage) ([]byte, error) {
	c := *m
	stamp(&c.At)
	if len(c.Headers) == 0 {
		c.Headers = nil
	}
	return marshal(nil, &c)
}

// Event returns the document of e.
func Event(e *itms.Event) ([]byte, error) {
	c := *e
	c.At = itms.Timestamp(e.At)
	return marshal(nil, &c)
}

// Delivery brings d to the kept precision and checks its keys.
func Delivery(d *itms.Delivery) (itms.Delivery, error) {
	c := *d
	c.Due, c.QueuedAt = itms.Timestamp(d.Due), itms.Timestamp(d.QueuedAt)
	return c, first(itms.CheckKey("/id", d.ID), Plain("/stream", d.Stream), Plain("/lane", d.Lane))
}

// DeliveryDoc returns the document of d.
func DeliveryDoc(d *itms.Delivery) ([]byte, error) { return marshal(nil, d) }

// Token returns the document of t.
func Token(t *itms.Token) ([]byte, error) {
	c := *t
	c.CreatedAt = itms.Timestamp(t.CreatedAt)
	return marshal(itms.CheckKey("/hash", t.Hash), &c)
}

// Text makes foreign words storable: a peer's error message may hold anything.
func Text(s string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "\uFFFD")
}

// NextTraceMessage gives a message the next place in its trace, counts it there and
// returns its document.
func NextTraceMessage(t *itms.Trace, m *itms.TraceMessage) ([]byte, error) {
	t.Messages++
	t.Bytes += m.Size()
	m.Seq = t.Messages
	return TraceMessage(m)
}
