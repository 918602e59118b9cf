package configfile

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"testing"
)

// encode encodes statements as a modem's file.
func encode(statements string) (Body, error) {
	return AppendEncode(nil, []byte("Main {\n"+statements+"\n}"), nil)
}

// TestValues: each coding, in the text and as octets; what is printed is the same text
// unless another is given.
func TestValues(t *testing.T) {
	for _, c := range []struct{ text, octets, printed string }{
		{"MaxCPE 254;", "1201fe", ""},
		{"MaxClassifiers 65535;", "1c02ffff", ""},
		{"VendorSpecific { L2VPNEncoding { L2VPNDSID 1048575; } }", "2b070505" + "1a030fffff", ""},
		{"DownstreamFrequency 88000000;", "01" + "04053ec600", ""},
		{"SubMgmtControl 0x0A0b0C;", "23030a0b0c", "SubMgmtControl 0x0a0b0c;"},
		{"SubMgmtControl 0X0A0b0C;", "23030a0b0c", "SubMgmtControl 0x0a0b0c;"},
		{`SwUpgradeFilename "a\"b\c";`, "0905" + "6122625c63", ""},
		{`SwUpgradeFilename "";`, "0900", ""},
		{`UsServiceFlow { ServiceClassName "gold"; }`, "180704" + "05676f6c6400", ""},
		{`UsServiceFlow { ServiceClassName "g"; }`, "180404" + "026700", ""},
		{"SwUpgradeServer 192.0.2.1;", "1504c0000201", ""},
		{"SwUpgradeServer6 2001:DB8::1;", "3a1020010db8000000000000000000000001", "SwUpgradeServer6 2001:db8::1;"},
		{"PTPAddressConfigurations { PTPSourceIPAddressConfiguration 192.0.2.1; }", "66060104c0000201", ""},
		{"PTPAddressConfigurations { PTPSourceIPAddressConfiguration ::1; }", "66120110" + strings.Repeat("00", 15) + "01", ""},
		{"VendorSpecific { L2VPNEncoding { NSIEncapsulation { ServiceMultiplexingValueL2TPv3Peer 192.0.2.1; } } }", "2b0b0509" + "0207" + "0505" + "01c0000201", ""},
		{"VendorSpecific { L2VPNEncoding { NSIEncapsulation { ServiceMultiplexingValueL2TPv3Peer ::2; } } }", "2b170515" + "0213" + "0511" + "02" + strings.Repeat("00", 15) + "02", ""},
		{"SNMPv1v2cCoexistenceConfig { SNMPv1v2cTransportAddressAccess { SNMPv1v2cTransportAddress 192.0.2.1/161; } }", "350a0208" + "0106c000020100a1", ""},
		{"SNMPv1v2cCoexistenceConfig { SNMPv1v2cTransportAddressAccess { SNMPv1v2cTransportAddressMask ::/0; } }", "35160214" + "0212" + strings.Repeat("00", 18), ""},
		{"SubscriberManagementCPEIPTable 192.0.2.1,192.0.2.2;", "2408c0000201c0000202", ""},
		{"SubscriberManagementCPEIPv6Table ::1,::2;", "4320" + strings.Repeat("00", 15) + "01" + strings.Repeat("00", 15) + "02", ""},
		{"SubMgmtCPEIPv6PrefixList 2001:db8::/32,::/0;", "3d22" + "20010db8" + strings.Repeat("00", 12) + "20" + strings.Repeat("00", 17), ""},
		{"UpstreamDropClassifierGroupID 1,2,255;", "3e030102ff", ""},
		{"SubMgmtFilters 1,2,3,65535;", "2508" + "000100020003ffff", ""},
		{"CpeMacAddress 00:00:5E:00:53:01;", "0e0600005e005301", "CpeMacAddress 00:00:5e:00:53:01;"},
		{"CpeMacAddress 00-00-5E-00-53-01;", "0e0600005e005301", "CpeMacAddress 00:00:5e:00:53:01;"},
		{"UsPacketClass { LLCPacketClassifier { DstMacAddress 00:00:5e:00:53:01/ff:ff:ff:ff:ff:00; } }", "16100a0e" + "010c00005e005301ffffffffff00", ""},
		{"VendorSpecific { L2VPNEncoding { NSIEncapsulation { NSIEncapsulationDualQTag 100,200; } } }", "2b0a0508" + "0206" + "0304006400c8", ""},
		{"VendorSpecific { L2VPNEncoding { NSIEncapsulation { ServiceMultiplexingValueOther; } } }", "2b060504" + "02020100", "VendorSpecific { L2VPNEncoding { NSIEncapsulation { ServiceMultiplexingValueOther 0; } } }"},
		{"SNMPv3AccessViewConfiguration { SNMPv3AccessViewSubtree 1.3.6.1; }", "360702" + "0506032b0601", "SNMPv3AccessViewConfiguration { SNMPv3AccessViewSubtree 1.3.6.1; /* internet */ }"},
		{"SnmpWriteControl docsDevNmAccessTable 1;", "0a0c" + "06092b060102014501" + "02" + "01", ""},
		{"eRouter { SnmpMibObject 1.3.6.1.1 Integer 1; }", "ca0d0b0b" + "3009" + "06042b060101" + "020101", ""},
	} {
		body, err := encode(c.text)
		if strings.HasPrefix(c.text, "SnmpWriteControl") { // the length is easier told than written
			c.octets, c.printed = hex.EncodeToString(body), "SnmpWriteControl 1.3.6.1.2.1.69.1.2 1; /* docsDevNmAccessTable */"
			if !bytes.HasSuffix(body, []byte{0x45, 1, 2, 1}) {
				t.Errorf("%x", []byte(body))
			}
		}
		if strings.HasPrefix(c.text, "SNMPv3AccessView") {
			c.printed = "SNMPv3AccessViewConfiguration { SNMPv3AccessViewSubtree 1.3.6.1; }"
		}
		if err != nil || hex.EncodeToString(body) != c.octets {
			t.Errorf("%s: %x, want %s: %v", c.text, []byte(body), c.octets, err)
			continue
		}
		f, err := Parse(body)
		if err != nil {
			t.Errorf("%s: %v", c.text, err)
			continue
		}
		want := c.printed
		if want == "" {
			want = c.text
		}
		if got := strings.Join(statements(f.TLVs), " "); got != want {
			t.Errorf("%s: printed as %s", c.text, got)
		}
	}
}

