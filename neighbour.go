package itms

import "time"

// NeighbourAction is what a neighbouring system is told of a service and its device.
type NeighbourAction string

// Actions. Each is told once for what caused it.
const (
	NeighbourBind      NeighbourAction = "bind"      // a device came to serve
	NeighbourUnbind    NeighbourAction = "unbind"    // a device serves no more
	NeighbourMove      NeighbourAction = "move"      // another device serves: one call in place of unbind and bind
	NeighbourChange    NeighbourAction = "change"    // account, password, package, rate or line is another
	NeighbourSuspend   NeighbourAction = "suspend"   // the service is suspended
	NeighbourResume    NeighbourAction = "resume"    // it is not any more
	NeighbourTerminate NeighbourAction = "terminate" // the service ended
)

// NeighbourActions are all there are.
var NeighbourActions = []NeighbourAction{NeighbourBind, NeighbourUnbind, NeighbourMove, NeighbourChange, NeighbourSuspend, NeighbourResume, NeighbourTerminate}

// NeighbourState is where a call to a neighbour stands.
type NeighbourState string

// States of calls.
const (
	NeighbourQueued  NeighbourState = "queued"  // not tried yet
	NeighbourFailed  NeighbourState = "failed"  // tried without success; tried again
	NeighbourDone    NeighbourState = "done"    // the neighbour did it
	NeighbourGivenUp NeighbourState = "givenUp" // tried for too long: somebody must retry
)

// NeighbourCall is a call to a neighbour that an order caused.
type NeighbourCall struct {
	ID      string          `json:"id"`   // of the outbox row
	Name    string          `json:"name"` // of the neighbour
	Action  NeighbourAction `json:"action"`
	MAC     MAC             `json:"mac,omitzero"`
	OldMAC  MAC             `json:"oldMac,omitzero"`  // of a move
	Before  bool            `json:"before,omitempty"` // the device is not configured before it is done
	State   NeighbourState  `json:"state"`
	Tries   int             `json:"tries,omitempty"`
	Failure string          `json:"failure,omitempty"` // the last one, in words
	At      time.Time       `json:"at"`                // of the state
}

// NeighbourTold is what a neighbour was told of a service last. It holds no secret.
type NeighbourTold struct {
	MAC           MAC    `json:"mac,omitzero"` // of the device that serves; zero = none
	Account       string `json:"account,omitempty"`
	AccessAccount string `json:"accessAccount,omitempty"`
	Package       string `json:"package,omitempty"`
	DownKbps      int    `json:"downKbps,omitempty"`
	UpKbps        int    `json:"upKbps,omitempty"`
	Line          Line   `json:"line,omitzero"`
	Secrets       string `json:"secrets,omitempty"` // hash of the sealed passwords: tells that one is another
	Suspended     bool   `json:"suspended,omitempty"`
	Terminated    bool   `json:"terminated,omitempty"`
}
