package acs

import (
	"net/http"
	"strings"

	"itms"
)

// identity is who the sender of a POST proved to be.
type identity struct {
	kind       itms.ProofKind
	user       string // name of the credentials, "" without any
	subject    string // common name of a device's certificate, "" without one
	device     itms.DeviceID
	generation int
}

// proof is what the domain is told.
func (i *identity) proof() itms.Proof { return itms.Proof{Kind: i.kind, Generation: i.generation} }

// fits reports whether the device may call itself so: credentials that all share fit
// every device.
func (i *identity) fits(id itms.DeviceID) bool {
	switch i.kind {
	case itms.ProofCertificate:
		return namesDevice(i.subject, id)
	case itms.ProofOwn:
		return i.device == id
	}
	return true
}

// name is how the sender is called in texts.
func (i *identity) name() string {
	if i.kind == itms.ProofCertificate {
		return clip(i.subject, maxText)
	}
	return i.device.String()
}

// same reports whether two POSTs come from one sender.
func (i *identity) same(other *identity) bool {
	return i.user == other.user && i.subject == other.subject
}

// namesDevice reports whether a common name is that of the device: OUI-SerialNumber
// or OUI-ProductClass-SerialNumber (TR-069 Amd 6 §3.4.4), with or without
// percent-encoding.
func namesDevice(subject string, id itms.DeviceID) bool {
	if len(subject) > ouiDigits {
		subject = strings.ToUpper(subject[:ouiDigits]) + subject[ouiDigits:]
	}
	short := itms.DeviceID{OUI: id.OUI, Serial: id.Serial}.String()
	for _, name := range []string{id.String(), id.OUI + "-" + id.ProductClass + "-" + id.Serial, id.OUI + "-" + id.Serial, strings.Replace(short, "--", "-", 1)} {
		if subject == name {
			return true
		}
	}
	return false
}

// ouiDigits begin the name of a device.
const ouiDigits = 6

// isDeviceName reports whether a common name can be a device's. A certificate that
// all devices of a maker share has another, and needs a password besides.
func isDeviceName(subject string) bool {
	if len(subject) < ouiDigits+2 || subject[ouiDigits] != '-' {
		return false
	}
	for i := range ouiDigits {
		if unhex(subject[i]) > 15 {
			return false
		}
	}
	return true
}

// certified returns the device name in the certificate that the connection was made
// with, "" without one. The TLS layer has verified it.
func certified(r *http.Request) string {
	if r.TLS == nil || len(r.TLS.VerifiedChains) == 0 {
		return ""
	}
	subject := r.TLS.VerifiedChains[0][0].Subject.CommonName
	if !isDeviceName(subject) {
		return ""
	}
	return subject
}

// byCertificate is who a certificate makes the sender.
func byCertificate(subject string) identity {
	return identity{kind: itms.ProofCertificate, subject: subject}
}

// secretOf returns the password of a user name: the shared one, or a device's own.
func (srv *Server) secretOf(user string) (string, bool) {
	if user == srv.opt.Username {
		return srv.opt.Password.Reveal(), true
	}
	own, ok := srv.own(user)
	return own.Password.Reveal(), ok
}

// own returns the credentials of a device.
func (srv *Server) own(user string) (itms.OwnCredentials, bool) {
	if srv.opt.Own == nil {
		return itms.OwnCredentials{}, false
	}
	return srv.opt.Own(user)
}

// byPassword is who right credentials make the sender.
func (srv *Server) byPassword(user string) identity {
	if user == srv.opt.Username {
		return identity{kind: itms.ProofShared, user: user}
	}
	own, _ := srv.own(user)
	return identity{kind: itms.ProofOwn, user: user, device: own.Device, generation: own.Generation}
}

// claim says how a POST that bears the cookie of a session, or comes on its
// connection, stands to it.
type claim int

const (
	claimGood    claim = iota
	claimDoubted       // it must prove itself first
	claimFalse         // it is another's
)

// claims judges a POST. A certificate must be the session's. A user name that is
// stated must be the session's, though it is not verified each time: whoever has the
// cookie and the address could send none. From another address the POST must prove
// itself: carriers' NAT gives some devices a new address for each connection, and
// those answer the challenge; who stole a cookie cannot. Without authentication
// anybody may be any device, and the cookie is all there is.
func (s *session) claims(p *post) claim {
	switch {
	case s.who.subject != p.subject:
		return claimFalse
	case s.who.kind == itms.ProofNone || s.who.kind == itms.ProofCertificate:
		return claimGood
	}
	if user := statedUser(p.r.Header.Get("Authorization")); user != "" && user != s.who.user {
		return s.claimsAs(user)
	}
	if !sameSource(s.remote, p.remote) {
		return claimDoubted
	}
	return claimGood
}

// claimsAs judges another user name than the session's. A device that has just been
// given credentials of its own may use them at once.
func (s *session) claimsAs(user string) claim {
	if own, ok := s.srv.own(user); ok && own.Device == s.device {
		return claimDoubted
	}
	return claimFalse
}

// admits reports whether somebody who has proved himself may go on with the session.
func (s *session) admits(who *identity) bool {
	return who.same(&s.who) || who.kind == itms.ProofOwn && who.device == s.device
}

// sameSource reports whether two addresses are one customer's.
func sameSource(a, b string) bool {
	if a == b {
		return true
	}
	x, okX := sourceOf(a)
	y, okY := sourceOf(b)
	return okX && okY && x == y
}

// statedUser finds the user name of a digest Authorization header in its usual form,
// "" when there is none to be found that way. It takes no memory.
func statedUser(header string) string {
	const mark = `username="`
	i := strings.Index(header, mark)
	if i < 0 {
		return ""
	}
	rest := header[i+len(mark):]
	end := strings.IndexByte(rest, '"')
	if end < 0 || strings.IndexByte(rest[:end], '\\') >= 0 {
		return ""
	}
	return rest[:end]
}

// join finds out whether the POST may go on with a session that it claims.
func (p *post) join(s *session) {
	switch {
	case s == nil:
	case s.claims(p) == claimGood:
		p.session = s
	case s.claims(p) == claimDoubted:
		p.doubted = s
	default:
		p.srv.met.refusedClaim("identity")
	}
}

// resume lets a POST that has proved itself go on with the session it claimed.
func (p *post) resume() {
	s := p.doubted
	if s == nil || !p.proved {
		return
	}
	if p.doubted = nil; !s.admits(&p.who) {
		p.srv.met.refusedClaim("identity")
		return
	}
	if p.session = s; p.hasCookie {
		s.byCookie.Store(true)
	}
}
