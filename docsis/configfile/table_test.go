package configfile

import (
	"slices"
	"strings"
	"testing"
)

// walk visits each TLV of the table with its numbers; shared sub-trees in each place.
func walk(set *defSet, path []uint8, visit func(path []uint8, d *Def)) {
	for _, d := range set.all {
		here := append(slices.Clip(path), d.Code)
		visit(here, d)
		walk(d.inside(), here, visit)
	}
}

func TestTable(t *testing.T) {
	set, err := table()
	if err != nil {
		t.Fatal(err)
	}
	count, since, deepest := 0, map[string]int{}, 0
	walk(set, nil, func(path []uint8, d *Def) {
		count++
		since[d.Since]++
		deepest = max(deepest, len(path))
		if d.Since == "" || !strings.Contains(d.Clause, ":") && d.Clause != "eRouter" || d.Name == "" {
			t.Errorf("%v: %+v", path, d)
		}
		if Find(d.Name, path[:len(path)-1]...) != d {
			t.Errorf("%v is not found by its name %s", path, d.Name)
		}
		for _, name := range d.Aliases {
			if Find(name, path[:len(path)-1]...) != d {
				t.Errorf("%v is not found by %s", path, name)
			}
		}
		if Lookup(path...) != d && d.Coding != FileContent && d.Coding != DigitMap {
			t.Errorf("%v is not found by its numbers", path)
		}
	})
	if count != 1549 || len(set.all) != 87 || deepest != 7 {
		t.Errorf("%d TLVs, %d of the file, %d levels", count, len(set.all), deepest)
	}
	for _, v := range []string{"1.0", "1.1", "2.0", "3.0", "3.1", "4.0", "MTA"} {
		if since[v] == 0 {
			t.Errorf("nothing since %s", v)
		}
		delete(since, v)
	}
	if len(since) > 0 {
		t.Errorf("other versions: %v", since)
	}
}

func TestWellKnownNames(t *testing.T) {
	for name, path := range map[string][]uint8{
		"NetworkAccess": {3}, "MaxCPE": {18}, "GlobalPrivacyEnable": {29}, "SnmpMibObject": {11}, "MtaConfigDelimiter": {254},
		"UsServiceFlow": {24}, "MaxRateSustained": {24, 8}, "DsServiceFlow": {25}, "ServiceClassName": {25, 4},
		"ClassID": {4, 1}, "IpProto": {22, 9, 2}, "DstMacAddress": {23, 10, 1}, "IPProtocol": {60, 9, 2},
		"VendorIdentifier": {43, 8}, "L2VPNDSID": {22, 43, 5, 26}, "ExtendedCMTSMICHMACBitmap": {43, 6, 2},
		"ExplicitExtendedCMTSMICDigest": {43, 6, 3}, "ExtendedCMTSMICBitmap": {25, 43, 6, 2},
		"URL": {202, 2, 2}, "Password": {202, 2, 4}, "SNMPv1v2cTransportAddress": {202, 53, 2, 1},
		"UpstreamEHQoSASF": {93}, "DownstreamEHQoSASF": {94}, "AdvancedBandPlanSupport": {97},
		"FrameLossMeasurementTransmissionPeriodicity": {43, 5, 24, 4, 2, 2},
	} {
		d := Find(name, path[:len(path)-1]...)
		if d == nil || d != Lookup(path...) {
			t.Errorf("%s %v: %v, %v", name, path, d, Lookup(path...))
		}
	}
	for name, code := range map[string]uint8{"ManufacturerCVC": 32, "CoSignerCVC": 33, "ManufacturerCVCChainFile": 81, "DigitMap": 11} {
		if d := Find(name); d == nil || d.Code != code {
			t.Errorf("%s: %v", name, d)
		}
	}
	if d := Lookup(24, 8); d.Coding != U32 || d.Since != "1.1" || d.Clause != "MULPI:C.2.2.7.2.1" || d.Coding.String() != "u32" {
		t.Errorf("%+v", d)
	}
	if Lookup(24, 99) != nil || Lookup(99, 1) != nil || Find("None") != nil || Find("None", 99) != nil || Lookup(3, 1) != nil {
		t.Error("found what is not there")
	}
}

