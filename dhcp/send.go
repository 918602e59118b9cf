package dhcp

import "net/netip"

// broadcastAddr is the limited broadcast address.
var broadcastAddr = netip.AddrFrom4([4]byte{255, 255, 255, 255})

// append adds an answer to what is to be sent; nil is none.
func (s *Server) append(out []outgoing, r *request, data []byte) []outgoing {
	if data == nil {
		return out
	}
	return append(out, s.address(r, data))
}

// address says where an answer goes (RFC 2131 §4.1): to the relay; to the address that the
// client uses; to the one it is given, where frames can be sent to who has none yet; else
// to all. A refusal goes to all: its client must not use its address.
func (s *Server) address(r *request, data []byte) outgoing {
	o := outgoing{sock: r.at.sock, data: data}
	if r.at.dst.IsValid() && r.at.sock != nil && r.at.sock.wildcard && s.ids[r.at.dst] {
		o.src = r.at.dst
	}
	port := uint16(s.config.ClientPort)
	switch gi := r.giaddr(); {
	case gi.IsValid():
		o.to = netip.AddrPortFrom(gi, uint16(s.config.RelayPort))
		return o
	case r.kind() == typeLeaseQuery:
		o.to = r.at.from
		return o
	case r.ciaddr().IsValid() && r.v.act != actNAK:
		o.to = netip.AddrPortFrom(r.ciaddr(), port)
		return o
	}
	o.iface, o.to = r.at.iface, netip.AddrPortFrom(broadcastAddr, port)
	if yi := addrOf(data[atYIAddr : atYIAddr+4]); yi.IsValid() && !r.broadcast() && s.framer != nil {
		o.to, o.mac, o.frame = netip.AddrPortFrom(yi, port), r.mac(), true
	}
	return o
}

// sendFrames sends what goes to clients without an address, and returns the rest. What
// cannot be sent so is sent to all.
func (s *Server) sendFrames(list []outgoing) []outgoing {
	rest := list[:0]
	for _, o := range list {
		if o.frame {
			by := s.ifaces.get(o.iface, s.opt.Clock())
			if s.framer.send(&o, by, s.addressOf(arrival{sock: o.sock, iface: o.iface})) == nil {
				continue
			}
			o.to = netip.AddrPortFrom(broadcastAddr, o.to.Port())
		}
		rest = append(rest, o)
	}
	return rest
}

// send sends answers, those of a socket together.
func (s *Server) send(list []outgoing) {
	if s.framer != nil {
		list = s.sendFrames(list)
	}
	for len(list) > 0 {
		n := 1
		for n < len(list) && n < batchSize && list[n].sock == list[0].sock {
			n++
		}
		if lost := list[0].sock.send(list[:n]); lost > 0 {
			s.metrics.unsent.Add(float64(lost))
		}
		list = list[n:]
	}
}
