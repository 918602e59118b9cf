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
	ID           DeviceID  `json:"id"`
	Manufacturer string    `json:"manufacturer,omitempty"`
	Model        string    `json:"model,omitempty"`
	Hardware     string    `json:"hardware,omitempty"`
	Software     string    `json:"software,omitempty"`
	MAC          MAC       `json:"mac,omitzero"`
	STBID        STBID     `json:"stbId,omitempty"`
	IP           string    `json:"ip,omitempty"`   // source address of the last stored Inform
	Root         ParamPath `json:"root,omitempty"` // "Device." or "InternetGatewayDevice."
	CWMP         string    `json:"cwmp,omitempty"` // namespace version the CPE speaks, e.g. "1-0"
	Profile      string    `json:"profile,omitempty"`
	// Area is where it serves: the area of the slot that it is tied to, else of the line
	// where the network last saw it.
	Area     string      `json:"area,omitempty"`
	State    DeviceState `json:"state"`
	Blocked  bool        `json:"blocked,omitempty"`
	Conflict bool        `json:"conflict,omitempty"` // contradicts another device: nothing is pushed
	Problem  string      `json:"problem,omitempty"`  // why an operator must look, in words
	Suspect  bool        `json:"suspect,omitempty"`  // Problem is about what it says of itself

	// Asked lists the identity parameters that were requested once already, so
	// that a box which does not have them is not asked at every contact.
	Asked []ParamPath `json:"asked,omitempty"`
	// AskSingly is set once the device refused a combined request for them.
	AskSingly bool   `json:"askSingly,omitempty"`
	AskPause  string `json:"askPause,omitempty"` // session in which nothing more is asked
	// Silence counts the sessions that broke off at the question which is next.
	Silence Silence `json:"silence,omitzero"`
	// Shunned lists what the device died of being asked for; a factory reset does not
	// change that, other software does.
	Shunned []ParamPath `json:"shunned,omitempty"`
	// Inquired is set once nothing more need be asked about dialect and identity.
	Inquired bool `json:"inquired,omitempty"`

	// Wipe is the released binding whose credentials the device may still hold: they
	// must be overwritten.
	Wipe BindingID `json:"wipe,omitempty"`
	// Upgrade is the firmware that the device must get before anything else.
	Upgrade Upgrade `json:"upgrade,omitzero"`
	// Page is the registration page that the device shows to people.
	Page Page `json:"page,omitzero"`
	// Guesses counts wrong activation codes.
	Guesses Guesses `json:"guesses,omitzero"`
	// Typed is the keyed fingerprint of the last code that came from the device:
	// boxes repeat it in each Inform.
	Typed string `json:"typed,omitempty"`
	// LOID and LOIDPassword are keyed fingerprints of what was typed into a gateway
	// last: an order may arrive after it. In clear they may be an activation code.
	LOID         string `json:"loid,omitempty"`
	LOIDPassword string `json:"loidPassword,omitempty"`
	// Fetch is set when the device announced a typed code and did not send it.
	Fetch bool `json:"fetch,omitempty"`
	// Methods are the RPCs that it offers, in order; nil = not asked since it was reset
	// or got other software.
	Methods []string `json:"methods,omitempty"`
	// Tasks counts the tasks that have not ended, so that a session need not look.
	Tasks int `json:"tasks,omitempty"`
	// Hosts are the MACs that a gateway reports behind it, at most MaxHosts.
	Hosts []MAC `json:"hosts,omitempty"`
	// Sighting is where the network last saw the device.
	Sighting Sighting `json:"sighting,omitzero"`

	// Login is how the device proves itself to this system.
	Login Login `json:"login,omitzero"`
	// Unadmitted is set when first contact was not what the policy allows: nothing is
	// sent until an operator unblocks the device.
	Unadmitted bool `json:"unadmitted,omitempty"`
	// Fetched is the firmware that it last fetched by itself and does not report yet.
	Fetched OwnImage `json:"fetched,omitzero"`

	ConnectionRequestURL string `json:"crUrl,omitempty"`
	ConnectionUsername   string `json:"crUser,omitempty"`
	ConnectionPassword   Sealed `json:"crPassword,omitempty"`
	// UDPAddress and NAT are ManagementServer.UDPConnectionRequestAddress and
	// NATDetected as the device last told them.
	UDPAddress string `json:"crUdp,omitempty"`
	NAT        bool   `json:"nat,omitempty"`
	// UDP is the binding that a node saw. It is written when it moves, not when it is
	// refreshed.
	UDP UDPBinding `json:"udp,omitzero"`
	// Reach is how the device was last brought into contact, Call what became of the
	// last connection request. Both are written when they change in kind.
	Reach Reach      `json:"reach,omitzero"`
	Call  CallReport `json:"call,omitzero"`

	InformHash string    `json:"informHash,omitempty"` // of the last stored Inform's parameter list
	Models     string    `json:"models,omitempty"`     // of the profiles in use when it was last matched
	FirstSeen  time.Time `json:"firstSeen,omitzero"`
	LastBoot   time.Time `json:"lastBoot,omitzero"`

	// Fence is the CWMP session that wrote last. Session ids are time-ordered: a
	// session may take the fence from an older one, never from a newer one.
	Fence string `json:"fence,omitempty"`
	Sync  Sync   `json:"sync,omitzero"`
	// Attributes is how far the device is with what it shall report by itself.
	Attributes AttributeSync `json:"attributes,omitzero"`

	// Cable is what is known of a device that is provisioned by DHCP; nil for others.
	Cable *Cable `json:"cable,omitempty"`

	// LastContact and LastSession are filled by the store from its coalesced
	// contact records; they are not part of the stored document.
	LastContact time.Time      `json:"-"`
	LastSession SessionSummary `json:"-"`
}