func TestTableNamesItsMistakes(t *testing.T) {
	for text, want := range map[string]string{
		"file\n  1 A u8 - 1.0 X:1\n  2 A u8 - 1.0 X:1": "line 3: A is both 1 and 2",
		"file\n  1 A u9 - 1.0 X:1":                     `line 2: no coding "u9"`,
		"file\n  1 A u8 9..1 1.0 X:1":                  `line 2: range "9..1"`,
		"file\n  1 A u8 x 1.0 X:1":                     "line 2",
		"file\n  256 A u8 - 1.0 X:1":                   "line 2",
		"file\n  1 A u8 -":                             "line 2: 4 fields instead of 6",
		"file\n  1 A u8 - 1.0 X:1\n    1 B u8 - - .1":  "line 3: A holds no TLVs",
		"file\n   1 A u8 - 1.0 X:1":                    "line 2: indented by 3",
		"file\n  1 A tlvs - 1.0 X:1\n    use b":        `line 3: "use" wants`,
		"file\nfile":                                   "line 2: a second file",
		"tree a":                                       "line 1: a section is",
		"tree a 1.0\n  1 A u8 - - X:1":                 `no section "file"`,
		"tree a 1.0\n  1 A u8 - - X:1\nfile\n  1 B tlvs - 1.0 X:1\n    use a\n    1 A u8 - 1.0 X:1": "line 6: A is both 1 and 1",
	} {
		if _, err := parseTable(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", text, err)
		}
	}
	if codings.String() != "coding 28" {
		t.Error(codings.String())
	}
}

func TestObjects(t *testing.T) {
	table, err := objects()
	if err != nil {
		t.Fatal(err)
	}
	if len(table.byName) < 500 {
		t.Errorf("%d objects", len(table.byName))
	}
	for name, want := range map[string]string{
		"docsDevNmAccessIp.1": "1.3.6.1.2.1.69.1.2.1.2.1", "DOCS-CABLE-DEVICE-MIB::docsDevResetNow.0": "1.3.6.1.2.1.69.1.1.3.0",
		"docsDevSerialNumber.0": "1.3.6.1.2.1.69.1.1.4.0", "docsDevSwFilename.0": "1.3.6.1.2.1.69.1.3.2.0",
		"docsDevServerConfigFile.0": "1.3.6.1.2.1.69.1.4.5.0", "docsDevEvReporting.4": "1.3.6.1.2.1.69.1.5.7.1.2.4",
		"docsDevFilterIpDefault.0": "1.3.6.1.2.1.69.1.6.3.0", "docsDevFilterIpDestPortHigh.2": "1.3.6.1.2.1.69.1.6.4.1.15.2",
		"docsDevFilterLLCProtocol.1": "1.3.6.1.2.1.69.1.6.2.1.5.1", "docsDevCpeIpMax.0": "1.3.6.1.2.1.69.1.7.2.0",
		"docsIfCmStatusValue.2": "1.3.6.1.2.1.10.127.1.2.2.1.1.2", "docsBpi2CodeCvcUpdate.0": "1.3.6.1.2.1.10.127.6.1.4.9.0",
		"docsBpi2CmPrivacyEnable.2": "1.3.6.1.2.1.10.127.6.1.1.1.1.1.2", "ifAdminStatus.1": "1.3.6.1.2.1.2.2.1.7.1",
		"snmpCommunityName.'a'": "1.3.6.1.6.3.18.1.1.1.2.97", `snmpTargetAddrTAddress."ab"`: "1.3.6.1.6.3.12.1.2.1.3.2.97.98",
		"vacmGroupName.2.'public'":   "1.3.6.1.6.3.16.1.2.1.3.2.112.117.98.108.105.99",
		"vacmViewTreeFamilyMask.1.1": "1.3.6.1.6.3.16.1.5.2.1.3.1.1", "pktcMtaDevEnabled.0": "1.3.6.1.4.1.4491.2.2.1.1.1.7.0",
		"pktcMtaDevProvConfigHash.0":                    "1.3.6.1.4.1.4491.2.2.1.1.2.7.0",
		"PKTC-IETF-MTA-MIB::pktcMtaDevProvConfigHash.0": "1.3.6.1.2.1.140.1.2.11.0",
		"pktcNcsEndPntConfigCallAgentId.9":              "1.3.6.1.4.1.4491.2.2.2.1.2.1.1.1.9",
		"pktcSigDefMediaStreamTos.0":                    "1.3.6.1.4.1.4491.2.2.2.1.1.9.0", "enterprises.1": "1.3.6.1.4.1.1",
		"iso.3.6.1": "1.3.6.1", "sysLocation.0": "1.3.6.1.2.1.1.6.0", ".1.3.6.1": "1.3.6.1",
	} {
		got, ok := appendOID(nil, []byte(name))
		want, _ := appendOID(nil, []byte(want))
		if !ok || string(got) != string(want) {
			t.Errorf("%s: %x, %v; want %x", name, got, ok, want)
		}
	}
	if name := objectName([]uint32{1, 3, 6, 1, 2, 1, 69, 1, 2, 1, 2, 1}); name != "docsDevNmAccessIp.1" {
		t.Error(name)
	}
	if name := objectName([]uint32{0, 9}); name != "" {
		t.Error(name)
	}
	for text, want := range map[string]string{"a 1\na 2": "line 2: a a second time", "a x": "line 1", "a 1\n    b 2": "line 2: indentation", "a": "line 1"} {
		if _, err := parseObjects(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", text, err)
		}
	}
}
