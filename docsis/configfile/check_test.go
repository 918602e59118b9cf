package configfile

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// flows is what a modem's file needs.
const flows = "NetworkAccess 1;\nUsServiceFlow { UsServiceFlowRef 1; }\nDsServiceFlow { DsServiceFlowRef 2; }\n"

// checked returns the findings of statements, "" for none.
func checked(t *testing.T, statements string, opts CheckOptions) []string {
	t.Helper()
	f, err := ParseText([]byte("Main {\n"+statements+"\n}"), nil)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, finding := range Check(f, opts) {
		all = append(all, finding.String())
	}
	return all
}

func TestCheck(t *testing.T) {
	for statements, want := range map[string][]string{
		flows: nil,
		"NetworkAccess 1; ClassOfService { ClassID 1; } ClassOfService { ClassID 2; }": nil,
		"": {"NetworkAccess (3) is missing", "UsServiceFlow (24) and DsServiceFlow (25), or ClassOfService (4) of DOCSIS 1.0, are missing"},
		"NetworkAccess 1; UsServiceFlow { UsServiceFlowRef 1; }":                              {"UsServiceFlow (24) and DsServiceFlow (25), or ClassOfService (4) of DOCSIS 1.0, are missing"},
		flows + "ClassOfService { ClassID 1; }":                                               {"ClassOfService (4) of DOCSIS 1.0 and service flows (24, 25) exclude each other: a CMTS refuses the modem"},
		flows + "MaxCPE 1;\nMaxCPE 2;":                                                        {"6:1: MaxCPE (18): given twice, first in line 5"},
		flows + "UsPacketClass { ClassifierRef 1; ServiceFlowRef 2; }":                        {"5:34: ServiceFlowRef (22.3): 2 names no upstream service flow of the file"},
		flows + "DsPacketClass { ClassifierRef 1; ServiceFlowRef 2; }":                        nil,
		flows + "UsServiceFlow { UsServiceFlowRef 2; }":                                       {"5:17: UsServiceFlowRef (24.1): 2 is the reference of another service flow too, first in line 4"},
		flows + "DsPacketClass { ClassifierRef 7; }\nUsPacketClass {\nClassifierRef 7; }":     {"7:1: ClassifierRef (22.1): 7 is the reference of another classifier too, first in line 5"},
		flows + "UsServiceFlow { }":                                                           {"5:1: warning: UsServiceFlow (24): has no reference (24.1)"},
		flows + "UsServiceFlow { UsServiceFlowRef 3; TrafficPriority 1; TrafficPriority 2; }": {"5:56: TrafficPriority (24.7): given twice, first in line 5"},
		flows + "PHS { PHSClassifierRef 5; PHSServiceFlowRef 2; }":                            {"5:7: PHSClassifierRef (26.1): 5 names no classifier of the file"},
		flows + "UsServiceFlow { UsServiceFlowRef 3; UpstreamAggregateServiceFlowReference 4; UpstreamMESPReference 5; }\nUpstreamAggregateServiceFlow { UpstreamServiceFlowReference 4; }\nMetroEthernetServiceProfile { MESPReference 5; }": nil,
		flows + "SnmpMibObject sysName.0 String \"a\";\nSnmpMibObject sysContact.0 String \"a\";\nSnmpMibObject sysName.0 String \"b\";":                                                                                                      {"7:1: SnmpMibObject (11): 1.3.6.1.2.1.1.5.0 is set twice, first in line 5"},
		flows + "GenericTLV TlvCode 99 TlvLength 0 TlvValue 0x;":                                                    {"5:1: warning: TLV 99: unknown"},
		flows + "GenericTLV TlvCode 18 TlvLength 1 TlvValue 0x00;":                                                  {"5:1: MaxCPE (18): 0x00 is not u8 of 1 to 254"},
		flows + "GenericTLV TlvCode 18 TlvLength 2 TlvValue 0x0001;":                                                {"5:1: MaxCPE (18): 0x0001 is not u8 of 1 to 254"},
		flows + "GenericTLV TlvCode 4 TlvLength 1 TlvValue 0x00;":                                                   {"ClassOfService (4) of DOCSIS 1.0 and service flows (24, 25) exclude each other: a CMTS refuses the modem", "5:1: ClassOfService (4): its 1 octets are not sub-TLVs"},
		flows + "VendorSpecific { CMLoadBalancingGroupID 1; }":                                                      {"5:1: warning: VendorSpecific (43): has no VendorIdentifier (43.8): a modem skips it"},
		flows + "VendorSpecific { VendorIdentifier 0x00000c; GenericTLV TlvCode 99 TlvLength 0 TlvValue 0x; }":      nil,
		flows + emic("2", bits3and9, ""):                                                                            {"5:1: NetworkAccess (3): given twice, first in line 2", "5:41: VendorSpecific (43.6): extended CMTS MIC: type 2 is not supported: use type 1 (HMAC-MD5); 2 is MMH16-sigma-n"},
		flows + "SnmpWriteControl 1.3.6 1;\n" + strings.Repeat("MfgCVCData 0x"+strings.Repeat("00", 250)+";\n", 33): {"the file has 8376 octets: modems need not take more than 8192"},
		"MtaConfigDelimiter 1; SnmpMibObject sysName.0 String \"a\"; MtaConfigDelimiter 255;":                       nil,
		"MtaConfigDelimiter 1; SnmpMibObject sysName.0 String \"a\";":                                               {"an MTA file ends with MtaConfigDelimiter 255"},
	} {
		got := checked(t, statements, CheckOptions{})
		for i := range got {
			got[i] = strings.TrimPrefix(got[i], "warning: the file")
			want[i] = strings.TrimPrefix(want[i], "the file")
		}
		if !slices.Equal(got, want) {
			t.Errorf("%.200s\n got %q\nwant %q", statements, got, want)
		}
	}
}