// TestMistakes: where they are and what was expected.
func TestMistakes(t *testing.T) {
	for statements, want := range map[string]string{
		"MaxCPE 0;":                                "2:8: expected a number from 1 to 254 for MaxCPE, found 0",
		"MaxCPE -1;":                               "2:8: expected a number from 1 to 254 for MaxCPE, found -1",
		"MaxCPE 1":                                 "3:1: expected ;, found }",
		"MaxCPE;":                                  "2:7: expected a number",
		"MaxCPE \"1\";":                            "2:8: expected a number",
		"MaxClassifiers 65536;":                    "from 0 to 65535",
		"TftpTimestamp 4294967296;":                "from 0 to 4294967295",
		"Maxcpe 1;":                                "2:1: expected MaxCPE, found Maxcpe",
		"Nonsense 1;":                              "2:1: expected the name of a setting, found Nonsense",
		"Nonsense { MaxCPE 0; } 5;":                "2:1: expected the name of a setting, found Nonsense\n2:24: expected the name of a setting, found 5",
		"UsServiceFlow { MaxCPE 1; }":              "2:17: expected the name of a setting of this block, which ends with }",
		"UsServiceFlow 1;":                         "2:15: expected {, found 1",
		"{ }":                                      "2:1: expected a name or }, found {",
		"SubMgmtControl 0x0a0b;":                   "2:16: expected 3 octets for SubMgmtControl",
		"SubMgmtControl 0x0a0b0;":                  "expected octets as 0x and an even count",
		"SubMgmtControl 0x0a0b0g;":                 "expected octets as 0x",
		"SubMgmtControl 1;":                        "expected octets as 0x",
		"SwUpgradeFilename x;":                     "expected a string in double quotes for SwUpgradeFilename, found x",
		"SwUpgradeFilename \"x;":                   "2:19: the string does not end on its line: expected \"",
		"SwUpgradeFilename \"a\tb\";":              "2:21: octet 0x09 in a string",
		"SwUpgradeServer 192.0.2.256;":             "expected an IPv4 address for SwUpgradeServer",
		"SwUpgradeServer 192.0.2;":                 "expected an IPv4 address",
		"SwUpgradeServer 192.0.2.1.1;":             "expected an IPv4 address",
		"SwUpgradeServer \"192.0.2.1\";":           "expected an IPv4 address",
		"SwUpgradeServer6 192.0.2.1;":              "expected an IPv6 address",
		"SwUpgradeServer6 fe80::1%eth0;":           "expected an IPv6 address",
		"CpeMacAddress 00:00:5e:00:53;":            "expected a MAC address",
		"CpeMacAddress 00:00:5e:00:53:0g;":         "expected a MAC address",
		"CpeMacAddress 00.00.5e.00.53.01;":         "expected a MAC address",
		"SubMgmtFilters 1,2;":                      "expected 4 to 10 entries for SubMgmtFilters",
		"SubMgmtFilters 1,2,3,x;":                  "expected numbers from 0 to 65535",
		"SubMgmtFilters 1, 2, 3, 4;":               "expected numbers",
		"UpstreamDropClassifierGroupID 256;":       "expected numbers from 0 to 255",
		"SubMgmtCPEIPv6PrefixList 2001:db8::/129;": "expected IPv6 prefixes",
		"SubMgmtCPEIPv6PrefixList 2001:db8::;":     "expected IPv6 prefixes",
		"SNMPv1v2cCoexistenceConfig { SNMPv1v2cTransportAddressAccess { SNMPv1v2cTransportAddress 192.0.2.1; } }": "expected an address and a port",
		"VendorSpecific { L2VPNEncoding { NSIEncapsulation { NSIEncapsulationDualQTag 1,2,3; } } }":               "expected two tags",
		"VendorSpecific { L2VPNEncoding { NSIEncapsulation { ServiceMultiplexingValueOther 5; } } }":              "expected ;, found 5",
		`ManufacturerCVC "cvc.bin";`:                                                                 "expected no other file (none can be read here)",
		`ManufacturerCVC 5;`:                                                                         "expected the name of a file",
		"SnmpMibObject nonsense.0 Integer 1;":                                                        "2:15: expected an object identifier",
		"SnmpMibObject 1.3.6..1 Integer 1;":                                                          "expected an object identifier",
		"SnmpMibObject 1.3.6.1. Integer 1;":                                                          "expected an object identifier",
		"SnmpMibObject 3.1.1 Integer 1;":                                                             "expected an object identifier",
		"SnmpMibObject 1.40 Integer 1;":                                                              "expected an object identifier",
		"SnmpMibObject 1.3.4294967296 Integer 1;":                                                    "expected an object identifier",
		"SnmpMibObject 1 Integer 1;":                                                                 "expected an object identifier",
		"SnmpMibObject . Integer 1;":                                                                 "expected an object identifier",
		"SnmpMibObject sysName. Integer 1;":                                                          "expected an object identifier",
		"SnmpMibObject sysName.'x'y Integer 1;":                                                      "expected an object identifier",
		"SnmpMibObject sysName.\"x Integer 1;":                                                       "2:23: the quoted index does not end on its line",
		"SnmpMibObject 1.3" + strings.Repeat(".1", 127) + " Integer 1;":                              "expected an object identifier",
		"SnmpMibObject sysName.0 Number 1;":                                                          "2:25: expected a type: Integer, ",
		"SnmpMibObject sysName.0;":                                                                   "expected a type",
		"SnmpMibObject sysName.0 Integer 2147483648;":                                                "expected a number from -2147483648 to 2147483647",
		"SnmpMibObject sysName.0 Integer x;":                                                         "expected a number from -2147483648",
		"SnmpMibObject sysName.0 Integer \"1\";":                                                     "expected a number",
		"SnmpMibObject sysName.0 Gauge -1;":                                                          "expected a number from 0 to 4294967295",
		"SnmpMibObject sysName.0 TimeTicks 1:2:3.4;":                                                 "expected a number from 0",
		"SnmpMibObject sysName.0 TimeTicks 500:0:0:0.0;":                                             "expected a number from 0",
		"SnmpMibObject sysName.0 IPAddress ::1;":                                                     "expected an IPv4 address",
		"SnmpMibObject sysName.0 String x;":                                                          "expected a string in double quotes",
		"SnmpMibObject sysName.0 HexString 0x0;":                                                     "expected octets as 0x",
		"SnmpMibObject sysName.0 ObjectID x;":                                                        "expected an object identifier",
		"SnmpWriteControl 1.3.6 2;":                                                                  "expected 0 (allow) or 1 (deny) for SnmpWriteControl, found 2",
		"SnmpWriteControl x 1;":                                                                      "expected an object identifier",
		"GenericTLV 5;":                                                                              "2:12: expected TlvCode, found 5",
		"GenericTLV TlvCode 256 TlvLength 1 TlvValue 0x01;":                                          "expected a number from 0 to 255 for TlvCode",
		"GenericTLV TlvCode 6 TlvLength 1 TlvValue 0x01;":                                            "2:1: TLV 6 is written by the program",
		"GenericTLV TlvCode 255 TlvLength 1 TlvValue 0x01;":                                          "2:1: TLV 255 is written by the program",
		"GenericTLV TlvCode 99 TlvLength 2 TlvValue 0x01;":                                           "2:35: expected the 2 octets of TlvLength, found 1",
		"GenericTLV TlvCode 99 TlvLength x TlvValue 0x01;":                                           "expected a number from 0 to 65535 for TlvLength",
		"GenericTLV TlvCode 99 TlvSize 1;":                                                           "expected TlvLength, TlvValue,",
		"GenericTLV TlvCode 99 TlvType Long TlvValue 1;":                                             "expected Char, Short, Integer or IPAddress",
		"GenericTLV TlvCode 99 TlvType Char 1;":                                                      "expected TlvValue",
		"GenericTLV TlvCode 99 TlvType Char TlvValue 256;":                                           "expected a number from 0 to 255 for TlvValue",
		"GenericTLV TlvCode 99 TlvValue 0x" + strings.Repeat("00", 256) + ";":                        "2:1: the value has 256 octets: at most 255 fit",
		"UsServiceFlow { " + strings.Repeat("GenericTLV TlvCode 9 { ", 16) + strings.Repeat("}", 17): "expected no more than 16 levels",
		"PHS { " + strings.Repeat("PHSField 0x"+strings.Repeat("00", 100)+"; ", 3) + "}":             "2:1: the value has 306 octets: at most 255 fit",
		"SnmpMibObject sysName.0 String \"" + strings.Repeat("x", 250) + "\";":                       "2:1: the value has 267 octets: at most 255 fit",
		"Tlv103 0x" + strings.Repeat("00", 65536) + ";":                                              "2:1: the value has 65536 octets: at most 65535 fit",
		"/* MaxCPE 1;":                 "2:1: the comment that begins here does not end",
		"\x01":                         "2:1: unexpected octet 0x01",
		"MaxCPE 1; } NetworkAccess 1;": "expected the end of the text, found NetworkAccess",
	} {
		_, err := encode(statements)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s:\n got %v\nwant %s", statements, err, want)
		}
		var all Errors
		var first *Error
		if !errors.As(err, &all) || !errors.As(err, &first) || first != all[0] {
			t.Errorf("%s: %T", statements, err)
		}
	}
	for text, want := range map[string]string{
		"":                  "1:1: expected Main, found the end",
		"NetworkAccess 1;":  "1:1: expected Main, found NetworkAccess",
		"Main":              "1:5: expected {, found the end",
		"Main {\nMaxCPE 1;": "2:10: expected a name or }, found the end",
		"Main { UsServiceFlow { \"" + strings.Repeat("x", 99) + "\" } }":           "1:24: expected a name or }, found \"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx...",
		string(bytes.Repeat([]byte{' '}, MaxText+1)):                               "at most 2097152 are read",
		"Main { " + strings.Repeat("Tlv103 0x"+strings.Repeat("00", 60000)+";", 5): "1:1: the file has 300",
	} {
		if _, err := AppendEncode(nil, []byte(text), nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.50s: %.200v", text, err)
		}
	}
}

