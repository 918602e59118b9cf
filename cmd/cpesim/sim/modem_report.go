package sim

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"os"
	"time"

	"itms"
	"itms/docsis/configfile"
)

// ModemReport is what a modem, or something behind one, has come to. It is also what its
// state file holds.
type ModemReport struct {
	MAC itms.MAC `json:"mac"`
	// Kind is "mta" or "cpe" of what is behind a modem, whose MAC Behind is.
	Kind   string   `json:"kind,omitempty"`
	Behind itms.MAC `json:"behind,omitzero"`
	// State is the last step.
	State   string     `json:"state"`
	Error   string     `json:"error,omitempty"`
	Address netip.Addr `json:"address,omitzero"`
	Server  netip.Addr `json:"server,omitzero"`
	Lease   int        `json:"lease,omitempty"` // seconds
	// Voice is the DHCP server for the modem's MTA (option 122.1), 0.0.0.0 for none.
	Voice netip.Addr `json:"voice,omitzero"`
	Time  time.Time  `json:"time,omitzero"` // of day
	File  string     `json:"file,omitempty"`
	Size  int        `json:"size,omitempty"`
	// CMMIC, CMTSMIC and Hash say whether the checks of the file hold.
	CMMIC   string `json:"cmMic,omitempty"`
	CMTSMIC string `json:"cmtsMic,omitempty"`
	Hash    string `json:"hash,omitempty"`
	// ModemTerms is what the file gives; nil without one.
	*ModemTerms
	Boots int `json:"boots,omitempty"`
}

// ModemTerms are what a configuration file gives.
type ModemTerms struct {
	NetworkAccess bool   `json:"networkAccess"`
	MaxCPE        int    `json:"maxCpe,omitempty"`
	Downstream    uint32 `json:"downstream"` // the largest rate in bit/s, 0 for no limit
	Upstream      uint32 `json:"upstream"`
}

// termsOf reads what a file gives.
func termsOf(f *configfile.File) *ModemTerms {
	r := &ModemTerms{}
	for i := range f.TLVs {
		t := &f.TLVs[i]
		switch t.Code {
		case tlvNetworkAccess:
			r.NetworkAccess = uintOf(t.Value) == 1
		case tlvMaxCPE:
			r.MaxCPE = int(uintOf(t.Value))
		case tlvUpstream:
			r.Upstream = max(r.Upstream, within(t, tlvMaxRate))
		case tlvDownstream:
			r.Downstream = max(r.Downstream, within(t, tlvMaxRate))
		case tlvClassOfCable:
			r.Downstream, r.Upstream = within(t, tlvOldDown), within(t, tlvOldUp)
		}
	}
	return r
}

// within is a number in an aggregate, 0 when it is not there.
func within(t *configfile.TLV, code uint8) uint32 {
	for i := range t.Sub {
		if t.Sub[i].Code == code {
			return uintOf(t.Sub[i].Value)
		}
	}
	return 0
}

// uintOf is a number of up to four octets.
func uintOf(b []byte) (n uint32) {
	for _, c := range b {
		n = n<<8 | uint32(c)
	}
	return n
}

// load reads the report of the last run.
func (m *Modem) load() error {
	if m.config.StatePath == "" {
		return nil
	}
	text, err := os.ReadFile(m.config.StatePath)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("reading the state: %w", err)
	}
	if err := json.Unmarshal(text, &m.report); err != nil {
		return fmt.Errorf("reading the state in %s: %w", m.config.StatePath, err)
	}
	if m.report.MAC != m.config.MAC {
		return fmt.Errorf("%w: %s", ErrOtherDevice, m.report.MAC)
	}
	return nil
}

// save writes the report.
func (m *Modem) save() error {
	if m.config.StatePath == "" {
		return nil
	}
	return writeState(m.config.StatePath, m.Report())
}
