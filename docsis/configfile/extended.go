package configfile

import (
	"bytes"
	"crypto/md5"
	"fmt"
)

// Sub-TLVs of the extended CMTS MIC, TLV 43.6 (MULPI C.1.1.18.1.6).
const (
	micOUI      = 8 // of TLV 43
	micConfig   = 6 // of TLV 43
	micType     = 1
	micBitmap   = 2
	micDigest   = 3
	micHMACMD5  = 1
	micMMH      = 2
	micVendor   = 43
	generalOUI  = "\xff\xff\xff"
	micTypeName = "type %d is not supported: use type 1 (HMAC-MD5)"
)

// extendedMIC is the settings of TLV 43.6 of a file.
type extendedMIC struct {
	bitmap []byte
	digest []byte // where the digest is in the file; nil: it is TLV 7
}

// covers reports whether the bitmap selects a type: bit 0 is the highest of the first
// octet.
func (m *extendedMIC) covers(code uint8) bool {
	i := int(code) / 8
	return i < len(m.bitmap) && m.bitmap[i]&(0x80>>(code%8)) != 0
}

// findExtended looks for TLV 43.6 in a TLV 43 of the general OUI.
func findExtended(file []byte, spans []span) (mic extendedMIC, found bool, err error) {
	for _, s := range spans {
		if s.code != typeExtension {
			continue
		}
		value := file[s.start+2 : s.end]
		if oui, ok := subTLV(value, micOUI); !ok || string(oui) != generalOUI {
			continue
		}
		config, ok := subTLV(value, micConfig)
		if !ok {
			continue
		}
		mic, err = parseExtended(config)
		return mic, true, err
	}
	return extendedMIC{}, false, nil
}

// parseExtended reads TLV 43.6.
func parseExtended(config []byte) (extendedMIC, error) {
	kind, _ := subTLV(config, micType)
	bitmap, _ := subTLV(config, micBitmap)
	digest, explicit := subTLV(config, micDigest)
	mic := extendedMIC{bitmap: bitmap, digest: digest}
	switch {
	case !bytes.Equal(kind, []byte{micHMACMD5}):
		return mic, fmt.Errorf("%w: %s", ErrMIC, kindText(kind))
	case len(bitmap) == 0:
		return mic, fmt.Errorf("%w: TLV 43.6.2 selects no TLVs", ErrMIC)
	case explicit && len(digest) != md5.Size:
		return mic, fmt.Errorf("%w: TLV 43.6.3 has %d octets instead of %d", ErrMIC, len(digest), md5.Size)
	case explicit && mic.covers(typeCMMIC):
		return mic, fmt.Errorf("%w: an explicit digest cannot cover TLV 6, which covers the digest", ErrMIC)
	case mic.covers(typeCMTSMIC):
		return mic, fmt.Errorf("%w: it cannot cover TLV 7", ErrMIC)
	}
	return mic, nil
}

// kindText says why a type of digest is not made.
func kindText(kind []byte) string {
	switch {
	case len(kind) != 1:
		return "TLV 43.6.1 has no type"
	case kind[0] == micMMH:
		return fmt.Sprintf(micTypeName, kind[0]) + "; 2 is MMH16-sigma-n"
	case kind[0] == micVendor:
		return fmt.Sprintf(micTypeName, kind[0]) + "; 43 is a vendor's own"
	}
	return fmt.Sprintf(micTypeName, kind[0])
}

// subTLV returns the value of the first sub-TLV of a type.
func subTLV(value []byte, code uint8) ([]byte, bool) {
	for len(value) >= 2 && len(value) >= 2+int(value[1]) {
		size := int(value[1])
		if value[0] == code {
			return value[2 : 2+size : 2+size], true
		}
		value = value[2+size:]
	}
	return nil, false
}

// extended hashes the TLVs that the bitmap selects, in the order of the file. The digest
// itself is zero while it is hashed, and afterwards.
func (g *signing) extended(file []byte, mic *extendedMIC) {
	clear(mic.digest)
	g.scratch = g.scratch[:0]
	for _, s := range g.spans {
		if mic.covers(s.code) {
			g.scratch = append(g.scratch, file[s.start:s.end]...)
		}
	}
	g.mac.Reset()
	g.mac.Write(g.scratch)
}
