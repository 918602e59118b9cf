package configfile

import (
	"bytes"
	"crypto/hmac"
	"crypto/md5"
	"crypto/sha1"
	"encoding/hex"
	"errors"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"
)

// mustEncode encodes statements.
func mustEncode(t testing.TB, statements string) Body {
	t.Helper()
	body, err := encode(statements)
	if err != nil {
		t.Fatal(err)
	}
	return body
}

// mac is HMAC-MD5 over pieces, written out.
func mac(secret string, pieces ...[]byte) []byte {
	h := hmac.New(md5.New, []byte(secret))
	h.Write(bytes.Join(pieces, nil))
	return h.Sum(nil)
}

func TestSignAddsTimeAndAddress(t *testing.T) {
	body := mustEncode(t, "NetworkAccess 1; TftpTimestamp 5; TftpModemAddress 192.0.2.9; MaxCPE 2;")
	at := time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)
	for client, want := range map[string]string{
		"":                  "030101" + "1404c0000209" + "120102" + "1304eeb69240",
		"192.0.2.77":        "030101" + "120102" + "1304eeb69240" + "1404c000024d",
		"::ffff:192.0.2.77": "030101" + "120102" + "1304eeb69240" + "1404c000024d",
		"2001:db8::1":       "030101" + "120102" + "1304eeb69240" + "3b1020010db8000000000000000000000001",
	} {
		opts := SignOptions{Time: at}
		if client != "" {
			opts.Client = netip.MustParseAddr(client)
		}
		file, err := Sign([]byte("kept"), body, []byte("s"), opts)
		if err != nil || !bytes.HasPrefix(file, append([]byte("kept"), octets(t, want)...)) {
			t.Errorf("%s: %x, %v", client, file, err)
		}
		if v, err := Verify(file[4:], []byte("s")); err != nil || v.CM != MICHolds || v.CMTS != MICHolds {
			t.Errorf("%s: %+v, %v", client, v, err)
		}
		opts.CoverTLV59 = true
		covered, err := Sign(nil, body, []byte("s"), opts)
		if err != nil || bytes.Equal(covered, file[4:]) != (client != "2001:db8::1") {
			t.Errorf("%s: %v\n%x\n%x", client, err, covered, file[4:])
		}
		if v, err := Verify(covered, []byte("s")); err != nil || v.CMTS != MICHolds {
			t.Errorf("%s: %+v, %v", client, v, err)
		}
	}
}

// TestDigestOrder: the CMTS MIC covers whole TLVs in its own order, those of one type in
// the order of the file, and leaves others out.
func TestDigestOrder(t *testing.T) {
	body := mustEncode(t, `EnableTestModes 0; SubMgmtFilters 1,2,3,4; PHS { } DsServiceFlow { } SwUpgradeFilename "x"; UsServiceFlow { UsServiceFlowRef 2; }
		UsServiceFlow { UsServiceFlowRef 1; } MaxCPE 1; VendorSpecific { } NetworkAccess 1; DownstreamFrequency 88000000; GlobalPrivacyEnable 1;`)
	file, err := Sign(nil, body, []byte("s"), SignOptions{})
	if err != nil {
		t.Fatal(err)
	}
	cm := md5.Sum(body)
	want := mac("s", octets(t, "01"+"04053ec600"+"030101"+"2b00"), append([]byte{6, 16}, cm[:]...),
		octets(t, "120101"+"180401020002"+"180401020001"+"1900"+"1d0101"+"1a00"+"25080001000200030004"+"280100"))
	f, err := Parse(file)
	if err != nil || !bytes.Equal(f.CMTSMIC, want) || !bytes.Equal(f.CMMIC, cm[:]) {
		t.Errorf("%x, want %x: %v", f.CMTSMIC, want, err)
	}
}

