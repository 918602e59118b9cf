package configfile

import (
	"bytes"
	"errors"
	"testing"
)

// seeds adds the golden files and what is odd about files.
func seeds(f *testing.F) {
	for i, g := range goldens(f) {
		if i%6 == 0 {
			f.Add(octets(f, g.Hex))
		}
	}
	for _, digits := range []string{"", "ff", "00", "fe0101fe01ff", "0301", "18020000ff0000", "2bffff",
		"fe01010b133011060d2b0601040a2c000102010107000201014000043002060000fe01ff",
		"ca80" + "0101" + "06020a", "670001aa68000006000700ff", "0500ff01", "110000112233",
		"00fe0101400130", "0600fe010140000130fe01ff"} {
		f.Add(octets(f, digits+digits[:len(digits)%2]))
	}
	big := append([]byte{202, 254}, bytes.Repeat([]byte{2, 0}, 127)...)
	f.Add(append(big, append([]byte{202, 3}, 2, 1, 5)...))
	split := append([]byte{202, 254, 2, 255}, bytes.Repeat([]byte{1}, 252)...)
	f.Add(append(split, 202, 3, 1, 1, 1))
}

// FuzzParse: any octets are refused with ErrFormat or read within the limits, and may be
// verified, checked and compared.
func FuzzParse(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		file, err := Parse(data)
		if err != nil {
			if !errors.Is(err, ErrFormat) {
				t.Fatal(err)
			}
			return
		}
		if _, err := Verify(data, []byte("s")); err != nil {
			t.Fatal(err)
		}
		for _, finding := range Check(file, CheckOptions{Version: "1.1"}) {
			if finding.String() == "" {
				t.Fatal("an empty finding")
			}
		}
		if changes := Diff(file, file); len(changes) > 0 {
			t.Fatalf("differs from itself: %v", changes)
		}
	})
}

// FuzzRoundTrip: what can be read prints as text that gives the same settings, and
// signed settings hold.
func FuzzRoundTrip(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		file, err := Parse(data)
		if err != nil {
			return
		}
		text := file.AppendText(nil)
		body, err := AppendEncode(nil, text, &TextOptions{MTA: file.MTA})
		if err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		if !bytes.Equal(body, file.Body) {
			t.Fatalf("%x became %x\n%s", []byte(file.Body), []byte(body), text)
		}
		holds(t, file, body)
	})
}

// holds finishes the settings and checks what it made.
func holds(t *testing.T, file *File, body Body) {
	if file.MTA {
		whole, err := FinishMTA(nil, body, HashNA)
		if err != nil {
			t.Fatal(err)
		}
		if v, err := Verify(whole); err != nil || v.Hash != MICHolds {
			t.Fatalf("%+v, %v: %x", v, err, whole)
		}
		return
	}
	whole, err := Sign(nil, body, []byte("s"), SignOptions{})
	if errors.Is(err, ErrMIC) {
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	v, err := Verify(whole, []byte("s"))
	if err != nil || v.CM != MICHolds || v.CMTS != MICHolds || v.Extended != MICMissing && v.Extended != MICHolds || len(whole)%4 != 0 {
		t.Fatalf("%+v, %v: %x", v, err, whole)
	}
}

// FuzzText: any text is encoded or refused with places within it, never changes what was
// in dst, and what it gives prints and encodes to the same again.
func FuzzText(f *testing.F) {
	for i, g := range goldens(f) {
		if i%9 == 0 {
			f.Add([]byte(g.Text))
		}
	}
	f.Add([]byte(benchText))
	for _, text := range []string{"", "Main", "Main {", "Main { }", "main{MaxCPE 1;}", "Main { /* } */ NetworkAccess 0; } // end",
		`Main { SnmpMibObject vacmGroupName.2.'public' String "a\"b\\"; SnmpWriteControl 1.3.6 1; }`,
		`Main { GenericTLV TlvCode 5 TlvType IPAddress TlvValue 192.0.2.1; GenericTLV TlvCode 43 { GenericTLV TlvCode 8 TlvStringZero "x"; } }`,
		"Main { MtaConfigDelimiter 1; GenericTLV TlvCode 64 TlvLength 1 TlvValue 0x05; }", `Main { SwUpgradeFilename "unended`,
		"Main { SNMPv1v2cCoexistenceConfig { SNMPv1v2cTransportAddressAccess { SNMPv1v2cTransportAddress 2001:db8::1/161; } } }",
		"Main { SnmpMibObject 1.3.6.1.2.1.1.3.0 TimeTicks 1:2:3:4.5; SubMgmtFilters 1,2,3,4; SubMgmtCPEIPv6PrefixList 2001:db8::/32; }"} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		body, err := AppendEncode([]byte("kept"), text, nil)
		if err != nil {
			var all Errors
			if !errors.As(err, &all) || len(all) == 0 || len(all) > MaxErrors || string(body) != "kept" {
				t.Fatalf("%q, %v", body, err)
			}
			return
		}
		file, err := ParseText(text, nil)
		if err != nil || string(body) != "kept"+string(file.Body) {
			t.Fatalf("%q, %q: %v", body, file.Body, err)
		}
		again, err := AppendEncode(nil, file.AppendText(nil), &TextOptions{MTA: file.MTA})
		if err != nil || !bytes.Equal(again, file.Body) {
			t.Fatalf("%v\n%s", err, file.Text())
		}
	})
}
