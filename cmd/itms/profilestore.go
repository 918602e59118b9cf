package main

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rs/zerolog"

	"itms"
	"itms/profile"
)

// profilesInUse are the profiles of program, directory and store, the last before the
// others. All nodes of a store follow what is stored; nothing need be restarted.
type profilesInUse struct {
	dir   string
	store itms.Store
	log   zerolog.Logger

	loading sync.Mutex // held while they are loaded
	now     atomic.Pointer[profile.Set]
}

// usedProfiles are profiles that do not change.
func usedProfiles(set *profile.Set) *profilesInUse {
	p := &profilesInUse{}
	p.now.Store(set)
	return p
}

// set returns the profiles in use.
func (p *profilesInUse) set() *profile.Set { return p.now.Load() }

// storedProfile is a profile as it stands in the settings.
type storedProfile struct {
	Text string    `json:"text"`
	By   string    `json:"by"`
	At   time.Time `json:"at"`
}

// readStored reads the profiles of the store by name.
func readStored(tx itms.Tx) (map[string]storedProfile, error) {
	all, err := tx.Settings().List(itms.ProfileSettings)
	if err != nil {
		return nil, err
	}
	stored := map[string]storedProfile{}
	for key, value := range all {
		var s storedProfile
		if err := json.Unmarshal(value, &s); err != nil {
			return nil, itms.Errorf(itms.KindInternal, itms.CodeInternal, "decode the stored %s", key).Because(err)
		}
		stored[strings.TrimPrefix(key, itms.ProfileSettings)] = s
	}
	return stored, nil
}

// reload takes what is stored into use. A stored profile that this program cannot read,
// perhaps since an older one stored it, is left out with a complaint: the others, and
// what it replaced, go on.
func (p *profilesInUse) reload(ctx context.Context) error {
	p.loading.Lock()
	defer p.loading.Unlock()
	var stored map[string]storedProfile
	err := p.store.View(ctx, func(tx itms.Tx) (err error) {
		stored, err = readStored(tx)
		return err
	})
	if err != nil {
		return err
	}
	texts := map[string]string{}
	for name, s := range stored {
		if err := wrongProfile(name, s.Text); err != nil {
			p.log.Error().Err(err).Str("profile", name).Msg("a stored profile cannot be used and is left out")
			continue
		}
		texts[name] = s.Text
	}
	set, err := profile.LoadOver(p.dir, texts)
	if err != nil {
		return err
	}
	if was := p.now.Swap(set); was != nil && was.Revision() != set.Revision() {
		p.log.Info().Str("revision", set.Revision()).Int("stored", len(texts)).Msg("profiles are in use from now on")
	}
	return nil
}

// wrongProfile says what is wrong with a profile that is stored under a name.
func wrongProfile(name, text string) error {
	got, err := profile.Parse(name, strings.NewReader(text))
	var problems profile.Problems
	switch {
	case errors.As(err, &problems):
		return problems
	case err != nil:
		return err
	case got.Name != name:
		return profile.Problems{{File: name, Line: 1, Column: 1, Text: "name: expected " + name + ", not " + got.Name}}
	}
	return nil
}

// follow takes what is stored into use as it changes, until ctx ends.
func (p *profilesInUse) follow(ctx context.Context) error {
	changed := p.store.Wake(ctx, itms.TopicProfiles)
	for {
		if err := p.reload(ctx); err != nil && ctx.Err() == nil {
			p.log.Error().Err(err).Msg("profiles: the stored ones could not be read; those in use stay")
		}
		if _, open := <-changed; !open {
			return nil
		}
	}
}
