package workorder

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"itms"
)

// Limits of a work order's fields. Parameter values are at most 256 characters in
// the carriers' specifications; free texts get more; nothing is unbounded.
const (
	maxValue      = 256
	maxText       = 1024
	maxAttributes = 64
	maxURL        = 1024
	maxVLAN       = 4094
)

// intake validates one OrderRequest and gathers every wrong field, so that the
// sender sees them all at once.
type intake struct {
	req    *itms.OrderRequest
	policy *Policy
	fields []itms.FieldError
	no     itms.OrderNo
	claim  itms.DeviceClaim
	old    itms.DeviceClaim
}

// validate returns the checked request, or a KindInvalid error with all pointers.
func validate(req *itms.OrderRequest, policy *Policy) (*intake, error) {
	in := &intake{req: req, policy: policy}
	var err error
	if in.no, err = itms.ParseOrderNo(req.OrderNo); err != nil {
		in.take("/orderNo", err)
	}
	in.text("/source", req.Source, maxValue)
	in.checkFields()
	in.checkKind()
	if len(in.fields) > 0 {
		return nil, &itms.Error{Kind: itms.KindInvalid, Code: itms.CodeInvalid,
			Text: fmt.Sprintf("the work order has %d wrong field(s)", len(in.fields)), Fields: in.fields}
	}
	return in, nil
}

// checkFields checks what orders of every kind may carry.
func (in *intake) checkFields() {
	in.checkSubscriber()
	in.checkService()
	in.checkLine()
	in.checkRegistration()
	in.claim = in.readClaim("/device", in.req.Device)
	in.old = in.readClaim("/oldDevice", in.req.OldDevice)
	in.checkCallback()
	in.checkAttributes()
}

// wrong notes one wrong field.
func (in *intake) wrong(pointer, format string, args ...any) {
	in.fields = append(in.fields, itms.FieldError{Pointer: pointer, Text: fmt.Sprintf(format, args...)})
}

// take notes a constructor's error under another pointer.
func (in *intake) take(pointer string, err error) {
	text := err.Error()
	var e *itms.Error
	if errors.As(err, &e) && len(e.Fields) > 0 {
		text = e.Fields[0].Text
	}
	in.wrong(pointer, "%s", text)
}

// text checks a free text.
func (in *intake) text(pointer, s string, most int) {
	switch {
	case !utf8.ValidString(s):
		in.wrong(pointer, "is not valid UTF-8")
	case utf8.RuneCountInString(s) > most:
		in.wrong(pointer, "is longer than %d characters", most)
	case strings.ContainsFunc(s, unicode.IsControl):
		in.wrong(pointer, "contains a control character")
	}
}

// checkKind checks kind and mode and what the kind needs.
func (in *intake) checkKind() {
	r, ok := recipes[in.req.Kind]
	switch {
	case !ok:
		in.wrong("/kind", "expected one of %s", join(allKinds))
		if in.req.Service.ID == "" { // whatever is meant, this names it best
			in.wrong("/service/id", "is required")
		}
	case !r.performs(in.req.Mode):
		in.wrong("/mode", "expected one of %s", join(r.modes))
	default:
		r.check(in)
	}
}

// join lists words.
func join[S ~string](words []S) string {
	texts := make([]string, len(words))
	for i, w := range words {
		texts[i] = string(w)
	}
	return strings.Join(texts, ", ")
}

// checkSubscriber checks who the service is for.
func (in *intake) checkSubscriber() {
	s := in.req.Subscriber
	for pointer, name := range map[string]string{"/service/id": string(in.req.Service.ID), "/subscriber/id": s.ID,
		"/service/account": in.req.Service.Account, "/registration/loid": in.req.Registration.LOID} {
		if name != strings.TrimSpace(name) {
			in.wrong(pointer, "has white space around it")
		}
	}
	in.text("/subscriber/id", s.ID, maxValue)
	in.text("/subscriber/name", s.Name, maxText)
	in.text("/subscriber/phone", s.Phone, maxValue)
	in.text("/subscriber/address", s.Address, maxText)
}

