package itms

import (
	"slices"
	"strings"
	"time"
)

// Contact is one Inform as the domain sees it.
type Contact struct {
	Device       DeviceID
	Manufacturer string
	CWMP         string   // namespace version, e.g. "1-0"
	Events       []string // event codes in their standard spelling, e.g. "0 BOOTSTRAP"
	CommandKeys  []string // of the events, same order; "" where none
	Params       []Param
	Proof        Proof  // how the device proved itself
	Retries      int    // RetryCount: sessions that failed before this one
	Remote       string // source address without port
	Session      string // time-ordered (NewID): a later session has a greater id
	At           time.Time

	// Left is the RPC that the device was at work on in a session that this one cuts off:
	// it broke off instead of answering. "" when nothing was, or nobody knows.
	Left string
	// Manner is no part of the Inform: who takes it in says by it how the device wants to
	// be spoken to from the answer on.
	Manner Manner
}

// The event codes the domain decides on (TR-069 Amd 6 §3.7.1.5).
const (
	EventBootstrap         = "0 BOOTSTRAP"
	EventBoot              = "1 BOOT"
	EventConnectionRequest = "6 CONNECTION REQUEST"
	EventScheduled         = "3 SCHEDULED"
	EventDiagnostics       = "8 DIAGNOSTICS COMPLETE"
	EventMReboot           = "M Reboot"
	EventMSchedule         = "M ScheduleInform"
)

// SameEvent reports whether two event codes are the same when spaces, underscores
// and case are ignored, as vendors' own codes are written in many ways.
func SameEvent(a, b string) bool { return foldEvent(a) == foldEvent(b) }

// foldEvent drops what does not tell event codes apart.
func foldEvent(s string) string {
	return strings.ToUpper(strings.NewReplacer(" ", "", "_", "", "\t", "").Replace(s))
}

// VendorEvent reports whether the Inform carries an event of a vendor ("X ...").
func (c *Contact) VendorEvent() bool {
	return slices.ContainsFunc(c.Events, func(e string) bool { return strings.HasPrefix(foldEvent(e), "X") })
}

// HasAny reports whether the Inform carries one of the events, however it is
// spelt.
func (c *Contact) HasAny(events []string) bool {
	return slices.ContainsFunc(c.Events, func(have string) bool {
		return slices.ContainsFunc(events, func(want string) bool { return SameEvent(have, want) })
	})
}

// Has reports whether the Inform carries the event code.
func (c *Contact) Has(event string) bool {
	for _, e := range c.Events {
		if e == event {
			return true
		}
	}
	return false
}

// HasKey reports whether the Inform carries the event with the CommandKey.
func (c *Contact) HasKey(event, key string) bool {
	for i, e := range c.Events {
		if e == event && i < len(c.CommandKeys) && c.CommandKeys[i] == key {
			return true
		}
	}
	return false
}

// Notice is something a device reports within a session besides the Inform:
// TransferComplete, RequestDownload and the like.
type Notice struct {
	Device  DeviceID
	Session string            // in which it is reported
	Method  string            // RPC name
	Key     string            // CommandKey, where the RPC has one
	Fault   int               // fault code it reports, 0 = success
	Text    string            // in words
	Data    map[string]string // its arguments, without secrets
	Units   []UnitResult      // of DUStateChangeComplete
	Started time.Time         // of a transfer; zero = not said
	Ended   time.Time
	At      time.Time
}
