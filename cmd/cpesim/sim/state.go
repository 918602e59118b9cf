package sim

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"itms/cwmp"
)

// Identity says which box it is.
type Identity struct {
	Model        string `json:"model"`
	OUI          string `json:"oui"`
	ProductClass string `json:"productClass"`
	Serial       string `json:"serial"`
	MAC          string `json:"mac"`
	STBID        string `json:"stbId"`
}

// state is what a box remembers over sessions, reboots and, with a state file,
// over runs of the program.
type state struct {
	Identity Identity `json:"identity"`
	Quirks   []string `json:"quirks,omitempty"`
	// Told are the settings of the Config that were last put into the tree, so
	// that what the ACS changed since then stays.
	Told told `json:"told"`
	// Bootstrapped is set when the ACS in the tree has answered a 0 BOOTSTRAP.
	Bootstrapped bool `json:"bootstrapped"`
	// Software is the version that a download brought; it survives a reset.
	Software string `json:"software,omitempty"`

	// Queue are the events of the next Inform.
	Queue []cwmp.Event `json:"queue,omitempty"`
	// Changed are parameters whose change has to be told.
	Changed []string `json:"changed,omitempty"`
	// Hosts are the MAC addresses of the devices behind a gateway; nil for those
	// of the factory.
	Hosts []string `json:"hosts,omitzero"`
	// Addresses are those of the place that the box was carried to.
	Addresses map[string]string `json:"addresses,omitempty"`
	// Typing is how far what was typed into the page has come.
	Typing typing `json:"typing,omitempty"`
	// LoginDue is set when the box has a reason to log into its platform.
	LoginDue bool `json:"loginDue,omitempty"`
	// Staged are values that wait for a reboot.
	Staged map[string]string `json:"staged,omitempty"`
	// Overwritten are the values to come back at a reboot.
	Overwritten map[string]string `json:"overwritten,omitempty"`
	// Diagnosing are the diagnostics that run.
	Diagnosing []string `json:"diagnosing,omitempty"`
	// Transfers are ordered and not yet reported to the ACS.
	Transfers []*transfer `json:"transfers,omitempty"`
	// Scheduled are the Informs ordered for later.
	Scheduled []scheduled `json:"scheduled,omitempty"`

	// Retries is how often the session that is due has failed.
	Retries uint32 `json:"retries,omitempty"`
	// Used counts how often a quirk has acted.
	Used map[string]int `json:"used,omitempty"`

	*tree
}

// told are settings that are also parameters.
type told struct {
	ACS      string `json:"acs"`
	Username string `json:"username,omitempty"`
	Password string `json:"password,omitempty"`
	Software string `json:"software,omitempty"` // the version in the factory
}

// scheduled is an Inform ordered by ScheduleInform.
type scheduled struct {
	Due        time.Time `json:"due"`
	CommandKey string    `json:"commandKey"`
}

// ErrOtherDevice means that a state file belongs to another device than the
// one that the Config describes.
var ErrOtherDevice = errors.New("the state file is of another device")

// load reads the state file. It is no error if there is none yet.
func load(path string) (*state, error) {
	s := &state{tree: &tree{}}
	if path == "" {
		return s, nil
	}
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return s, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading the state: %w", err)
	}
	if err := json.Unmarshal(text, s); err != nil {
		return nil, fmt.Errorf("reading the state in %s: %w", path, err)
	}
	return s, nil
}

// save writes the state file whole or not at all. It holds passwords, so only
// the owner may read it.
func (s *state) save(path string) error {
	if path == "" {
		return nil
	}
	return writeState(path, s)
}

// writeState writes a state file whole or not at all. Only its owner may read it.
func writeState(path string, v any) error {
	text, err := json.MarshalIndent(v, "", " ")
	if err != nil {
		return fmt.Errorf("writing the state: %w", err)
	}
	file, err := os.CreateTemp(filepath.Dir(path), ".cpesim-*") // made with mode 0600
	if err != nil {
		return fmt.Errorf("writing the state: %w", err)
	}
	_, err = file.Write(append(text, '\n'))
	if err = errors.Join(err, file.Close()); err == nil {
		err = os.Rename(file.Name(), path)
	}
	if err != nil {
		return fmt.Errorf("writing the state: %w", errors.Join(err, os.Remove(file.Name())))
	}
	return nil
}

// merge takes the identity of a Config into that of the state.
func (i *Identity) merge(config Identity) error {
	for _, field := range []struct {
		name   string
		kept   *string
		wanted string
	}{
		{"model", &i.Model, config.Model}, {"OUI", &i.OUI, config.OUI},
		{"product class", &i.ProductClass, config.ProductClass}, {"serial number", &i.Serial, config.Serial},
		{"MAC", &i.MAC, config.MAC}, {"STBID", &i.STBID, config.STBID},
	} {
		if *field.kept != "" && field.wanted != "" && !strings.EqualFold(*field.kept, field.wanted) {
			return fmt.Errorf("%w: its %s is %s, not %s", ErrOtherDevice, field.name, *field.kept, field.wanted)
		}
		if *field.kept == "" {
			*field.kept = field.wanted
		}
	}
	return nil
}
