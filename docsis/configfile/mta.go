package configfile

import (
	"bytes"
	"crypto/hmac"
	"crypto/md5"
	"crypto/sha1"
	"errors"
	"fmt"
)

// Hash says which object of an MTA file holds its hash (PKT-SP-PROV §9.1, RFC 4682).
type Hash uint8

// The hashes.
const (
	HashKeep Hash = iota // the one that the settings have is computed anew; none is added
	HashNone             // without: the hash is set by SNMP
	HashNA               // pktcMtaDevProvConfigHash of CableLabs
	HashEuro             // of EuroPacketCable
	HashIETF             // of RFC 4682
)

// hashOIDs are the objects, in BER.
var hashOIDs = [...][]byte{
	HashNA:   mustOID("1.3.6.1.4.1.4491.2.2.1.1.2.7.0"),
	HashEuro: mustOID("1.3.6.1.4.1.7432.1.1.2.9.0"),
	HashIETF: mustOID("1.3.6.1.2.1.140.1.2.11.0"),
}

// mustOID encodes a constant.
func mustOID(text string) []byte {
	oid, ok := appendOID(nil, []byte(text))
	if !ok {
		panic("docsis/configfile: " + text)
	}
	return oid
}

// ParseHash returns the hash of a word: na, euro, ietf, none, or nothing for HashKeep.
func ParseHash(word string) (Hash, error) {
	switch word {
	case "":
		return HashKeep, nil
	case "none":
		return HashNone, nil
	case "na":
		return HashNA, nil
	case "euro":
		return HashEuro, nil
	case "ietf":
		return HashIETF, nil
	}
	return HashKeep, fmt.Errorf("no hash %q: na, euro, ietf or none", word)
}

// FinishMTA appends a complete MTA file to dst: the settings between the delimiters,
// which are added where they are missing, and before the last the SHA-1 of all that.
// It returns ErrFormat for settings that are no TLVs.
func FinishMTA(dst []byte, body Body, hash Hash) ([]byte, error) {
	base := len(dst)
	dst = append(dst, typeDelimiter, 1, mtaBegin)
	for rest := bytes.TrimPrefix(body, dst[base:]); len(rest) > 0; {
		size, err := sizeOfMTA(rest)
		if err != nil {
			return dst[:base], err
		}
		switch found := hashOf(rest[:size]); {
		case found == 0 && !endDelimiter(rest[:size]):
			dst = append(dst, rest[:size]...)
		case found != 0 && hash == HashKeep:
			hash = found
		}
		rest = rest[size:]
	}
	dst = append(dst, typeDelimiter, 1, mtaEnd)
	if hash != HashNA && hash != HashEuro && hash != HashIETF {
		return dst, nil
	}
	sum := sha1.Sum(dst[base:])
	dst = appendHash(dst[:len(dst)-3], hashOIDs[hash], sum[:])
	return append(dst, typeDelimiter, 1, mtaEnd), nil
}

// appendHash appends the varbind of a hash.
func appendHash(dst, oid, sum []byte) []byte {
	head := len(dst)
	dst = append(dst, typeVarbind, 0, tagSequence, 0)
	dst = appendBER(append(dst, oid...), tagString, sum)
	dst[head+1] = byte(len(dst) - head - 2)
	return closeSequence(dst, head+2)
}

// endDelimiter reports whether a TLV is the last of an MTA file.
func endDelimiter(tlv []byte) bool { return bytes.Equal(tlv, []byte{typeDelimiter, 1, mtaEnd}) }

// sizeOfMTA returns the size of the first TLV of an MTA file.
func sizeOfMTA(data []byte) (int, error) {
	if data[0] == typePad {
		return 1, nil
	}
	p := parser{mta: true}
	_, size, err := p.tlv(data, 0)
	return size, err
}

// hashOf returns which hash a TLV is, 0 for none.
func hashOf(tlv []byte) Hash {
	if len(tlv) < 4 || tlv[0] != typeVarbind || tlv[2] != tagSequence {
		return 0
	}
	for h := HashNA; h <= HashIETF; h++ {
		if bytes.HasPrefix(tlv[4:], hashOIDs[h]) {
			return h
		}
	}
	return 0
}

// verifyHash checks the hash of an MTA file: over all octets without its own TLV.
func verifyHash(data []byte) MICState {
	var covered, stated []byte
	for rest := data; len(rest) > 0; {
		size, err := sizeOfMTA(rest)
		if err != nil {
			return MICFails
		}
		if tlv := rest[:size]; hashOf(tlv) != 0 && stated == nil {
			_, _, stated, _ = varbindParts(tlv[2:])
		} else {
			covered = append(covered, tlv...)
		}
		rest = rest[size:]
	}
	switch len(stated) {
	case 0:
		return MICMissing
	case sha1.Size:
		sum := sha1.Sum(covered)
		return held(hmac.Equal(sum[:], stated))
	case md5.Size:
		sum := md5.Sum(covered)
		return held(hmac.Equal(sum[:], stated))
	}
	return MICFails
}

// errVarbind marks octets that are no varbind.
var errVarbind = errors.New("not a varbind")

// varbindParts returns the parts of a varbind.
func varbindParts(data []byte) (arcs []uint32, tag byte, value []byte, err error) {
	outer, inside, rest, ok := parseBER(data)
	if !ok || outer != tagSequence || len(rest) > 0 {
		return nil, 0, nil, errVarbind
	}
	arcs, inside, ok = parseOID(inside)
	if !ok {
		return nil, 0, nil, errVarbind
	}
	tag, value, rest, ok = parseBER(inside)
	if !ok || len(rest) > 0 {
		return nil, 0, nil, errVarbind
	}
	return arcs, tag, value, nil
}