// emic is the settings of an extended MIC, with a digest when one is given.
func emic(kind, bitmap, digest string) string {
	if digest != "" {
		digest = "ExtendedCMTSMICHMACDigest 0x" + digest + "; "
	}
	return "NetworkAccess 1; SwUpgradeFilename \"x\"; VendorSpecific { VendorIdentifier 0xffffff; ExtendedCMTSMICConfiguration { ExtendedCMTSMICHMACDigestType " +
		kind + "; ExtendedCMTSMICHMACBitmap 0x" + bitmap + "; " + digest + "} } MaxCPE 7;"
}

// bits of TLVs 3 and 9; 3, 6 and 9; 3, 9 and 43.
const (
	bits3and9      = "1040"
	bits3and6and9  = "1240"
	bits3and9and43 = "104000000010"
)

func TestImplicitExtendedMIC(t *testing.T) {
	for bitmap, withCM := range map[string]bool{bits3and9: false, bits3and6and9: true} {
		body := mustEncode(t, emic("1", bitmap, ""))
		file, err := Sign(nil, body, []byte("s"), SignOptions{})
		if err != nil {
			t.Fatal(err)
		}
		var covered []byte
		covered = append(covered, octets(t, "030101"+"090178")...)
		cm := md5.Sum(body)
		if withCM {
			covered = append(append(covered, 6, 16), cm[:]...)
		}
		f, err := Parse(file)
		if err != nil || !bytes.Equal(f.CMTSMIC, mac("s", covered)) || !bytes.Equal(f.CMMIC, cm[:]) {
			t.Errorf("%s: %x, %v", bitmap, f.CMTSMIC, err)
		}
		v, err := Verify(file, []byte("other"), []byte("s"))
		if err != nil || !v.Implicit || v.Extended != MICHolds || v.CMTS != MICHolds || v.CM != MICHolds || v.Secret != 1 {
			t.Errorf("%+v, %v", v, err)
		}
		if v, err := Verify(file, []byte("other")); err != nil || v.Extended != MICFails || v.CMTS != MICFails || v.Secret != -1 {
			t.Errorf("%+v, %v", v, err)
		}
	}
}

func TestExplicitExtendedMIC(t *testing.T) {
	zeros := strings.Repeat("00", 16)
	for bitmap, with43 := range map[string]bool{bits3and9: false, bits3and9and43: true} {
		body := mustEncode(t, emic("1", bitmap, strings.Repeat("aa", 16)))
		blank := mustEncode(t, emic("1", bitmap, zeros))
		file, err := Sign(nil, body, []byte("s"), SignOptions{})
		if err != nil {
			t.Fatal(err)
		}
		covered := octets(t, "030101"+"090178")
		if with43 {
			covered = append(covered, blank[6:len(blank)-3]...)
		}
		digest := mac("s", covered)
		filled := mustEncode(t, emic("1", bitmap, hex.EncodeToString(digest)))
		cm := md5.Sum(filled)
		ext := filled[6 : len(filled)-3]
		f, err := Parse(file)
		want := mac("s", filled[:3], ext, append([]byte{6, 16}, cm[:]...), octets(t, "120107"))
		if err != nil || !bytes.Equal(f.Body, filled) || !bytes.Equal(f.CMMIC, cm[:]) || !bytes.Equal(f.CMTSMIC, want) {
			t.Errorf("%s: %x\n%x\n%x, want %x: %v", bitmap, []byte(f.Body), []byte(filled), f.CMTSMIC, want, err)
		}
		v, err := Verify(file, []byte("s"))
		if err != nil || v.Implicit || v.Extended != MICHolds || v.CMTS != MICHolds || v.Secret != 0 {
			t.Errorf("%+v, %v", v, err)
		}
		// A CMTS takes a file whose extended MIC fails but whose old one holds.
		changed := bytes.Replace(file, octets(t, "090178"), octets(t, "090179"), 1)
		v, err = Verify(changed, []byte("s"))
		if err != nil || v.CM != MICFails || v.Extended != MICFails || v.CMTS != MICHolds {
			t.Errorf("%+v, %v", v, err)
		}
		if v, err := Verify(file); err != nil || v.Extended != MICUnchecked || v.CMTS != MICUnchecked || v.CM != MICHolds {
			t.Errorf("%+v, %v", v, err)
		}
	}
}