// Silence is how often in a row a question about dialect and identity was not answered.
type Silence struct {
	In    string `json:"in,omitempty"` // session that was counted last
	Count int    `json:"count,omitempty"`
}

// Login is how far a device is with credentials of its own for this system. They
// are counted: the words follow from the device's id and that number.
type Login struct {
	Wanted    int    `json:"wanted,omitempty"`    // those it should use; 0 = none were made
	Confirmed int    `json:"confirmed,omitempty"` // those it used last; 0 = none yet
	Factory   bool   `json:"factory,omitempty"`   // it was reset: the shared ones are good until it has used Wanted
	Tries     int    `json:"tries,omitempty"`     // how often Wanted was written
	Pause     string `json:"pause,omitempty"`     // session in which nothing more is tried
	Failed    string `json:"failed,omitempty"`    // why they were given up, in words
}

// Pending reports whether the device is still to use what it should.
func (l *Login) Pending() bool { return l.Wanted > l.Confirmed }

// MaxHosts bounds the hosts kept of a gateway: twice what a home has.
const MaxHosts = 64

// Upgrade is a firmware download on its way; the zero value is none.
type Upgrade struct {
	Version string    `json:"version,omitempty"` // that must be reported in the end
	Key     string    `json:"key,omitempty"`     // CommandKey of the Download; "" = not sent yet
	Due     time.Time `json:"due,omitzero"`      // by when the new version must have been reported
	Tries   int       `json:"tries,omitempty"`
	Failed  string    `json:"failed,omitempty"` // why it was given up
	Told    bool      `json:"told,omitempty"`   // the device said that it was transferred
	Pause   string    `json:"pause,omitempty"`  // session in which nothing more is tried
}

// OwnImage is firmware that a device fetched without being told to
// (AutonomousTransferComplete).
type OwnImage struct {
	From string    `json:"from,omitempty"` // address without credentials
	At   time.Time `json:"at,omitzero"`    // when it was told
}

// Active reports whether the device is to get firmware before anything else.
func (u *Upgrade) Active() bool { return u.Version != "" && u.Failed == "" }

// PageState says what a device's registration page should tell the person in front
// of it.
type PageState string

// Page states.
const (
	PageNone    PageState = ""        // never touched
	PageAsk     PageState = "ask"     // type the code
	PageRefused PageState = "refused" // the code was wrong: type it again
	PageLocked  PageState = "locked"  // too many wrong codes
	PagePushing PageState = "pushing" // accepted; the service is being written
	PageDone    PageState = "done"
	PageFailed  PageState = "failed"
	PageIdle    PageState = "idle" // registered already, nothing to do
)

// PageView is what a page shows. Verdict and Times are for pages that tell more.
type PageView struct {
	State   PageState `json:"state,omitempty"`
	Verdict Verdict   `json:"verdict,omitempty"`
	Times   int       `json:"times,omitempty"` // wrong codes so far
}

// Verdict is how a gateway's registration was judged, as the Status parameter of
// its page counts (China Telecom's home gateway specification).
type Verdict int

// Verdicts.
const (
	VerdictOK              Verdict = 0
	VerdictPasswordUnknown Verdict = 1
	VerdictLOIDUnknown     Verdict = 2
	VerdictMismatch        Verdict = 3
	VerdictTimeout         Verdict = 4
	VerdictNothingToDo     Verdict = 5
)

