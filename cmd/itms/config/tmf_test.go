package config

import (
	"strings"
	"testing"
)

func TestTMFWordsAreChecked(t *testing.T) {
	text := strings.Join([]string{"cwmp: {auth: none}", "tmf:", "  default: loose", "  senders: {crm: strict, old: lax}", "  serviceTypes: {TV: iptv, Tea: tea}"}, "\n")
	_, err := Parse("itms.yaml", []byte(text), nil)
	if err == nil {
		t.Fatal("wrong words are taken")
	}
	for _, place := range []string{"itms.yaml:3: tmf.default", "itms.yaml:4: tmf.senders.old", "itms.yaml:5: tmf.serviceTypes.Tea"} {
		if !strings.Contains(err.Error(), place) {
			t.Errorf("%q is not in %v", place, err)
		}
	}
	if strings.Contains(err.Error(), "senders.crm") || strings.Contains(err.Error(), "serviceTypes.TV") {
		t.Errorf("right words are refused: %v", err)
	}
}