func TestExtendedMICsThatAreNotMade(t *testing.T) {
	for want, settings := range map[string]string{
		"type 2 is not supported: use type 1 (HMAC-MD5); 2 is MMH16-sigma-n": emic("2", bits3and9, ""),
		"type 43 is not supported: use type 1 (HMAC-MD5); 43 is a vendor's":  emic("43", bits3and9, ""),
		"type 9 is not supported":               emic("9", bits3and9, ""),
		"TLV 43.6.1 has no type":                "VendorSpecific { VendorIdentifier 0xffffff; ExtendedCMTSMICConfiguration { } }",
		"selects no TLVs":                       emic("1", "", ""),
		"TLV 43.6.3 has 3 octets instead of 16": emic("1", bits3and9, "010203"),
		"an explicit digest cannot cover TLV 6": emic("1", bits3and6and9, strings.Repeat("00", 16)),
		"it cannot cover TLV 7":                 emic("1", "01", ""),
	} {
		file, err := Sign([]byte("kept"), mustEncode(t, settings), nil, SignOptions{})
		if !errors.Is(err, ErrMIC) || !strings.Contains(err.Error(), want) || string(file) != "kept" {
			t.Errorf("%s: %q, %v", want, file, err)
		}
	}
	// Of another vendor 43.6 means something else.
	body := mustEncode(t, strings.Replace(emic("2", bits3and9, ""), "0xffffff", "0x00000c", 1))
	if _, err := Sign(nil, body, nil, SignOptions{}); err != nil {
		t.Error(err)
	}
	if _, err := Sign(nil, Body{3, 9, 1}, nil, SignOptions{}); !errors.Is(err, ErrFormat) {
		t.Error(err)
	}
	if _, err := Sign(nil, Body{3}, nil, SignOptions{}); !errors.Is(err, ErrFormat) {
		t.Error(err)
	}
}

func TestVerifyWhatIsMissing(t *testing.T) {
	v, err := Verify(octets(t, "030101ff"), []byte("s"))
	if err != nil || v.CM != MICMissing || v.CMTS != MICMissing || v.Secret != -1 || v.CM.String() != "missing" {
		t.Errorf("%+v, %v", v, err)
	}
	v, err = Verify(octets(t, "030101"+"0602abcd"+"0702abcd"+"ff"), []byte("s"))
	if err != nil || v.CM != MICFails || v.CMTS != MICFails {
		t.Errorf("%+v, %v", v, err)
	}
	if _, err := Verify([]byte{3, 9}); !errors.Is(err, ErrFormat) {
		t.Error(err)
	}
}

// TestSignersAreShared: one signer serves many at once.
func TestSignersAreShared(t *testing.T) {
	signer := NewSigner([]byte("secret-1"))
	all := goldens(t)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for _, g := range all {
				body := mustEncodeText(t, g.Text)
				file, err := signer.Sign(nil, body, SignOptions{})
				if err != nil || g.Secret == "secret-1" && hex.EncodeToString(file) != g.Hex {
					t.Errorf("%s: %x, %v", g.Name, file, err)
				}
			}
		})
	}
	wg.Wait()
}

// mustEncodeText encodes a whole text.
func mustEncodeText(t testing.TB, text string) Body {
	body, err := AppendEncode(nil, []byte(text), nil)
	if err != nil {
		t.Error(err)
	}
	return body
}