func TestAllMistakesAreTold(t *testing.T) {
	_, err := encode("MaxCPE 0;\nUsServiceFlow {\n QosParamSetType 256;\n Nope { A 1; };\n TrafficPriority 9;\n}\nNetworkAccess 2;")
	var all Errors
	if !errors.As(err, &all) || len(all) != 5 || all[4].Line != 8 || all[4].Column != 15 {
		t.Errorf("%v", err)
	}
	_, err = encode(strings.Repeat("MaxCPE 0;\n", 100))
	if !errors.As(err, &all) || len(all) != MaxErrors || !strings.HasSuffix(all[MaxErrors-1].Msg, "(and more: only the first mistakes are told)") {
		t.Errorf("%v", err)
	}
}

// TestForms: ways of writing that are read.
func TestForms(t *testing.T) {
	for text, want := range map[string]string{
		"\ufeffMAIN{NetworkAccess 1;}":                        "030101",
		"/* a *//**/ Main // b\n{ ;; NetworkAccess/*c*/1;}//": "030101",
		"Main\r\n{\r\n\tNetworkAccess\t1;\r\n}\r\n":           "030101",
		"Main { }":                   "",
		"Main { UsServiceFlow { } }": "1800",
		"Main { GenericTLV TlvCode 9 TlvString \"ab\"; }":                                  "09026162",
		"Main { GenericTLV TlvCode 9 TlvStringZero \"ab\"; }":                              "0903616200",
		"Main { GenericTLV TlvCode 9 TlvLength 3 TlvStringZero \"ab\"; }":                  "0903616200",
		"Main { GenericTLV TlvCode 18 TlvType Char TlvValue 4; }":                          "120104",
		"Main { GenericTLV TlvCode 28 TlvType Short TlvValue 4; }":                         "1c020004",
		"Main { GenericTLV TlvCode 99 TlvType Integer TlvValue 4; }":                       "630400000004",
		"Main { GenericTLV TlvCode 99 TlvType IPAddress TlvValue 192.0.2.1; }":             "6304c0000201",
		"Main { GenericTLV TlvCode 99 TlvLength 0 TlvValue 0x; }":                          "6300",
		"Main { GenericTLV TlvCode 24 { MaxRateSustained 1; GenericTLV TlvCode 99 { } } }": "1808" + "080400000001" + "6300",
		"Main { UsServiceFlow { GenericTLV TlvCode 255 TlvLength 1 TlvValue 0x07; } }":     "1803ff0107",
		"Main { GenericTLV TlvCode 64 TlvLength 1 TlvValue 0x07; }":                        "400107",
		"Main { Tlv103 0x0102; Tlv106 5; }":                                                "6700020102" + "6a020005",
		"Main { SnmpMibObject 1.3.6.1.1.0 Integer -2147483648; }":                          "0b0f300d" + "06052b06010100" + "020480000000",
	} {
		body, err := AppendEncode(nil, []byte(text), nil)
		if err != nil || hex.EncodeToString(body) != want {
			t.Errorf("%s: %x, %v", text, []byte(body), err)
		}
	}
}

