package workorder

import (
	"net/netip"
	"time"
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
	CallbackAllow       []netip.Prefix // private networks that callbacks may go to
}

// DefaultPolicy returns the documented defaults.
func DefaultPolicy() Policy {
	return Policy{
		OrderTTL: 7 * 24 * time.Hour, HoldTTL: 24 * time.Hour, VerifyTimeout: 30 * time.Minute,
		PushTries: 3, RequireVerification: true, JournalKeep: 90 * 24 * time.Hour,
		PeriodicInform: time.Hour, CodePollInterval: 5 * time.Minute,
	}
}