func TestCheckVersions(t *testing.T) {
	statements := flows + "LowLatencyDisable 1;\nSwUpgradeServer6 ::1;\nUsServiceFlow { UsServiceFlowRef 5; DataRateUnitSetting 1; }\nUNIControlEncodings { UNIDuplex 1; }"
	for version, want := range map[string][]string{
		"": nil, "3.1": nil,
		"3.0": {"5:1: warning: LowLatencyDisable (91): is of DOCSIS 3.1", "7:37: warning: DataRateUnitSetting (24.41): is of DOCSIS 3.1"},
		"2.0": {"5:1: warning: LowLatencyDisable (91): is of DOCSIS 3.1", "6:1: warning: SwUpgradeServer6 (58): is of DOCSIS 3.0",
			"7:37: warning: DataRateUnitSetting (24.41): is of DOCSIS 3.1", "8:1: warning: UNIControlEncodings (79): is of DOCSIS 3.0"},
	} {
		if got := checked(t, statements, CheckOptions{Version: version}); !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", version, got, want)
		}
	}
}

func TestCheckBinaryFiles(t *testing.T) {
	body := mustEncode(t, flows)
	file, err := Sign(nil, body, []byte("s"), SignOptions{})
	if err != nil {
		t.Fatal(err)
	}
	end := bytes.LastIndexByte(file, typeEnd)
	for name, c := range map[string]struct {
		file []byte
		want []string
	}{
		"whole":         {file, nil},
		"no end":        {file[:end], []string{"the end mark (255) is missing"}},
		"no MICs":       {append(bytes.Clone(body), typeEnd), []string{"CmMic (6) is missing", "CmtsMic (7) is missing"}},
		"short MIC":     {append(append(bytes.Clone(body), 6, 2, 0, 0), file[len(body)+18:]...), []string{"CmMic (6) has 2 octets instead of 16"}},
		"more":          {append(bytes.Clone(file[:end+1]), 0, 5, 0), []string{"warning: 2 octets follow the end mark"}},
		"MTA":           {octets(t, "fe0101"+"fe01ff"), nil},
		"MTA, MICs":     {octets(t, "fe0101"+"0601aa"+"fe01ff"), []string{"warning: an MTA file has no CM MIC and no CMTS MIC"}},
		"MTA delimiter": {octets(t, "fe0101"+"fe0102"), []string{"an MTA file ends with MtaConfigDelimiter 255"}},
	} {
		f, err := Parse(c.file)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, finding := range Check(f, CheckOptions{}) {
			got = append(got, finding.String())
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func TestDiff(t *testing.T) {
	a := flows + `MaxCPE 1; SnmpMibObject sysName.0 String "a"; SnmpMibObject sysName.1 String "b c"; GenericTLV TlvCode 99 TlvLength 1 TlvValue 0x01;
		SnmpMibObject 1.2.3 Integer 1; CpeMacAddress 00:00:5e:00:53:01; CpeMacAddress 00:00:5e:00:53:02; VendorSpecific { VendorIdentifier 0x00000c; }`
	for b, want := range map[string]string{
		a: "",
		`VendorSpecific { VendorIdentifier 0x00000c; } DsServiceFlow { DsServiceFlowRef 2; } UsServiceFlow { UsServiceFlowRef 1; } GenericTLV TlvCode 99 TlvLength 1 TlvValue 0x01;
			SnmpMibObject 1.2.3 Integer 1; SnmpMibObject sysName.1 String "b c"; SnmpMibObject sysName.0 String "a"; GenericTLV TlvCode 18 TlvType Char TlvValue 1;
			CpeMacAddress 00:00:5e:00:53:01; NetworkAccess 1; CpeMacAddress 00:00:5e:00:53:02;`: "",
		strings.NewReplacer("MaxCPE 1", "MaxCPE 2", `"b c"`, `"b  c"`, "0x01", "0x02", "Integer 1", "Gauge 1", "53:02", "53:03").Replace(a): "- MaxCPE 1;\n+ MaxCPE 2;\n" +
			"- SnmpMibObject[sysName.1] String \"b c\";\n+ SnmpMibObject[sysName.1] String \"b  c\";\n- TLV 99 0x01;\n+ TLV 99 0x02;\n" +
			"- SnmpMibObject[1.2.3] Integer 1;\n+ SnmpMibObject[1.2.3] Gauge32 1;\n- CpeMacAddress#2 00:00:5e:00:53:02;\n+ CpeMacAddress#2 00:00:5e:00:53:03;",
		strings.Replace(a, "MaxCPE 1; ", "", 1):                                                   "- MaxCPE 1;",
		a + "DsServiceFlow { DsServiceFlowRef 3; VendorSpecific { VendorIdentifier 0x0000ff; } }": "+ DsServiceFlow[3] { DsServiceFlowRef 3; VendorSpecific { VendorIdentifier 0x0000ff; } }",
		strings.Replace(a, "UsServiceFlowRef 1;", "UsServiceFlowRef 1; TrafficPriority 3;", 1):    "+ UsServiceFlow[1].TrafficPriority 3;",
		strings.Replace(a, "VendorIdentifier 0x00000c;", "", 1):                                   "- VendorSpecific[00000c] { VendorIdentifier 0x00000c; }\n+ VendorSpecific { }",
	} {
		left, err := ParseText([]byte("Main {"+a+"}"), nil)
		if err != nil {
			t.Fatal(err)
		}
		right, err := ParseText([]byte("Main {"+b+"}"), nil)
		if err != nil {
			t.Fatal(err)
		}
		var lines []string
		for _, change := range Diff(left, right) {
			lines = append(lines, change.String())
		}
		if got := strings.Join(lines, "\n"); got != want {
			t.Errorf("%s\n got %s\nwant %s", b, got, want)
		}
	}
}

// TestDiffLeavesDerivedOut: integrity checks, end, padding and the MTA hash.
func TestDiffLeavesDerivedOut(t *testing.T) {
	body := mustEncode(t, flows)
	signed, err := Sign(nil, body, []byte("s"), SignOptions{})
	if err != nil {
		t.Fatal(err)
	}
	mta, err := FinishMTA(nil, nil, HashNone)
	if err != nil {
		t.Fatal(err)
	}
	hashed, err := FinishMTA(nil, nil, HashIETF)
	if err != nil {
		t.Fatal(err)
	}
	for _, pair := range [][2][]byte{{body, signed}, {mta, hashed}} {
		a, err := Parse(pair[0])
		if err != nil {
			t.Fatal(err)
		}
		b, err := Parse(pair[1])
		if err != nil {
			t.Fatal(err)
		}
		if changes := Diff(a, b); len(changes) > 0 {
			t.Errorf("%v", changes)
		}
	}
}

// TestDecode: what is not as its name would have it is printed by its number.
func TestDecode(t *testing.T) {
	for digits, want := range map[string]string{
		"120100":                                 "GenericTLV TlvCode 18 TlvLength 1 TlvValue 0x00; /* MaxCPE */",
		"12020001":                               "GenericTLV TlvCode 18 TlvLength 2 TlvValue 0x0001; /* MaxCPE */",
		"6300":                                   "GenericTLV TlvCode 99 TlvLength 0 TlvValue 0x;",
		"0902615c":                               `GenericTLV TlvCode 9 TlvLength 2 TlvValue 0x615c; /* SwUpgradeFilename */`,
		"0902610a":                               `GenericTLV TlvCode 9 TlvLength 2 TlvValue 0x610a; /* SwUpgradeFilename */`,
		"0904c3a97822":                           `SwUpgradeFilename "éx\"";`,
		"180100":                                 "GenericTLV TlvCode 24 TlvLength 1 TlvValue 0x00; /* UsServiceFlow */",
		"1804040261" + "62":                      "UsServiceFlow { GenericTLV TlvCode 4 TlvLength 2 TlvValue 0x6162; /* ServiceClassName */ }",
		"0b0c300a06022b06" + "4304" + "00000001": "GenericTLV TlvCode 11 TlvLength 12 TlvValue 0x300a06022b06430400000001; /* SnmpMibObject */",
		"0b08300606022b06" + "0500":              "GenericTLV TlvCode 11 TlvLength 8 TlvValue 0x300606022b060500; /* SnmpMibObject */",
		"0b09300706022b06" + "0401" + "22":       "SnmpMibObject 1.3.6 String \"\\\"\";",
		"0b09300706022b06" + "0401" + "5c":       "SnmpMibObject 1.3.6 HexString 0x5c;",
		"0b0a300806022b06" + "0402" + "5c22":     "SnmpMibObject 1.3.6 HexString 0x5c22;",
		"0b0b300906022b06" + "0603" + "2b0601":   "SnmpMibObject 1.3.6 ObjectID 1.3.6.1;",
		"2b09" + "0803" + "00000c" + "0102" + "0001": "VendorSpecific { VendorIdentifier 0x00000c; GenericTLV TlvCode 1 TlvLength 2 TlvValue 0x0001; /* CMLoadBalancingPolicyID */ }",
		"2404c0000201" + "2405c000020100":            "SubscriberManagementCPEIPTable 192.0.2.1; GenericTLV TlvCode 36 TlvLength 5 TlvValue 0xc000020100; /* SubscriberManagementCPEIPTable */",
		"1411" + strings.Repeat("00", 17):            "GenericTLV TlvCode 20 TlvLength 17 TlvValue 0x" + strings.Repeat("00", 17) + "; /* TftpModemAddress */",
	} {
		f, err := Parse(octets(t, digits))
		if err != nil {
			t.Errorf("%s: %v", digits, err)
			continue
		}
		if got := strings.Join(statements(f.TLVs), " "); got != want {
			t.Errorf("%s:\n got %s\nwant %s", digits, got, want)
		}
		body, err := AppendEncode(nil, f.AppendText(nil), nil)
		if err != nil || !bytes.Equal(body, f.Body) {
			t.Errorf("%s: %x, %v", digits, []byte(body), err)
		}
	}
}

// TestFrame: what surrounds the settings.
func TestFrame(t *testing.T) {
	f, err := Parse(octets(t, "00"+"030101"+"0000"+"0603aabbcc"+"120101"+"0701dd"+"1d0101"+"ff"+"0001"))
	if err != nil || fmt.Sprintf("%x %x %x %v %d", []byte(f.Body), f.CMMIC, f.CMTSMIC, f.Ended, f.Behind) != "0301011201011d0101 aabbcc dd true 2" {
		t.Errorf("%+v, %v", f, err)
	}
	want := "Main\n{\n\tNetworkAccess 1;\n\tMaxCPE 1;\n\tGlobalPrivacyEnable 1;\n\t/* CmMic 0xaabbcc; */\n\t/* CmtsMic 0xdd; */\n\t/* EndOfDataMkr */\n\t/* 2 octets follow the end mark */\n}\n"
	if got := f.Text(); got != want {
		t.Errorf("%s", got)
	}
	for digits, want := range map[string]string{
		"03":                              "octet 0: TLV 3 ends within its length",
		"030101" + "1205":                 "octet 3: TLV 18 has 5 octets, 0 are left",
		"6701":                            "octet 0: TLV 103 ends within its length",
		"670100":                          "octet 0: TLV 103 has 256 octets, 0 are left",
		strings.Repeat("00", MaxFile+1):   "at most 262144 are read",
		strings.Repeat("6300", MaxTLVs+1): "more than 65536 TLVs",
	} {
		if _, err := Parse(octets(t, digits)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.20s: %v", digits, err)
		}
	}
}
