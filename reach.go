package itms

import "time"

// ReachWay is a way of asking a device for contact (TR-069 Amd 6 §3.2.2, Annex G).
type ReachWay string

// The ways. The empty one means that nothing was tried, or that it is not known which
// way worked.
const (
	ReachHTTP ReachWay = "http" // GET on ManagementServer.ConnectionRequestURL
	ReachUDP  ReachWay = "udp"  // signed datagram to the binding of the device's STUN client
)

// Reach is how a device was last brought into contact.
type Reach struct {
	Way ReachWay  `json:"way,omitempty"` // that worked last; tried first the next time
	At  time.Time `json:"at,omitzero"`   // since when
}

// CallResult is how a connection request went. Its texts are stable: they are metric
// labels and stand in answers.
type CallResult string

// Results of a connection request.
const (
	CallAccepted CallResult = "accepted"    // the device took it: an Inform should follow
	CallSent     CallResult = "sent"        // datagrams left; the Inform is their only answer
	CallInformed CallResult = "informed"    // the Inform came
	CallLive     CallResult = "live"        // a session is open already and will look for work
	CallBusy     CallResult = "busy"        // the device is in a session or asks for a pause
	CallSilent   CallResult = "unreachable" // no answer
	CallDenied   CallResult = "denied"      // the device refuses the credentials
	CallMoved    CallResult = "moved"       // 404: the address of the last Inform is not valid any more
	CallRefused  CallResult = "refused"     // another answer, or a challenge that is not answered
	CallNowhere  CallResult = "no address"  // the device never told where it takes them
	CallNoInform CallResult = "no inform"   // it was taken or sent, and no Inform came in time
	CallLimited  CallResult = "limited"     // too many in a short time: it waits
	CallFailed   CallResult = "failed"      // a fault of ours
)

// CallReport is what became of a connection request.
type CallReport struct {
	Way    ReachWay   `json:"way,omitempty"` // that was tried last
	Result CallResult `json:"result,omitempty"`
	Text   string     `json:"text,omitempty"` // the same for people
	At     time.Time  `json:"at,omitzero"`    // when it was so; of a stored one: since when
	Next   time.Time  `json:"next,omitzero"`  // of the next try; zero = the device's next Inform is waited for
}

// Passing reports whether more of the same call is to come: a report that tells only
// that it is under way.
func (r CallReport) Passing() bool {
	return r.Result == CallAccepted || r.Result == CallSent || r.Result == CallLive || r.Result == CallLimited
}

// UDPBinding is where a device behind NAT takes UDP connection requests: the public
// address from which its STUN client speaks to a node. Datagrams must leave from that
// node's STUN socket, or the NAT drops them (TR-069 Amd 6 Annex G).
type UDPBinding struct {
	Address string    `json:"address,omitempty"` // ip:port
	Node    string    `json:"node,omitempty"`    // that holds the socket
	At      time.Time `json:"at,omitzero"`       // when it was seen first
}
