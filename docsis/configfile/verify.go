package configfile

import (
	"bytes"
	"crypto/hmac"
	"crypto/md5"
)

// MICState says whether an integrity check holds.
type MICState uint8

// The states.
const (
	MICMissing   MICState = iota // the file has none
	MICUnchecked                 // no secret was given, or it is of a kind that cannot be computed
	MICFails
	MICHolds
)

// String returns a word for it.
func (s MICState) String() string {
	return [...]string{"missing", "not checked", "does not hold", "holds"}[min(s, MICHolds)]
}

// Verdict is what Verify found.
type Verdict struct {
	CM   MICState // TLV 6, needs no secret
	CMTS MICState // TLV 7
	// Extended is the check of TLV 43.6: missing when the file asks for none. When
	// Implicit, TLV 7 carries it, and CMTS is the same.
	Extended MICState
	Implicit bool
	// Secret is the index of the secret with which CMTS, or Extended, holds; -1: none.
	Secret int
	// Hash is the SHA-1 or MD5 varbind of an MTA file.
	Hash MICState
}

// Verify says which integrity checks of a file hold, with any of the secrets (several
// while a secret is changed). It returns ErrFormat for what Parse refuses. Comparisons
// take the same time whatever differs.
func Verify(data []byte, secrets ...[]byte) (Verdict, error) {
	v := Verdict{Secret: -1}
	f, err := Parse(data)
	if err != nil {
		return v, err
	}
	if f.MTA {
		v.Hash = verifyHash(data)
		return v, nil
	}
	file, spans, err := coveredPart(data)
	if err != nil {
		return v, err
	}
	if f.CMMIC != nil {
		sum := md5.Sum(file[:spans[len(spans)-1].start])
		v.CM = held(hmac.Equal(sum[:], f.CMMIC))
	}
	v.cmts(f, file, spans, secrets)
	return v, nil
}

// held returns the state of a comparison.
func held(ok bool) MICState {
	if ok {
		return MICHolds
	}
	return MICFails
}

// coveredPart copies the settings and the CM MIC of a file and says where each TLV is.
// The last is the CM MIC; a file without gets one of zeros.
func coveredPart(data []byte) ([]byte, []span, error) {
	var file []byte
	var spans []span
	mic := append([]byte{typeCMMIC, md5.Size}, make([]byte, md5.Size)...)
	for len(data) > 0 && data[0] != typeEnd {
		size, err := sizeOf(data)
		if err != nil {
			return nil, nil, err
		}
		switch code := data[0]; code {
		case typeCMMIC:
			mic = data[:size]
		case typeCMTSMIC, typePad:
		default:
			spans = append(spans, span{code, len(file), len(file) + size})
			file = append(file, data[:size]...)
		}
		data = data[size:]
	}
	spans = append(spans, span{typeCMMIC, len(file), len(file) + len(mic)})
	return append(file, mic...), spans, nil
}

// cmts checks TLV 7 and TLV 43.6.
func (v *Verdict) cmts(f *File, file []byte, spans []span, secrets [][]byte) {
	mic, found, err := findExtended(file, spans)
	v.Implicit = found && mic.digest == nil
	if found {
		v.Extended = MICUnchecked
	}
	if f.CMTSMIC != nil {
		v.CMTS = MICUnchecked
	}
	for i, secret := range secrets {
		g := &signing{mac: hmac.New(md5.New, secret), spans: spans}
		v.withSecret(i, g, bytes.Clone(file), f.CMTSMIC, found && err == nil)
	}
}

// withSecret checks with one secret and keeps the best result.
func (v *Verdict) withSecret(i int, g *signing, file, cmtsMIC []byte, extended bool) {
	var cmts, ext MICState
	if cmtsMIC != nil && !v.Implicit {
		cmts = held(g.cmtsHolds(file, cmtsMIC))
	}
	if extended {
		ext = g.extendedState(file, cmtsMIC)
	}
	if v.Implicit {
		cmts = ext
	}
	v.CMTS, v.Extended = max(v.CMTS, cmts), max(v.Extended, ext)
	if v.Secret < 0 && max(cmts, ext) == MICHolds {
		v.Secret = i
	}
}

// cmtsHolds compares TLV 7, computed without TLV 59 or with it.
func (g *signing) cmtsHolds(file, stated []byte) bool {
	g.cmts(file, false)
	without := hmac.Equal(g.mac.Sum(nil), stated)
	g.cmts(file, true)
	return hmac.Equal(g.mac.Sum(nil), stated) || without
}

// extendedState compares the extended MIC, in TLV 43.6.3 or else in TLV 7. The digest in
// file is zero afterwards.
func (g *signing) extendedState(file, cmtsMIC []byte) MICState {
	mic, _, _ := findExtended(file, g.spans) // read without an error before
	stated := cmtsMIC
	if mic.digest != nil {
		stated = bytes.Clone(mic.digest)
	}
	if stated == nil {
		return MICMissing
	}
	g.extended(file, &mic)
	return held(hmac.Equal(g.mac.Sum(nil), stated))
}
