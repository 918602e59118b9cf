package workorder

import (
	"net/netip"
	"time"

	"itms"
)

// Policy holds the operator's choices; see the bss and cwmp sections of the
// configuration. Zero durations are not defaults: use DefaultPolicy.
type Policy struct {
	OrderTTL            time.Duration  // a waiting order expires after this
	HoldTTL             time.Duration  // a held order is rejected after this
	VerifyTimeout       time.Duration  // from claim to verified
	PushTries           int            // refused or unverified pushes before an order fails
	RequireVerification bool           // done only after the values were read back
	JournalKeep         time.Duration  // events older than this are removed
	PeriodicInform      time.Duration  // of a device in service
	CodePollInterval    time.Duration  // of a device that waits for its order
	Neighbours          []*Neighbour   // systems that are told of services and their devices, in this order
	DeliverFor          time.Duration  // what subscribers do not take for so long is a dead letter
	CallbackAllow       []netip.Prefix // private networks that callbacks may go to

	CodeTTL         time.Duration // life of an activation code
	CodeTries       int           // wrong codes of a device within CodeWindow before it is locked
	CodeSourceTries int           // the same for a source address, behind which many devices may be
	CodeWindow      time.Duration // in which wrong codes are counted
	Lock            time.Duration // first lock; each further one doubles, up to LockMost
	CodeAlways      bool          // a technician's order needs the code even when it names the device
	ClaimByLine     bool          // line evidence that names one open slot claims
	RequireStock    bool          // an order may only name devices that the warehouse has
	UpgradeTimeout  time.Duration // from Download to the new version in an Inform
	EvidenceURL     string        // asked where a device is: {mac} stands for 12 hex digits; "" = nobody is asked
	EvidenceToken   itms.Secret   // bearer token for it
	FilesURL        string        // where devices reach the file door, without a final slash; "" = at the address that SetFilesURL tells
	MaxFile         int64         // bytes of a file that a person uploads

	Access             AccessPolicy // of the network, as RADIUS gives it
	FirstContact       FirstContact // what unknown devices may do
	DeviceCredentials  bool         // claimed devices get credentials of their own for this system
	FactoryCredentials bool         // ... and may all the same come with the shared ones, without a factory reset
}

const (
	// LockMost is the longest lock after wrong codes.
	LockMost = 24 * time.Hour
	// TombstoneTTL is how long a cancel waits for the order that it overtook.
	TombstoneTTL = 30 * 24 * time.Hour
	// MoveAfter is how long a device must be seen on another line before it counts
	// as moved.
	MoveAfter = 10 * time.Minute
)

// DefaultPolicy returns the documented defaults.
func DefaultPolicy() Policy {
	return Policy{
		OrderTTL: 7 * 24 * time.Hour, HoldTTL: 24 * time.Hour, VerifyTimeout: 30 * time.Minute,
		PushTries: 3, RequireVerification: true, JournalKeep: 90 * 24 * time.Hour,
		PeriodicInform: time.Hour, CodePollInterval: 5 * time.Minute,
		CodeTTL: 72 * time.Hour, CodeTries: 5, CodeSourceTries: 20, CodeWindow: 30 * time.Minute, Lock: 15 * time.Minute,
		CodeAlways: true, UpgradeTimeout: time.Hour, MaxFile: 2 << 30, DeliverFor: deliverFor,
	}
}