func TestMTAFiles(t *testing.T) {
	const statements = "SnmpMibObject pktcMtaDevEnabled.0 Integer 1;"
	inner := mustEncode(t, statements)
	whole := append(append([]byte{254, 1, 1}, inner...), 254, 1, 255)
	sum := sha1.Sum(whole)
	for word, oid := range map[string]string{"na": "060e2b06010401a30b0202010102" + "0700", "euro": "060c2b06010401ba08010102" + "0900", "ietf": "060b2b0601020181" + "0c01020b00"} {
		hash, err := ParseHash(word)
		if err != nil {
			t.Fatal(err)
		}
		tail := octets(t, oid+"0414"+hex.EncodeToString(sum[:]))
		want := append(whole[:len(whole)-3:len(whole)-3], 11, byte(len(tail)+2), 0x30, byte(len(tail)))
		want = append(append(want, tail...), 254, 1, 255)
		// with and without its delimiters, and when there is a hash already
		for _, text := range []string{"Main {" + statements + "}", "Main { MtaConfigDelimiter 1; " + statements + " MtaConfigDelimiter 255; }",
			"Main { MtaConfigDelimiter 1; SnmpMibObject pktcMtaDevProvConfigHash.0 HexString 0x01; " + statements + " MtaConfigDelimiter 255; }"} {
			file, err := FinishMTA([]byte("kept"), mustEncodeText(t, text), hash)
			if err != nil || !bytes.Equal(file, append([]byte("kept"), want...)) {
				t.Errorf("%s: %x, want %x: %v", word, file, want, err)
			}
		}
		if v, err := Verify(want); err != nil || v.Hash != MICHolds || v.CM != MICMissing {
			t.Errorf("%s: %+v, %v", word, v, err)
		}
		kept, err := FinishMTA(nil, Body(want), HashKeep)
		if err != nil || !bytes.Equal(kept, want) {
			t.Errorf("%s: %x, %v", word, kept, err)
		}
		bare, err := FinishMTA(nil, Body(want), HashNone)
		if err != nil || !bytes.Equal(bare, whole) {
			t.Errorf("%s: %x, %v", word, bare, err)
		}
		want[9] ^= 1
		if v, err := Verify(want); err != nil || v.Hash != MICFails {
			t.Errorf("%s: %+v, %v", word, v, err)
		}
	}
	if file, err := FinishMTA(nil, inner, HashKeep); err != nil || !bytes.Equal(file, whole) {
		t.Errorf("%x, %v", file, err)
	}
	if v, err := Verify(whole); err != nil || v.Hash != MICMissing {
		t.Errorf("%+v, %v", v, err)
	}
	if _, err := ParseHash("sha256"); err == nil {
		t.Error("sha256 is a hash")
	}
	if _, err := FinishMTA(nil, Body{11, 9}, HashNA); !errors.Is(err, ErrFormat) {
		t.Error(err)
	}
}

// TestMTAHashOfMD5: the MIB allows 16 octets too.
func TestMTAHashOfMD5(t *testing.T) {
	whole := octets(t, "fe0101"+"fe01ff")
	for digits, want := range map[string]MICState{"": MICHolds, "00": MICFails} {
		sum := md5.Sum(whole)
		stated := hex.EncodeToString(sum[:]) + digits
		text := "Main { MtaConfigDelimiter 1; SnmpMibObject pktcMtaDevProvConfigHash.0 HexString 0x" + stated + "; MtaConfigDelimiter 255; }"
		if v, err := Verify(mustEncodeText(t, text)); err != nil || v.Hash != want {
			t.Errorf("%+v, %v", v, err)
		}
	}
}

// TestNoAllocations: what is done for each modem needs no memory of its own.
func TestNoAllocations(t *testing.T) {
	text, dst := []byte(benchText), make([]byte, 0, 2048)
	signer := NewSigner([]byte("s"))
	opts := SignOptions{Time: time.Unix(1790000000, 0), Client: netip.MustParseAddr("192.0.2.7")}
	run := func() {
		body, err := AppendEncode(dst, text, nil)
		if err == nil {
			_, err = signer.Sign(body[len(body):], body, opts)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	run()
	if n := testing.AllocsPerRun(100, run); n >= 1 && !raceDetector {
		t.Errorf("%v allocations", n)
	}
}
