package configfile

import (
	"crypto/hmac"
	"crypto/md5"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"net/netip"
	"sync"
	"time"
)

// ErrMIC marks extended CMTS integrity checks that cannot be computed.
var ErrMIC = errors.New("extended CMTS MIC")

// SignOptions says what is added to the settings before they are signed.
type SignOptions struct {
	// Time is written as TLV 19, in seconds since 1900: the CMTS can refuse a file that
	// is older than it allows. Zero: no TLV 19 is added. MULPI C.1.1.8.
	Time time.Time
	// Client is the address that the modem was leased: TLV 20, of IPv6 TLV 59. The CMTS
	// refuses the file of another. Zero: none is added. MULPI C.1.1.9, C.1.1.10.
	Client netip.Addr
	// CoverTLV59 puts TLV 59 where TLV 20 is in the CMTS MIC. The established
	// encoder does not; an extended MIC can cover it in any case.
	CoverTLV59 bool
}

// Signer makes files of settings with one shared secret. It is safe for concurrent use.
type Signer struct{ pool sync.Pool }

// signing is what one signature needs.
type signing struct {
	mac     hash.Hash
	scratch []byte
	spans   []span
}

// span is a TLV of the file: its octets are data[start:end].
type span struct {
	code       uint8
	start, end int
}

// NewSigner returns a signer for a secret, which the CMTS has too. The secret is copied
// into hash states; it cannot be read back.
func NewSigner(secret []byte) *Signer {
	key := string(secret)
	return &Signer{pool: sync.Pool{New: func() any {
		return &signing{mac: hmac.New(md5.New, []byte(key))}
	}}}
}

// Sign is NewSigner(secret).Sign for a single file.
func Sign(dst []byte, body Body, secret []byte, opts SignOptions) ([]byte, error) {
	return NewSigner(secret).Sign(dst, body, opts)
}

// Sign appends a complete modem file to dst: the settings, what opts adds, the CM MIC
// (TLV 6), the CMTS MIC (TLV 7), the end mark, and zeros to a multiple of four octets
// (MULPI Annex D.1.3). Where the settings have TLV 43.6 the extended MIC of type 1
// (HMAC-MD5) is computed: into 43.6.3 when there is one, else into TLV 7. TLVs 19, 20
// and 59 of the settings give way to those of opts. It returns ErrFormat for settings
// that are no TLVs, and ErrMIC for other types of extended MICs. It allocates nothing
// when dst has room.
func (s *Signer) Sign(dst []byte, body Body, opts SignOptions) ([]byte, error) {
	g := s.pool.Get().(*signing)
	defer s.pool.Put(g)
	base := len(dst)
	var err error
	if dst, err = g.settings(dst, body, opts); err != nil {
		return dst[:base], err
	}
	file := dst[base:]
	mic, found, err := findExtended(file, g.spans)
	if err != nil {
		return dst[:base], err
	}
	if found && mic.digest != nil {
		g.extended(file, &mic)
		copy(mic.digest, g.mac.Sum(g.scratch[:0]))
	}
	cm := md5.Sum(file)
	dst = append(append(dst, typeCMMIC, md5.Size), cm[:]...)
	file = dst[base:]
	g.spans = append(g.spans, span{typeCMMIC, len(file) - 2 - md5.Size, len(file)})
	if found && mic.digest == nil {
		g.extended(file, &mic)
	} else {
		g.cmts(file, opts.CoverTLV59)
	}
	dst = g.mac.Sum(append(dst, typeCMTSMIC, md5.Size))
	dst = append(dst, typeEnd)
	for (len(dst)-base)%4 != 0 {
		dst = append(dst, typePad)
	}
	return dst, nil
}

// settings copies the settings, adds what opts adds, and notes where each TLV is.
func (g *signing) settings(dst []byte, body Body, opts SignOptions) ([]byte, error) {
	base := len(dst)
	g.spans = g.spans[:0]
	for rest := body; len(rest) > 0; {
		size, err := sizeOf(rest)
		if err != nil {
			return dst, err
		}
		if code := rest[0]; !opts.replaces(code) && !ownCode(code) {
			start := len(dst) - base
			dst = append(dst, rest[:size]...)
			g.spans = append(g.spans, span{code, start, start + size})
		}
		rest = rest[size:]
	}
	start := len(dst) - base
	if !opts.Time.IsZero() {
		dst = binary.BigEndian.AppendUint32(append(dst, typeTimestamp, 4), seconds1900(opts.Time))
		g.spans = append(g.spans, span{typeTimestamp, start, len(dst) - base})
	}
	start = len(dst) - base
	switch client := opts.Client.Unmap(); {
	case client.Is4():
		octets := client.As4()
		dst = append(append(dst, typeAddress, 4), octets[:]...)
		g.spans = append(g.spans, span{typeAddress, start, len(dst) - base})
	case client.Is6():
		octets := client.As16()
		dst = append(append(dst, typeAddress6, 16), octets[:]...)
		g.spans = append(g.spans, span{typeAddress6, start, len(dst) - base})
	}
	return dst, nil
}

// replaces reports whether a TLV of the settings gives way.
func (o *SignOptions) replaces(code uint8) bool {
	return code == typeTimestamp && !o.Time.IsZero() || (code == typeAddress || code == typeAddress6) && o.Client.IsValid()
}

// seconds1900 returns the time of RFC 868, which begins again in 2036.
func seconds1900(t time.Time) uint32 {
	const from1900to1970 = 2208988800
	return uint32(t.Unix() + from1900to1970)
}

// sizeOf returns the size of the first TLV of a modem file, with its header.
func sizeOf(data []byte) (int, error) {
	if data[0] == typePad || data[0] == typeEnd {
		return 1, nil
	}
	head, size := 2, 0
	if wide(data[0], top().byCode[data[0]], false) {
		head = 3
	}
	if len(data) >= head {
		size = int(data[1])
		if head == 3 {
			size = int(binary.BigEndian.Uint16(data[1:]))
		}
	}
	if len(data) < head+size {
		return 0, fmt.Errorf("%w: TLV %d is cut off", ErrFormat, data[0])
	}
	return head + size, nil
}

// digestOrder is the TLVs that the CMTS MIC covers, in the order in which they are in
// it (MULPI Annex D.2.1.1). Those of one type keep the order of the file.
var digestOrder = [...]uint8{1, 2, 3, 4, 17, typeExtension, typeCMMIC, 18, 19, typeAddress, 22, 23, 24, 25, 28, 29, 26, 35, 36, 37, 40}

// cmts hashes the file for its CMTS MIC.
func (g *signing) cmts(file []byte, cover59 bool) {
	var present [256]bool
	for _, s := range g.spans {
		present[s.code] = true
	}
	g.scratch = g.scratch[:0]
	for _, code := range digestOrder {
		if present[code] {
			g.collect(file, code)
		}
		if code == typeAddress && cover59 && present[typeAddress6] {
			g.collect(file, typeAddress6)
		}
	}
	g.mac.Reset()
	g.mac.Write(g.scratch)
}

// collect adds the TLVs of a type to the octets that are hashed.
func (g *signing) collect(file []byte, code uint8) {
	for _, s := range g.spans {
		if s.code == code {
			g.scratch = append(g.scratch, file[s.start:s.end]...)
		}
	}
}
