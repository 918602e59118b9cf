package stun

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha1"
	"encoding/hex"
	"errors"
	"net/netip"
	"net/url"
	"strconv"
)

// maxRequest bounds a UDP connection request that is read.
const maxRequest = 2048

// ErrRequest means that a datagram is no UDP connection request.
var ErrRequest = errors.New("stun: not a UDP connection request")

// Request is a UDP connection request (TR-069 Amd 6 Annex G.2.2.3): an HTTP GET in one
// datagram, signed with the connection request password.
type Request struct {
	Address  netip.AddrPort // of the device
	Time     int64          // Unix seconds; grows from request to request
	ID       uint32         // the same in all copies of one request
	Username string         // ConnectionRequestUsername
	Nonce    string         // random
}

// Datagram is the request on the wire. The signature covers the user name as it is; in
// the URL it is escaped.
func (r Request) Datagram(password string) []byte {
	var b bytes.Buffer
	b.WriteString("GET http://" + r.Address.String() + "?ts=" + strconv.FormatInt(r.Time, 10) +
		"&id=" + strconv.FormatUint(uint64(r.ID), 10) + "&un=" + url.QueryEscape(r.Username) +
		"&cn=" + url.QueryEscape(r.Nonce) + "&sig=" + r.signature(password) + " HTTP/1.1\r\n\r\n")
	return b.Bytes()
}

// signature is the hex HMAC-SHA1 of ts, id, un and cn in a row.
func (r Request) signature(password string) string {
	mac := hmac.New(sha1.New, []byte(password))
	mac.Write([]byte(strconv.FormatInt(r.Time, 10) + strconv.FormatUint(uint64(r.ID), 10) + r.Username + r.Nonce))
	return hex.EncodeToString(mac.Sum(nil))
}

// ReadRequest reads a datagram as a device does, and checks that its signature was made
// with the password. Errors: ErrRequest when it is something else, false when it was
// signed by another.
func ReadRequest(datagram []byte, password string) (r Request, signed bool, err error) {
	line, _, found := bytes.Cut(datagram, []byte("\r\n"))
	words := bytes.Split(line, []byte(" "))
	if !found || len(datagram) > maxRequest || len(words) != 3 || string(words[0]) != "GET" || !bytes.HasPrefix(words[2], []byte("HTTP/1.")) {
		return Request{}, false, ErrRequest
	}
	u, err := url.Parse(string(words[1]))
	if err != nil {
		return Request{}, false, ErrRequest
	}
	q := u.Query()
	r = Request{Username: q.Get("un"), Nonce: q.Get("cn")}
	id, idErr := strconv.ParseUint(q.Get("id"), 10, 32)
	at, atErr := strconv.ParseInt(q.Get("ts"), 10, 64)
	if errors.Join(idErr, atErr) != nil {
		return Request{}, false, ErrRequest
	}
	r.ID, r.Time = uint32(id), at
	if r.Address, err = netip.ParseAddrPort(u.Host); err != nil {
		return Request{}, false, ErrRequest
	}
	return r, hmac.Equal([]byte(q.Get("sig")), []byte(r.signature(password))), nil
}
