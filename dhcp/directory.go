package dhcp

import (
	"context"
	"net/netip"

	"itms"
)

// Asking is what a message tells of its client.
type Asking struct {
	Kind        itms.ClientKind
	MAC         itms.MAC // chaddr
	ClientID    []byte   // option 61
	Modem       itms.MAC // the modem that the client is behind (option 82.2); zero for a modem itself
	Relay       netip.Addr
	Circuit     []byte          // option 82.1
	Remote      []byte          // option 82.2
	Hostname    string          // option 12
	VendorClass string          // option 60
	UserClass   string          // option 77
	Facts       itms.CableFacts // without Capabilities
	// Capabilities are the modem capabilities as sent: the sub-TLVs of TLV 5, from option
	// 60 or 125.5. Nil when there are none.
	Capabilities []byte
}

// Client is who the domain takes a client for.
type Client struct {
	// Class is the class of the configuration that it belongs to; "" = it gets no answer.
	Class string
	// Provision is what it is entitled to, noted with its lease.
	Provision string
	// Restart is set when the client must start anew: a renewal is refused, so that it asks
	// again from the start and fetches its file.
	Restart bool
	// Known is what the domain keeps of it, for Leased; nil = nothing.
	Known *itms.Cable
	// Address is reserved for it; zero = from the pools of its class.
	Address netip.Addr
	// MaxCPE is how many clients behind the modem of this client may hold leases at once;
	// 0 = any number. It is looked at for clients behind a modem.
	MaxCPE int
}

// Directory says who clients are. It is met by docsis.
type Directory interface {
	// Client says who asks. Any error means silence: storage that is away must never look
	// like a refusal to a client.
	Client(ctx context.Context, a *Asking) (Client, error)
	// BootFile is the name of the file that the holder of a lease is to fetch; "" = none.
	BootFile(l *itms.Lease) string
	// Leased tells of a lease that was committed, before its acknowledgement is sent, with
	// what Client said of its client;
	// renewed is set when only its end moved. It does not block for long, and what it does
	// may fail: the next contact repairs it.
	Leased(a *Asking, c *Client, l *itms.Lease, renewed bool)
	// Event tells of something that people should know: a refused client, a pool without
	// addresses, a declined address. The text names the client. Repetitions are the
	// caller's to hold down.
	Event(e itms.Event)
}
