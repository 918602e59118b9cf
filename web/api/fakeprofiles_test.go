package api

import (
	"context"
	"errors"
	"io"
	"strings"

	"itms"
)

// fakeProfiles has one profile, and keeps one more.
type fakeProfiles struct {
	store  itms.Store
	stored ProfileText
}

// builtinProfile is the one that is always there.
var builtinProfile = ProfileText{ProfileInfo{"ctc-stb", "China Telecom", 100, []string{"iptv"}, "builtin:ctc-stb.yaml", "builtin"}, "", "name: ctc-stb\n"}

func (f *fakeProfiles) Profiles() []ProfileInfo {
	list := []ProfileInfo{builtinProfile.ProfileInfo}
	if f.stored.Name != "" {
		list = append(list, f.stored.ProfileInfo)
	}
	return list
}

func (f *fakeProfiles) Profile(_ context.Context, name string) (ProfileText, error) {
	switch name {
	case builtinProfile.Name:
		return builtinProfile, nil
	case f.stored.Name:
		return f.stored, nil
	}
	return ProfileText{}, itms.NotFound("profile", name)
}

func (f *fakeProfiles) CheckProfile(text string) ProfileCheck {
	if strings.HasPrefix(text, "name:") {
		return ProfileCheck{Valid: true, Name: "my-stb", Mistakes: []ProfileMistake{}}
	}
	return ProfileCheck{Mistakes: []ProfileMistake{{1, 2, "no name"}}}
}

func (f *fakeProfiles) TryProfile(_ context.Context, text string, _ itms.DeviceID) (itms.ProfileTrial, []ProfileMistake, error) {
	if check := f.CheckProfile(text); !check.Valid {
		return itms.ProfileTrial{}, check.Mistakes, nil
	}
	return itms.ProfileTrial{Bound: true, Reads: []itms.ParamPath{"Device.A."}, Rows: []itms.RowTrial{{Alias: "a", Table: "Device.T."}},
		Params: []itms.ParamTrial{{Name: "Device.A", Wanted: "1", Holds: "2", Known: true, Differs: true}, {Name: "Device.P", Secret: true}}}, nil, nil
}

func (f *fakeProfiles) PutProfile(_ context.Context, actor, name, text, version string) (ProfileText, error) {
	if version != f.stored.Version {
		return ProfileText{}, itms.Errorf(itms.KindConflict, itms.CodeChanged, "changed by somebody else")
	}
	f.stored = ProfileText{ProfileInfo{name, actor, 200, []string{}, "store:" + name, "store"}, version + "+", text}
	return f.stored, nil
}

func (f *fakeProfiles) DeleteProfile(_ context.Context, _, name, version string) error {
	switch {
	case name != f.stored.Name:
		return itms.NotFound("stored profile", name)
	case version != f.stored.Version:
		return itms.Errorf(itms.KindConflict, itms.CodeChanged, "changed by somebody else")
	}
	f.stored = ProfileText{}
	return nil
}

// fakeSystem has one node and a store of a few bytes.
type fakeSystem struct{ broken, elsewhere bool }

func (f fakeSystem) System(context.Context) (SystemInfo, error) {
	return SystemInfo{Nodes: []NodeInfo{{"node-1", "http://192.0.2.1:7547", testTime}}, Store: StoreInfo{"bolt", 11, "/data/itms.db"}, Started: testTime}, nil
}

func (f fakeSystem) Backup() (func(io.Writer) error, error) {
	if f.elsewhere {
		return nil, itms.Errorf(itms.KindConflict, itms.CodeUnsupported, "use pg_dump")
	}
	return func(w io.Writer) error {
		if _, err := w.Write([]byte("the content")); err != nil || !f.broken {
			return err
		}
		return errors.New("the disk is away")
	}, nil
}