func TestIsText(t *testing.T) {
	for text, want := range map[string]bool{
		"Main {": true, " /* x */ main{": true, "\ufeffMain": true, "Mian {": true, "": true,
		"\x03\x01\x01": false, "\xfe\x01\x01": false, "\x09\x03abc\x06\x10": false,
	} {
		if IsText([]byte(text)) != want {
			t.Errorf("%q: %v", text, !want)
		}
	}
}

// TestVarbinds: BER as devices and other tools write it.
func TestVarbinds(t *testing.T) {
	for text, want := range map[string]string{
		"Integer 127":                   "02017f",
		"Integer 128":                   "02020080",
		"Integer -1":                    "0201ff",
		"Integer -128":                  "020180",
		"Integer -129":                  "0202ff7f",
		"Integer 2147483647":            "02047fffffff",
		"Gauge32 4294967295":            "420500ffffffff",
		"Gauge 1":                       "420101",
		"Unsigned32 195":                "420200c3",
		"Counter32 5":                   "410105",
		"TimeTicks 100":                 "430164",
		"TimeTicks 1:1:1:1.1":           "430400896c15",
		"IPAddress 192.0.2.1":           "4004c0000201",
		"ObjectID 1.3.6.1":              "06032b0601",
		"ObjectID 2.999.128.2147483648": "0609" + "8837" + "8100" + "8880808000",
		"String \"ab\"":                 "04026162",
		"String \"\"":                   "0400",
		"HexString 0x00ff":              "040200ff",
		"HexString 0x":                  "0400",
	} {
		body, err := encode("SnmpMibObject 1.3.6 " + text + ";")
		want = fmt.Sprintf("0b%02x30%02x06022b06%s", 6+len(want)/2, 4+len(want)/2, want)
		if err != nil || hex.EncodeToString(body) != want {
			t.Errorf("%s: %x, want %s: %v", text, []byte(body), want, err)
		}
	}
	body, err := encode(`SnmpMibObject 1.3.6 String "` + strings.Repeat("x", 200) + `";`)
	if err != nil || !bytes.HasPrefix(body, octets(t, "0bd3"+"308200cf"+"06022b06"+"0481c8"+"7878")) {
		t.Errorf("%x: %v", []byte(body[:16]), err)
	}
	long, ok := appendOID(nil, []byte("1.3"+strings.Repeat(".200", 100)))
	if !ok || !bytes.HasPrefix(long, []byte{6, 0x81, 201, 0x2b, 0x81, 0x48}) {
		t.Errorf("%x", long)
	}
	if arcs, rest, ok := parseOID(long); !ok || len(arcs) != 102 || arcs[101] != 200 || len(rest) != 0 {
		t.Errorf("%v", arcs)
	}
}

