package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"itms"
	"itms/profile"
	"itms/web/api"
	"itms/workorder"
)

// profileDesk is the editor of profiles as the REST door needs it.
type profileDesk struct {
	store  itms.Store
	engine *workorder.Engine
	models models
}

var _ api.Profiles = profileDesk{}

// Profiles implements api.Profiles.
func (d profileDesk) Profiles() []api.ProfileInfo {
	return profilesOf(d.models.use.set())
}

// profilesOf lists the profiles of a set.
func profilesOf(set *profile.Set) (out []api.ProfileInfo) {
	for _, p := range set.All() {
		out = append(out, profileInfo(p))
	}
	return out
}

// profileInfo names a profile.
func profileInfo(p *profile.Profile) api.ProfileInfo {
	origin := "directory"
	switch {
	case p.Stored:
		origin = "store"
	case p.Builtin:
		origin = "builtin"
	}
	info := api.ProfileInfo{Name: p.Name, Title: p.Title, Priority: p.Priority, Services: []string{}, Source: p.Source, Origin: origin}
	for _, t := range p.Services {
		info.Services = append(info.Services, string(t))
	}
	return info
}

// Profile implements api.Profiles.
func (d profileDesk) Profile(_ context.Context, name string) (api.ProfileText, error) {
	p, ok := d.models.use.set().Get(name)
	if !ok {
		return api.ProfileText{}, itms.NotFound("profile", name)
	}
	text := api.ProfileText{ProfileInfo: profileInfo(p), Text: p.Text}
	if p.Stored {
		text.Version = textVersion(p.Text)
	}
	return text, nil
}

// textVersion names a text: another one has another version.
func textVersion(text string) string {
	const enough = 16
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])[:enough]
}

// CheckProfile implements api.Profiles.
func (d profileDesk) CheckProfile(text string) api.ProfileCheck {
	p, err := profile.Parse("profile", strings.NewReader(text))
	check := api.ProfileCheck{Valid: err == nil, Mistakes: mistakesOf(err)}
	if err == nil {
		check.Name, check.Title = p.Name, p.Title
	}
	return check
}

// mistakesOf lists what is wrong with a profile.
func mistakesOf(err error) []api.ProfileMistake {
	list := []api.ProfileMistake{}
	var problems profile.Problems
	switch {
	case errors.As(err, &problems):
		for _, p := range problems {
			list = append(list, api.ProfileMistake{Line: p.Line, Column: p.Column, Text: p.Text})
		}
	case err != nil:
		list = append(list, api.ProfileMistake{Text: err.Error()})
	}
	return list
}

// TryProfile implements api.Profiles.
func (d profileDesk) TryProfile(ctx context.Context, text string, id itms.DeviceID) (trial itms.ProfileTrial, mistakes []api.ProfileMistake, err error) {
	p, err := profile.Parse("profile", strings.NewReader(text))
	if mistakes = mistakesOf(err); len(mistakes) > 0 {
		return trial, mistakes, nil
	}
	trial, err = d.engine.TryProfile(ctx, id, func(in workorder.ModelInput) (itms.Wanted, error) {
		return p.Wanted(d.models.profileInput(in))
	})
	return trial, mistakes, err
}

// maxStoredProfiles bounds the profiles of the store; a country's operators have some
// tens of models.
const maxStoredProfiles = 200

// PutProfile implements api.Profiles.
func (d profileDesk) PutProfile(ctx context.Context, actor, name, text, version string) (api.ProfileText, error) {
	if err := wrongProfile(name, text); err != nil {
		return api.ProfileText{}, wrongText(err)
	}
	now := itms.Timestamp(time.Now())
	value, err := json.Marshal(storedProfile{text, actor, now})
	if err != nil {
		return api.ProfileText{}, fmt.Errorf("encode profile %s: %w", name, err)
	}
	err = d.change(ctx, name, version, func(tx itms.Tx, stored map[string]storedProfile) error {
		if _, known := stored[name]; !known && len(stored) >= maxStoredProfiles {
			return itms.Errorf(itms.KindLimit, itms.CodeTooLarge, "the store has %d profiles already", len(stored))
		}
		if err := tx.Settings().Put(itms.ProfileSettings+name, value); err != nil {
			return err
		}
		return tx.Journal().Append(&itms.Event{At: now, Type: "profile.stored", Actor: actor, Data: map[string]string{"profile": name, "version": textVersion(text)},
			Text: fmt.Sprintf("profile %s was stored by %s", name, actor)})
	})
	if err != nil {
		return api.ProfileText{}, err
	}
	return d.Profile(ctx, name)
}

// wrongText is the error of a text that is no profile, each mistake with its line.
func wrongText(err error) error {
	e := &itms.Error{Kind: itms.KindInvalid, Code: itms.CodeInvalid, Text: "the profile is wrong"}
	for _, m := range mistakesOf(err) {
		e.Fields = append(e.Fields, itms.FieldError{Pointer: "/text", Text: fmt.Sprintf("line %d: %s", m.Line, m.Text)})
	}
	return e
}

// DeleteProfile implements api.Profiles.
func (d profileDesk) DeleteProfile(ctx context.Context, actor, name, version string) error {
	return d.change(ctx, name, version, func(tx itms.Tx, stored map[string]storedProfile) error {
		if _, known := stored[name]; !known {
			return itms.NotFound("stored profile", name)
		}
		if err := tx.Settings().Delete(itms.ProfileSettings + name); err != nil {
			return err
		}
		return tx.Journal().Append(&itms.Event{At: itms.Timestamp(time.Now()), Type: "profile.deleted", Actor: actor, Data: map[string]string{"profile": name},
			Text: fmt.Sprintf("the stored profile %s was deleted by %s", name, actor)})
	})
}

// change changes what is stored of one profile, unless somebody else did since the version
// was read, and takes the outcome into use here.
func (d profileDesk) change(ctx context.Context, name, version string, fn func(itms.Tx, map[string]storedProfile) error) error {
	err := d.store.Update(ctx, func(tx itms.Tx) error {
		stored, err := readStored(tx)
		if err != nil {
			return err
		}
		have := ""
		if s, ok := stored[name]; ok {
			have = textVersion(s.Text)
		}
		if have != version {
			return itms.Errorf(itms.KindConflict, itms.CodeChanged, "profile %s was changed meanwhile: read it again", name)
		}
		return fn(tx, stored)
	})
	if err != nil {
		return err
	}
	return d.models.use.reload(ctx)
}
