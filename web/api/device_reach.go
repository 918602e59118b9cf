package api

import (
	"time"

	"itms"
)

// reachView is how a device is brought into contact.
type reachView struct {
	URL        string    `json:"url,omitempty" doc:"Where it takes connection requests by HTTP." example:"http://192.0.2.10:7547/cr"`
	UDPAddress string    `json:"udpAddress,omitempty" doc:"Where it takes them by UDP: the public address of its NAT binding." example:"198.51.100.7:40000"`
	NAT        bool      `json:"nat,omitempty" doc:"It says that it is behind NAT."`
	Way        string    `json:"way,omitempty" enum:"http,udp" doc:"Way that worked last, which is tried first; absent when none did yet." example:"http"`
	Since      time.Time `json:"since,omitzero" doc:"Since when it is that way."`
	Call       *callView `json:"call,omitempty" doc:"What became of the last connection request; absent before the first."`
}

// callView is what became of a connection request.
type callView struct {
	Way    string    `json:"way,omitempty" enum:"http,udp" doc:"Way that was tried last; absent when none was, or when the device came by itself." example:"http"`
	Result string    `json:"result" doc:"accepted, sent, informed, live, busy, unreachable, denied, moved, refused, no address, no inform, limited or failed." example:"informed"`
	Text   string    `json:"text,omitempty" example:"the device came into contact"`
	At     time.Time `json:"at,omitzero" doc:"When; of a stored result, since when it is the same."`
	Next   time.Time `json:"next,omitzero" doc:"Of the next try; absent when the device's next Inform is waited for."`
}

// viewCall shows a report, nil before the first.
func viewCall(r itms.CallReport) *callView {
	if r.Result == "" {
		return nil
	}
	return &callView{Way: string(r.Way), Result: string(r.Result), Text: r.Text, At: r.At, Next: r.Next}
}

// viewReach shows how a device is reached. The binding that a node of ours saw is newer
// than what the device tells.
func viewReach(d *itms.Device) reachView {
	v := reachView{URL: withoutUser(d.ConnectionRequestURL), UDPAddress: d.UDP.Address, NAT: d.NAT,
		Way: string(d.Reach.Way), Since: d.Reach.At, Call: viewCall(d.Call)}
	if v.UDPAddress == "" {
		v.UDPAddress = d.UDPAddress
	}
	return v
}