// TestLongValues: what goes on in further TLVs, and certificates from files.
func TestLongValues(t *testing.T) {
	content := bytes.Repeat([]byte("certificate "), 60) // 720 octets
	opts := &TextOptions{ReadFile: func(name string) ([]byte, error) {
		switch name {
		case "cvc.der":
			return content, nil
		case "empty":
			return nil, nil
		}
		return nil, errors.New("open " + name + ": no such file")
	}}
	want := append(append([]byte{32, 254}, content[:254]...), append(append([]byte{32, 254}, content[254:508]...), append([]byte{32, 212}, content[508:]...)...)...)
	for _, text := range []string{`Main { ManufacturerCVC "cvc.der"; }`, `Main { MfgCVCData 0x` + hex.EncodeToString(content) + `; }`} {
		body, err := AppendEncode(nil, []byte(text), opts)
		if err != nil || !bytes.Equal(body, want) {
			t.Errorf("%.30s: %x, %v", text, []byte(body), err)
		}
	}
	for text, want := range map[string]string{
		`Main { CoSignerCVC "gone"; }`:  "1:20: CoSignerCVC: open gone: no such file",
		`Main { CoSignerCVC "empty"; }`: "1:20: CoSignerCVC: empty has 0 octets",
	} {
		if _, err := AppendEncode(nil, []byte(text), opts); err == nil || err.Error() != want {
			t.Error(err)
		}
	}
	body, err := AppendEncode(nil, []byte(`Main { MtaConfigDelimiter 1; DigitMap "cvc.der"; }`), opts)
	if err != nil || !bytes.HasPrefix(body[3:], octets(t, "40"+"02ec"+"308202e8"+"06122b06010401a30b0202080201010301010201"+"048202d0")) {
		t.Errorf("%x: %v", []byte(body), err)
	}
}