// Page is a registration page: what it should show and what it was last told to.
type Page struct {
	Want PageView `json:"want,omitzero"`
	Held PageView `json:"held,omitzero"`
	Sent int      `json:"sent,omitempty"` // how often Want was sent without an answer
}

// Guesses counts wrong activation codes from one origin.
type Guesses struct {
	Wrong []time.Time `json:"wrong,omitempty"` // of the wrong ones within the window
	Until time.Time   `json:"until,omitzero"`  // locked until then; zero = not locked
	Last  time.Time   `json:"last,omitzero"`   // when the last lock ends, or ended
	Locks int         `json:"locks,omitempty"` // how often it was locked in a row: each doubles
}

// Sighting is line evidence: what DHCP option 82, an AAA server or a gateway tells of
// where a device is.
type Sighting struct {
	Line       Line      `json:"line,omitzero"`
	Subscriber string    `json:"subscriber,omitempty"`
	Account    string    `json:"account,omitempty"`
	Source     string    `json:"source,omitempty"` // who says so, in words
	At         time.Time `json:"at,omitzero"`
	// Elsewhere is since when the device is seen on a line that is not its service's.
	Elsewhere time.Time `json:"elsewhere,omitzero"`
	Moved     bool      `json:"moved,omitempty"` // seen elsewhere twice, long enough apart
}

// SyncPhase is the step of a reconciliation pass.
type SyncPhase string

// A pass goes read (and push) -> reboot if need be -> verify -> evidence if the
// profile knows some; the empty phase is idle.
const (
	SyncIdle   SyncPhase = ""
	SyncRead   SyncPhase = "read"
	SyncReboot SyncPhase = "reboot" // a Reboot is due
	SyncVerify SyncPhase = "verify"
	SyncProof  SyncPhase = "proof"  // read back; the platform's evidence is awaited
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
	SentBy  string            `json:"sentBy,omitempty"`  // the process that sent it
	Read    []ParamPath       `json:"read,omitempty"`    // paths read in this pass
	Singly  bool              `json:"singly,omitempty"`  // a combined read was refused: one path per request
	Checked []ParamPath       `json:"checked,omitempty"` // read back one by one
	Rows    map[string]string `json:"rows,omitempty"`    // alias -> instance number of rows that were added
	Adding  string            `json:"adding,omitempty"`  // alias of the row that is being added
	Before  []string          `json:"before,omitempty"`  // instances of its table before that
	Missing []ParamPath       `json:"missing,omitempty"` // names the device refused
	Later   bool              `json:"later,omitempty"`   // the device applies the values after the session
	Reason  string            `json:"reason,omitempty"`  // the last failure in words
	Trouble Trouble           `json:"trouble,omitempty"` // the same as a code
	All     bool              `json:"all,omitempty"`     // write everything, not the difference only
	Task    TaskID            `json:"task,omitempty"`    // the recovery that this pass belongs to
}

// Anew is the progress of a device at rest that is to be read and compared once more;
// a pass under way goes on.
func (s Sync) Anew() Sync {
	if s.Phase != SyncIdle || s.Target == "" {
		return s
	}
	return Sync{Target: s.Target, Phase: SyncRead, Missing: s.Missing, Rows: s.Rows}
}

// SessionSummary is what remains of one CWMP session.
type SessionSummary struct {
	ID       string        `json:"id"`
	Device   DeviceID      `json:"device"`
	Node     string        `json:"node,omitempty"`
	Remote   string        `json:"remote,omitempty"`
	Started  time.Time     `json:"started"`
	Duration time.Duration `json:"durationNs"`
	Events   []string      `json:"events,omitempty"`     // event codes of the Inform
	RPCs     []string      `json:"rpcs,omitempty"`       // methods sent by the ACS, in order
	Faults   []string      `json:"faults,omitempty"`     // fault code and text of each fault
	Messages int           `json:"messages,omitempty"`   // POSTs of the device
	Retries  int           `json:"retryCount,omitempty"` // RetryCount of the Inform: sessions that failed before this one
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
	terms := []Term{{TermMAC, d.MAC.Key()}, {TermSTBID, string(d.STBID)}, {TermSerial, d.ID.Serial},
		{TermIP, d.IP}, {TermMACTail, d.MAC.Tail()}, {TermLOID, d.LOID}}
	for _, host := range d.Hosts {
		terms = append(terms, Term{TermBehind, host.Key()})
	}
	return compactTerms(terms...)
}
