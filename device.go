package itms

import "time"

// DeviceState says what a device is doing and whose move is next.
type DeviceState string

// Device states. Those that later work needs (stock, codes, upgrades) are named
// here once so that stored data and screens never change their words.
const (
	DeviceUnknown       DeviceState = "unknown"       // never in contact
	DeviceInStock       DeviceState = "inStock"       // in the warehouse
	DeviceOnlineUnbound DeviceState = "onlineUnbound" // in contact, no order names it: ours or the BSS's move
	DeviceCodeRequired  DeviceState = "codeRequired"  // asks for an activation code: the technician's move
	DeviceLocked        DeviceState = "locked"        // too many wrong codes
	DeviceUpgrading     DeviceState = "upgrading"     // firmware in flight
	DeviceConfiguring   DeviceState = "configuring"   // service values being pushed: the device's move
	DeviceInService     DeviceState = "inService"     // verified
	DeviceSuspended     DeviceState = "suspended"
	DeviceQuarantine    DeviceState = "quarantine"
	DeviceWipePending   DeviceState = "wipePending"
	DeviceRecycled      DeviceState = "recycled"
	DeviceBlocked       DeviceState = "blocked" // an operator forbade it any session
)

// Device is the small, hot record of one CPE. Its parameters live apart in a
// ParamTree.
type Device struct {
	ID           DeviceID    `json:"id"`
	Manufacturer string      `json:"manufacturer,omitempty"`
	Model        string      `json:"model,omitempty"`
	Hardware     string      `json:"hardware,omitempty"`
	Software     string      `json:"software,omitempty"`
	MAC          MAC         `json:"mac,omitzero"`
	STBID        STBID       `json:"stbId,omitempty"`
	IP           string      `json:"ip,omitempty"`   // source address of the last stored Inform
	Root         ParamPath   `json:"root,omitempty"` // "Device." or "InternetGatewayDevice."
	CWMP         string      `json:"cwmp,omitempty"` // namespace version the CPE speaks, e.g. "1-0"
	Profile      string      `json:"profile,omitempty"`
	State        DeviceState `json:"state"`
	Blocked      bool        `json:"blocked,omitempty"`
	Conflict     bool        `json:"conflict,omitempty"` // contradicts another device: nothing is pushed
	Problem      string      `json:"problem,omitempty"`  // why an operator must look, in words

	// Asked lists the identity parameters that were requested once already, so
	// that a box which does not have them is not asked at every contact.
	Asked []ParamPath `json:"asked,omitempty"`
	// AskSingly is set once the device refused a combined request for them.
	AskSingly bool   `json:"askSingly,omitempty"`
	AskPause  string `json:"askPause,omitempty"` // session in which nothing more is asked
	// Inquired is set once nothing more need be asked about dialect and identity.
	Inquired bool `json:"inquired,omitempty"`

	ConnectionRequestURL string `json:"crUrl,omitempty"`
	ConnectionUsername   string `json:"crUser,omitempty"`
	ConnectionPassword   Sealed `json:"crPassword,omitempty"`

	InformHash string    `json:"informHash,omitempty"` // of the last stored Inform's parameter list
	Models     string    `json:"models,omitempty"`     // of the profiles in use when it was last matched
	FirstSeen  time.Time `json:"firstSeen,omitzero"`
	LastBoot   time.Time `json:"lastBoot,omitzero"`

	// Fence is the CWMP session that wrote last. Session ids are time-ordered: a
	// session may take the fence from an older one, never from a newer one.
	Fence string `json:"fence,omitempty"`
	Sync  Sync   `json:"sync,omitzero"`

	// LastContact and LastSession are filled by the store from its coalesced
	// contact records; they are not part of the stored document.
	LastContact time.Time      `json:"-"`
	LastSession SessionSummary `json:"-"`
}

// SyncPhase is the step of a reconciliation pass.
type SyncPhase string

// A pass goes read (and push) -> reboot if need be -> verify; the empty phase is idle.
const (
	SyncIdle   SyncPhase = ""
	SyncRead   SyncPhase = "read"
	SyncReboot SyncPhase = "reboot" // a Reboot is due
	SyncVerify SyncPhase = "verify"
	SyncFailed SyncPhase = "failed" // gave up on Target; an operator's or BSS's move
)

// Sync is the durable progress of bringing a device to its wanted state. Target
// names that state; the device is in sync when Applied equals the current target.
type Sync struct {
	Target  string            `json:"target,omitempty"`  // "<generation>/<revision>/<profile digest>@<interval>"
	Applied string            `json:"applied,omitempty"` // the last target that was verified
	Phase   SyncPhase         `json:"phase,omitempty"`
	Tries   int               `json:"tries,omitempty"`   // refused, unverified or unanswered writes for Target
	Pause   string            `json:"pause,omitempty"`   // session in which nothing more is tried
	Sent    string            `json:"sent,omitempty"`    // what was sent and is not answered yet
	SentIn  string            `json:"sentIn,omitempty"`  // the session it was sent in
	Read    []ParamPath       `json:"read,omitempty"`    // paths read in this pass
	Singly  bool              `json:"singly,omitempty"`  // a combined read was refused: one path per request
	Checked []ParamPath       `json:"checked,omitempty"` // read back one by one
	Rows    map[string]string `json:"rows,omitempty"`    // alias -> instance number of rows that were added
	Adding  string            `json:"adding,omitempty"`  // alias of the row that is being added
	Before  []string          `json:"before,omitempty"`  // instances of its table before that
	Missing []ParamPath       `json:"missing,omitempty"` // names the device refused
	Later   bool              `json:"later,omitempty"`   // the device applies the values after the session
	Reason  string            `json:"reason,omitempty"`  // the last failure in words
}

// SessionSummary is what remains of one CWMP session.
type SessionSummary struct {
	ID       string        `json:"id"`
	Device   DeviceID      `json:"device"`
	Node     string        `json:"node,omitempty"`
	Remote   string        `json:"remote,omitempty"`
	Started  time.Time     `json:"started"`
	Duration time.Duration `json:"durationNs"`
	Events   []string      `json:"events,omitempty"` // event codes of the Inform
	RPCs     []string      `json:"rpcs,omitempty"`   // methods sent by the ACS, in order
	Faults   []string      `json:"faults,omitempty"` // fault code and text of each fault
	BytesIn  int64         `json:"bytesIn"`
	BytesOut int64         `json:"bytesOut"`
	End      string        `json:"end"` // done, timeout, fenced, error
}

// Eventful reports whether the session deserves a history row of its own; the
// others only move the last contact.
func (s *SessionSummary) Eventful() bool {
	return len(s.RPCs) > 0 || len(s.Faults) > 0 || s.End != SessionDone
}

// How a session ended.
const (
	SessionDone    = "done"
	SessionTimeout = "timeout"
	SessionFenced  = "fenced"
	SessionError   = "error"
)

// Terms lists what the device can be found by.
func (d *Device) Terms() []Term {
	return compactTerms(
		Term{TermMAC, d.MAC.Key()}, Term{TermSTBID, string(d.STBID)},
		Term{TermSerial, d.ID.Serial}, Term{TermIP, d.IP})
}
