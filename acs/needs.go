package acs

import (
	"context"

	"itms"
)

// Planner is the domain as this door needs it. Errors are *itms.Error:
// KindFenced when a newer session of the device took over, KindUnavailable or
// KindLimit when the same may succeed later, KindForbidden when the device is
// blocked, any other kind for a defect.
type Planner interface {
	// Contact stores an Inform and lets the domain decide. On KindForbidden the
	// Inform is still answered, and the session then ends; on KindUnauthenticated it is
	// refused with 403, and an alarm tells why. It fills in c.Manner where it knows the
	// device, also when it fails.
	Contact(ctx context.Context, c *itms.Contact) error
	// Next returns what to do next on the device within this session, nil when
	// nothing is left.
	Next(ctx context.Context, id itms.DeviceID, session string) (itms.Command, error)
	// Advance stores what became of the command that Next or Advance returned last, and
	// returns what is next as Next does. A command that asks singly may have two outcomes.
	Advance(ctx context.Context, id itms.DeviceID, session string, outs ...itms.Outcome) (itms.Command, error)
	// Notice stores what a device reported besides the Inform.
	Notice(ctx context.Context, n itms.Notice) error
	// Ended says that a session is over. It never blocks.
	Ended(s itms.SessionSummary)
	// Target tells how to reach a device: KindNotFound when it is unknown, an
	// empty URL when it never told one.
	Target(ctx context.Context, id itms.DeviceID) (ConnectionTarget, error)
}

// ConnectionTarget is where and with which credentials a connection request is
// sent (TR-069 Amd 6 §3.2.2).
type ConnectionTarget struct {
	URL      string // ManagementServer.ConnectionRequestURL of the last Inform
	Username string
	Password itms.Secret
	// AllowBasic lets the password be sent by Basic when the device offers nothing else:
	// whoever has taken its address then knows it.
	AllowBasic bool

	// UDPAddress and NAT are ManagementServer.UDPConnectionRequestAddress ("host:port")
	// and NATDetected; UDP is the binding that a STUN server of ours saw.
	UDPAddress string
	NAT        bool
	UDP        itms.UDPBinding

	Last    itms.ReachWay       // that worked last, "" when none did
	Session itms.SessionSummary // the last one, whichever node held it; zero when there was none
}

// Peers knows the other nodes.
type Peers interface {
	// Lookup returns the base URL of a node's CWMP endpoint, false when no such
	// node is alive.
	Lookup(ctx context.Context, node string) (baseURL string, ok bool)
}
