package itms

import (
	"slices"
	"strings"
	"time"
)

// Command is something to do on a device, free of any protocol; the CWMP door
// turns it into an RPC. The set is closed: see the types below. Each carries a Why
// that a door hands back untouched within Outcome.Command.
type Command interface {
	// Method is the field's name for it, that of the RPC in TR-069 Annex A.
	Method() string
	command()
}

// GetNames lists parameters below Path; NextLevel lists one level only
// (GetParameterNames).
type GetNames struct {
	Path      ParamPath
	NextLevel bool
	Why       string
}

// GetValues reads parameters or whole objects (GetParameterValues).
type GetValues struct {
	Paths []ParamPath
	Key   string // of the turn that the answer belongs to; not sent
	Why   string
}

// SetValues writes parameters, all or none (SetParameterValues).
type SetValues struct {
	Values []SetValue
	Key    string // ParameterKey, at most 32 characters
	Why    string
}

// SetValue is one value to write. Hide marks a credential.
type SetValue struct {
	Name  ParamPath
	Value string
	Type  string
	Hide  bool
}

// AddObject creates a row below Table (AddObject).
type AddObject struct {
	Table ParamPath
	Key   string // ParameterKey
	Why   string
}

// DeleteObject removes a row or object (DeleteObject).
type DeleteObject struct {
	Object ParamPath
	Key    string // ParameterKey
	Why    string
}

// Reboot restarts the device (Reboot).
type Reboot struct {
	Key string // CommandKey, at most 32 characters
	Why string
}

// Download makes the device fetch a file (Download). Outcome.Status 1 means that
// the end is told later, by a Notice of TransferComplete with the same Key.
type Download struct {
	Key      string // CommandKey, at most 32 characters
	FileType string // e.g. FileFirmware
	URL      string
	Username string
	Password string
	Size     int // bytes, 0 = not said
	Why      string
}

// FileFirmware is the FileType of firmware (TR-069 Amd 6 A.3.2.8).
const FileFirmware = "1 Firmware Upgrade Image"

// Method implements Command.
func (GetNames) Method() string { return "GetParameterNames" }

// Method implements Command.
func (GetValues) Method() string { return "GetParameterValues" }

// Method implements Command.
func (SetValues) Method() string { return "SetParameterValues" }

// Method implements Command.
func (AddObject) Method() string { return "AddObject" }

// Method implements Command.
func (DeleteObject) Method() string { return "DeleteObject" }

// Method implements Command.
func (Reboot) Method() string { return "Reboot" }

// Method implements Command.
func (Download) Method() string { return "Download" }

func (GetNames) command()     {}
func (GetValues) command()    {}
func (SetValues) command()    {}
func (AddObject) command()    {}
func (DeleteObject) command() {}
func (Reboot) command()       {}
func (Download) command()     {}

// Outcome is what became of a Command: values, a status, or a fault.
type Outcome struct {
	Command  Command
	Values   []Param // of GetValues (Value, Type) and GetNames (Name, Writable)
	Status   int     // 0 = applied, 1 = applied after the session or a reboot
	Instance string  // of AddObject
	Fault    *DeviceFault
}

// DeviceFault is a device's refusal (TR-069 Amd 6 A.5).
type DeviceFault struct {
	Code   int
	Text   string
	Params []ParamFault
}

// ParamFault is the refusal of one parameter of a SetValues.
type ParamFault struct {
	Name ParamPath
	Code int
	Text string
}

// The CPE fault codes that decisions are made on (TR-069 Amd 6 A.5.1).
const (
	FaultMethod       = 9000
	FaultDenied       = 9001
	FaultInternal     = 9002
	FaultArguments    = 9003
	FaultResources    = 9004
	FaultName         = 9005
	FaultType         = 9006
	FaultValue        = 9007
	FaultNotWritable  = 9008
	FaultNotification = 9009
)

// Transient reports whether trying the same again later may succeed.
func (f *DeviceFault) Transient() bool {
	return f.Code == FaultDenied || f.Code == FaultInternal || f.Code == FaultResources
}

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
}

// The event codes the domain decides on (TR-069 Amd 6 §3.7.1.5).
const (
	EventBootstrap = "0 BOOTSTRAP"
	EventBoot      = "1 BOOT"
	EventMReboot   = "M Reboot"
	// EventConnectionRequest says that the device was asked for contact.
	EventConnectionRequest = "6 CONNECTION REQUEST"
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
	At      time.Time
}