// TestSplitBlocks: a block of an eSAFE that is longer than a TLV.
func TestSplitBlocks(t *testing.T) {
	inner := strings.Repeat("SnmpMibObject 1.3.6.1.1.5 String \"0123456789\";\n", 14)
	f, err := ParseText([]byte("Main {\neRouter {\n"+inner+"}\nMaxCPE 1; MaxCPE 1;\n}"), nil)
	if err != nil {
		t.Fatal(err)
	}
	if f.Body[0] != 202 || f.Body[1] != 254 || f.Body[256] != 202 {
		t.Fatalf("%x", []byte(f.Body))
	}
	if len(f.TLVs) != 3 || len(f.TLVs[0].Sub) != 14 || !f.TLVs[0].Nested {
		t.Fatalf("%+v", f.TLVs)
	}
	if sub := f.TLVs[0].Sub[13]; sub.Line != 16 || f.TLVs[1].Line != 18 || f.TLVs[2].Line != 18 || f.TLVs[2].Column != 11 {
		t.Errorf("lines %d, %d, %d", sub.Line, f.TLVs[1].Line, f.TLVs[2].Line)
	}
	again, err := AppendEncode(nil, f.AppendText(nil), nil)
	if err != nil || !bytes.Equal(again, f.Body) {
		t.Errorf("%v\n%s", err, f.Text())
	}
}