// checkService checks the service content.
func (in *intake) checkService() {
	s := in.req.Service
	if s.ID != "" {
		if _, err := itms.ParseServiceID(string(s.ID)); err != nil {
			in.take("/service/id", err)
		}
	}
	for pointer, value := range map[string]string{"/service/package": s.Package, "/service/account": s.Account,
		"/service/password": s.Password.Reveal(), "/service/access/account": s.Access.Account,
		"/service/access/password": s.Access.Password.Reveal()} {
		in.text(pointer, value, maxValue)
	}
	in.webURL("/service/authUrl", s.AuthURL)
	in.webURL("/service/authUrlBackup", s.AuthURLBackup)
	types := []itms.ServiceType{itms.ServiceIPTV, itms.ServiceInternet, itms.ServiceVoIP}
	if s.Type != "" && !slices.Contains(types, s.Type) {
		in.wrong("/service/type", "expected one of %s", join(types))
	}
	accesses := []itms.AccessType{itms.AccessPPPoE, itms.AccessIPoE, itms.AccessDHCP, itms.AccessStatic}
	if s.Access.Type != "" && !slices.Contains(accesses, s.Access.Type) {
		in.wrong("/service/access/type", "expected one of %s", join(accesses))
	}
	if s.Access.DownKbps < 0 || s.Access.UpKbps < 0 {
		in.wrong("/service/access", "rates are kbit/s and not negative")
	}
}

// checkLine checks where the service is delivered.
func (in *intake) checkLine() {
	l := in.req.Line
	in.text("/line/area", l.Area, maxValue)
	in.text("/line/node", l.Node, maxValue)
	in.text("/line/port", l.Port, maxValue)
	if l.VLAN < 0 || l.VLAN > maxVLAN {
		in.wrong("/line/vlan", "expected 0 (none) to %d", maxVLAN)
	}
}

// readClaim parses how a device is named.
func (in *intake) readClaim(at string, c itms.ClaimText) (claim itms.DeviceClaim) {
	var err error
	if c.STBID != "" {
		if claim.STBID, err = itms.ParseSTBID(c.STBID); err != nil {
			in.take(at+"/stbId", err)
		}
	}
	if c.MAC != "" {
		if claim.MAC, err = itms.ParseMAC(c.MAC); err != nil {
			in.take(at+"/mac", err)
		}
	}
	if claim.STBID != "" && !claim.MAC.IsZero() && claim.STBID.MAC() != claim.MAC {
		in.wrong(at+"/mac", "%s differs from the MAC address inside stbId, %s", claim.MAC, claim.STBID.MAC())
	}
	in.text(at+"/serial", c.Serial, maxValue)
	in.text(at+"/model", c.Model, maxValue)
	claim.Serial, claim.Model = strings.TrimSpace(c.Serial), c.Model
	return claim
}

// webURL checks an optional http(s) address.
func (in *intake) webURL(pointer, s string) *url.URL {
	if s == "" {
		return nil
	}
	in.text(pointer, s, maxURL)
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		in.wrong(pointer, "expected an absolute http:// or https:// address")
		return nil
	}
	return u
}

// checkCallback checks the address that will be told; what a name resolves to is
// checked again at each delivery.
func (in *intake) checkCallback() { in.checkTarget("/callback", in.req.Callback) }

// checkTarget checks an optional address that is told of something.
func (in *intake) checkTarget(pointer, target string) {
	u := in.webURL(pointer, target)
	if u == nil {
		return
	}
	if u.User != nil {
		in.wrong(pointer, "must not carry credentials")
	}
	if ip, err := netip.ParseAddr(u.Hostname()); err == nil && !in.policy.callbackAllowed(ip) {
		in.wrong(pointer, "address %s is private; the operator must list its network in bss.callbackAllow", ip)
	}
}

// checkAttributes bounds the free attributes.
func (in *intake) checkAttributes() {
	if len(in.req.Attributes) > maxAttributes {
		in.wrong("/attributes", "more than %d attributes", maxAttributes)
		return
	}
	for k, v := range in.req.Attributes {
		pointer := "/attributes/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(k)
		if k == "" {
			in.wrong(pointer, "has an empty name")
		}
		in.text(pointer, k, maxValue)
		in.text(pointer, v, maxText)
	}
}

// checkRegistration checks what is to be typed into a gateway.
func (in *intake) checkRegistration() {
	r := in.req.Registration
	in.text("/registration/loid", r.LOID, maxValue)
	if len(r.LOID) > maxValue {
		in.wrong("/registration/loid", "is longer than %d bytes", maxValue)
	}
	in.text("/registration/password", r.Password.Reveal(), maxValue)
	if r.LOID == "" && !r.Password.IsZero() {
		in.wrong("/registration/loid", "is required beside a password")
	}
}

