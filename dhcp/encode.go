package dhcp

import "encoding/binary"

// bytes writes the answer out: options as far as there is room, in the order they were
// added; last what the relay added, unchanged (RFC 3046 §2.2). The reply is not to be used
// any more.
func (a *reply) bytes() []byte {
	r := a.req
	last, echo := 1, r.has(optRelayInfo) && !a.wrote(optRelayInfo)
	if echo {
		last += encodedSize(r.option(optRelayInfo))
	}
	total := atOption + last
	for i := range a.options {
		total += encodedSize(a.options[i].Value)
	}
	out := append(make([]byte, 0, max(minAnswer, min(total, maxSize))), a.buf[:]...)
	out = a.fill(out, r.room()-last)
	if echo {
		out = appendOption(out, optRelayInfo, r.option(optRelayInfo))
	}
	out = append(out, optEnd)
	for len(out) < minAnswer {
		out = append(out, optPad)
	}
	a.req = nil
	clear(a.options)
	replies.Put(a)
	return out
}

// room is how long an answer may be: what the client says that it takes (option 57), within
// what everybody takes and what a frame holds.
func (r *request) room() int {
	size := minSize
	if v := r.option(optMaxSize); len(v) == 2 {
		size = min(max(int(binary.BigEndian.Uint16(v)), minSize), maxSize)
	}
	return size - ipHeaders
}

// encodedSize is how long an option is once written: pieces of 255 octets (RFC 3396).
func encodedSize(v []byte) int { return len(v) + 2*max(1, (len(v)+254)/255) }

// appendOption writes an option, a long one in pieces.
func appendOption(out []byte, code byte, v []byte) []byte {
	for len(v) > 255 {
		out = append(append(out, code, 255), v[:255]...)
		v = v[255:]
	}
	return append(append(out, code, byte(len(v))), v...)
}

// fill writes the options into limit octets. What does not fit goes into sname, and into
// file where that is not used (option 52, RFC 2132 §9.3); what does not fit there either is
// left out.
func (a *reply) fill(out []byte, limit int) []byte {
	total := len(out)
	for _, o := range a.options {
		total += encodedSize(o.Value)
	}
	if total <= limit {
		for _, o := range a.options {
			out = appendOption(out, o.Code, o.Value)
		}
		return out
	}
	return a.overload(out, limit-3) // option 52 takes three
}

// overload is fill where there is too little room.
func (a *reply) overload(out []byte, limit int) []byte {
	var file, sname []byte
	for _, o := range a.options {
		size := encodedSize(o.Value)
		switch {
		case len(out)+size <= limit:
			out = appendOption(out, o.Code, o.Value)
		case len(sname)+size < atFile-atSName:
			sname = appendOption(sname, o.Code, o.Value)
		case a.file == "" && len(file)+size < atCookie-atFile:
			file = appendOption(file, o.Code, o.Value)
		}
	}
	used := byte(0)
	if len(file) > 0 {
		used |= overloadFile
		copy(out[atFile:atCookie], append(file, optEnd))
	}
	if len(sname) > 0 {
		used |= overloadSName
		copy(out[atSName:atFile], append(sname, optEnd))
	}
	if used != 0 {
		out = appendOption(out, optOverload, []byte{used})
	}
	return out
}
