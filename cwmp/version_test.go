package cwmp

import "testing"

func TestVersion(t *testing.T) {
	for version, want := range map[Version][2]string{
		VersionUnknown: {"unknown", "urn:dslforum-org:cwmp-1-0"},
		Version10:      {"1.0", "urn:dslforum-org:cwmp-1-0"},
		Version11:      {"1.1", "urn:dslforum-org:cwmp-1-1"},
		Version12:      {"1.2", "urn:dslforum-org:cwmp-1-2"},
		Version13:      {"1.3", "urn:dslforum-org:cwmp-1-3"},
		Version14:      {"1.4", "urn:dslforum-org:cwmp-1-4"},
		99:             {"unknown", "urn:dslforum-org:cwmp-1-0"},
	} {
		if got := [2]string{version.String(), version.Namespace()}; got != want {
			t.Errorf("%d: got %v, want %v", version, got, want)
		}
	}
}

func TestVersionOf(t *testing.T) {
	for version := Version10; version <= Version14; version++ {
		if got, isCWMP := versionOf(version.Namespace()); got != version || !isCWMP {
			t.Errorf("%v: got %v, %v", version, got, isCWMP)
		}
	}
	for namespace, want := range map[string]bool{
		"urn:dslforum-org:cwmp-1-9":                true,
		"urn:dslforum-org:service-1-0":             false,
		"urn:broadband-forum-org:cwmp:lwnotif-1-0": false,
		"": false,
		"http://schemas.xmlsoap.org/soap/envelope/": false,
	} {
		if got, isCWMP := versionOf(namespace); got != VersionUnknown || isCWMP != want {
			t.Errorf("%s: got %v, %v", namespace, got, isCWMP)
		}
	}
}