// checkInstall checks what an install needs: someone's account and, when nobody
// comes to type a code, a device.
func (in *intake) checkInstall() {
	s := in.req.Service
	if s.ID == "" {
		in.wrong("/service/id", "is required")
	}
	if s.Type == "" {
		in.wrong("/service/type", "is required")
	}
	if in.req.Subscriber.ID == "" {
		in.wrong("/subscriber/id", "is required")
	}
	if s.Type == itms.ServiceIPTV && s.Account == "" {
		in.wrong("/service/account", "is required for an iptv service")
	}
	if s.Access.Type == itms.AccessPPPoE && s.Access.Account == "" {
		in.wrong("/service/access/account", "is required for pppoe access")
	}
	if in.req.Mode == itms.ModeSelf && !in.namesDevice() && in.req.Registration.LOID == "" {
		in.wrong("/device", "self mode needs the device: expected stbId, mac or serial, or registration.loid for a gateway")
	}
}

// namesDevice reports whether the order names the device to serve with.
func (in *intake) namesDevice() bool {
	d := in.req.Device
	return d.STBID != "" || d.MAC != "" || strings.TrimSpace(d.Serial) != ""
}

// namesOld reports whether the order names the device that serves now.
func (in *intake) namesOld() bool {
	d := in.req.OldDevice
	return d.STBID != "" || d.MAC != "" || strings.TrimSpace(d.Serial) != ""
}

// checkNamed checks that the order says which service it is about.
func (in *intake) checkNamed() {
	if in.req.Service.ID == "" && in.req.Subscriber.ID == "" && !in.namesOld() && !in.namesDevice() {
		in.wrong("/service/id", "the service must be named: expected service.id, subscriber.id, or the device that serves it (oldDevice.mac)")
	}
}

// checkSwap checks that old and new can be told.
func (in *intake) checkSwap() {
	if in.req.Service.ID == "" && in.req.Subscriber.ID == "" && !in.namesOld() {
		in.wrong("/oldDevice", "the service must be named: expected service.id, subscriber.id or oldDevice.mac")
	}
	if in.req.Mode == itms.ModeSelf && !in.namesDevice() {
		in.wrong("/device", "self mode needs the new device: expected stbId, mac or serial")
	}
	if in.namesDevice() && in.claim == in.old {
		in.wrong("/device", "is the device to be replaced")
	}
}

// checkRelocate checks that there is a new place.
func (in *intake) checkRelocate() {
	in.checkNamed()
	if in.req.Line == (itms.Line{}) {
		in.wrong("/line", "is required: expected area, node, port or vlan of the new place")
	}
}

// checkModify checks that something is to change.
func (in *intake) checkModify() {
	in.checkNamed()
	s := in.req.Service
	if s.Package == "" && s.Account == "" && s.AuthURL == "" && s.AuthURLBackup == "" && s.Password.IsZero() &&
		s.Access == (itms.AccessSpec{}) && len(in.req.Attributes) == 0 {
		in.wrong("/service", "nothing is to change: expected package, account, authUrl, authUrlBackup, access or attributes")
	}
}

// checkPassword checks that there is a new password.
func (in *intake) checkPassword() {
	in.checkNamed()
	if in.req.Service.Password.IsZero() && in.req.Service.Access.Password.IsZero() {
		in.wrong("/service/password", "is required: expected service.password or service.access.password")
	}
}

// checkTransfer checks that the new owner is told; the service must then be named
// by something else.
func (in *intake) checkTransfer() {
	if in.req.Subscriber.ID == "" {
		in.wrong("/subscriber/id", "is required: the new owner")
	}
	if in.req.Service.ID == "" && !in.namesOld() && !in.namesDevice() {
		in.wrong("/service/id", "is required: subscriber.id is the new owner and names nothing")
	}
}

// content returns the canonical text of what was ordered, secrets included, for
// fingerprinting: two spellings of one MAC are the same content.
func (in *intake) content() (string, error) {
	req := *in.req
	req.Device, req.OldDevice, req.DueBy = itms.ClaimText{}, itms.ClaimText{}, req.DueBy.UTC()
	b, err := json.Marshal(struct {
		Request                       itms.OrderRequest
		No                            itms.OrderNo
		Claim, Old                    itms.DeviceClaim
		Password, AccessPassword, Due string
		LOIDPassword                  string `json:",omitempty"` // so that orders without keep their fingerprint
	}{req, in.no, in.claim, in.old, req.Service.Password.Reveal(), req.Service.Access.Password.Reveal(),
		req.DueBy.UTC().String(), req.Registration.Password.Reveal()})
	return string(b), err
}
