package api

import (
	"context"
	"net/http"
	"strings"

	"itms"
)

// profilesPath is the collection of device profiles.
const profilesPath = base + "/profiles"

// maxProfile bounds the document of a profile; the largest that is built in has 20 KiB.
const maxProfile = 256 << 10

// Profiles keeps the device profiles: those of the program, over them those of the
// operator's directory, over them those that are stored by these calls.
type Profiles interface {
	// Profiles lists those in use, in the order in which they are tried on a device.
	Profiles() []ProfileInfo
	// Profile returns one in use. Errors: KindNotFound.
	Profile(ctx context.Context, name string) (ProfileText, error)
	// CheckProfile says what is wrong with a document.
	CheckProfile(text string) ProfileCheck
	// TryProfile says what a device would be told if the document were its profile; with
	// mistakes, nothing. Errors: KindNotFound, CodeUnsupported.
	TryProfile(ctx context.Context, text string, id itms.DeviceID) (itms.ProfileTrial, []ProfileMistake, error)
	// PutProfile stores a document over whatever has the name; all nodes use it from then
	// on. version is that of the stored one that was read, "" for none. Errors:
	// KindInvalid, CodeChanged, KindLimit.
	PutProfile(ctx context.Context, actor, name, text, version string) (ProfileText, error)
	// DeleteProfile removes a stored document, so that what it replaced is used again.
	// Errors: KindNotFound, CodeChanged.
	DeleteProfile(ctx context.Context, actor, name, version string) error
}

// ProfileInfo names one device profile.
type ProfileInfo struct {
	Name     string   `json:"name" doc:"Name that a device record shows." example:"ctc-stb"`
	Title    string   `json:"title,omitempty" doc:"One line for people." example:"China Telecom set-top box"`
	Priority int      `json:"priority" doc:"Of those whose conditions hold, the highest is taken." example:"100"`
	Services []string `json:"services" doc:"Types of services that it is for; never null." example:"[\"iptv\"]"`
	Source   string   `json:"source" doc:"Where it was read." example:"builtin:ctc-stb.yaml"`
	Origin   string   `json:"origin" enum:"builtin,directory,store" doc:"Of the program, of the operator's directory, or stored by these calls. A later one of the three is used in place of an earlier one of the same name."`
}

// ProfileText is a profile with its document.
type ProfileText struct {
	ProfileInfo
	Version string `json:"version,omitempty" doc:"Of a stored one: to be sent along by whoever changes it." example:"9f86d081884c7d65"`
	Text    string `json:"text" doc:"The YAML document."`
}

// ProfileCheck is what is wrong with a document.
type ProfileCheck struct {
	Valid    bool             `json:"valid"`
	Name     string           `json:"name,omitempty" doc:"Of a valid one." example:"ctc-stb"`
	Title    string           `json:"title,omitempty" example:"China Telecom set-top box"`
	Mistakes []ProfileMistake `json:"mistakes" doc:"Never null."`
}

// ProfileMistake is one mistake with its place.
type ProfileMistake struct {
	Line   int    `json:"line" doc:"From 1; 0 for the document as a whole." example:"3"`
	Column int    `json:"column" doc:"From 1." example:"5"`
	Text   string `json:"text" example:"unknown key titel"`
}

// trialView is a profile tried on a device.
type trialView struct {
	Mistakes []ProfileMistake `json:"mistakes" doc:"Never null; with any, nothing was tried."`
	Bound    bool             `json:"bound" doc:"A service is delivered through the device; without, a profile says little of it."`
	Withheld bool             `json:"withheld" doc:"Credentials would be overwritten: the service is suspended or ended."`
	Differs  int              `json:"differs" doc:"How many values would be written." example:"2"`
	Reads    []string         `json:"reads" doc:"Objects and parameters that would be read first; never null."`
	Rows     []trialRowView   `json:"rows" doc:"Table rows that must exist; never null."`
	Params   []trialParamView `json:"params" doc:"Never null; in the order of writing."`
	Reboot   bool             `json:"reboot" doc:"It would reboot once values were written that need it."`
}

// trialRowView is a table row that must exist.
type trialRowView struct {
	Alias    string `json:"alias" example:"wan"`
	Table    string `json:"table" example:"Device.PPP.Interface."`
	Instance string `json:"instance,omitempty" doc:"Absent when it would be added." example:"1"`
}

// trialParamView is a value that the device would hold.
type trialParamView struct {
	Name     string `json:"name,omitempty" doc:"Absent when the device has refused every spelling." example:"Device.ManagementServer.PeriodicInformInterval"`
	Type     string `json:"type" example:"xsd:unsignedInt"`
	Wanted   string `json:"wanted,omitempty" doc:"Absent of a secret." example:"3600"`
	Holds    string `json:"holds,omitempty" doc:"As it last told; absent of a secret." example:"86400"`
	Known    bool   `json:"known" doc:"It told of the parameter."`
	Differs  bool   `json:"differs" doc:"It would be written."`
	Secret   bool   `json:"secret"`
	Optional bool   `json:"optional" doc:"The device may refuse it."`
}

// The inputs and outputs of the calls.
type (
	profilesOutput     struct{ Body pageOf[ProfileInfo] }
	profileTextOutput  struct{ Body ProfileText }
	profileCheckOutput struct{ Body ProfileCheck }
	trialOutput        struct{ Body trialView }

	profileInput struct {
		Name string `path:"name" doc:"Name of the profile." example:"ctc-stb"`
	}
	deleteProfileInput struct {
		Name    string `path:"name" doc:"Name of the profile." example:"ctc-stb"`
		Version string `query:"version" doc:"Of the stored one that was read." example:"9f86d081884c7d65"`
	}
	putProfileInput struct {
		Name    string `path:"name" doc:"Name of the profile; the document must bear it." example:"ctc-stb"`
		RawBody []byte `contentType:"application/json"`
	}
	profileBodyInput struct {
		RawBody []byte `contentType:"application/json"`
	}
)

// checkProfileRequest is a document to look through.
type checkProfileRequest struct {
	Text string `json:"text" doc:"The YAML document."`
}

// tryProfileRequest is a document and a device.
type tryProfileRequest struct {
	Text     string `json:"text" doc:"The YAML document."`
	DeviceID string `json:"deviceId" example:"00005E-STB-S1001"`
}

// putProfileRequest is a document to store.
type putProfileRequest struct {
	Text    string `json:"text" doc:"The YAML document."`
	Version string `json:"version,omitempty" doc:"Of the stored one that was read; left out when none is stored." example:"9f86d081884c7d65"`
}

// exampleProfile is the beginning of one.
const exampleProfile = "name: my-stb\ntitle: My set-top box\n..."

// profileRoutes registers the calls when there are profiles.
func (s *Server) profileRoutes() {
	if s.opts.Profiles == nil {
		return
	}
	info := ProfileInfo{"ctc-stb", "China Telecom set-top box", 100, []string{"iptv"}, "builtin:ctc-stb.yaml", "builtin"}
	stored := ProfileText{ProfileInfo{"my-stb", "My set-top box", 200, []string{"iptv"}, "store:my-stb", "store"}, "9f86d081884c7d65", exampleProfile}
	one, documented := profilesPath+"/{name}", []int{http.StatusBadRequest, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType, http.StatusUnprocessableEntity}
	add(s, route{method: http.MethodGet, path: profilesPath, id: "list-profiles", tag: "Profiles", summary: "List the device profiles",
		description: "Those in use, in the order in which they are tried on a device.", needs: devicesRead,
		example: pageOf[ProfileInfo]{Items: []ProfileInfo{info}}}, s.listProfiles)
	add(s, route{method: http.MethodGet, path: one, id: "get-profile", tag: "Profiles", summary: "Show a profile with its document",
		description: "The one in use.", needs: devicesRead, example: stored, problems: []int{http.StatusNotFound}}, s.getProfile)
	add(s, route{method: http.MethodPost, path: profilesPath + "/check", id: "check-profile", harmless: true, tag: "Profiles", summary: "Look for mistakes in a profile",
		description: "Nothing is stored. A document with mistakes is answered 200 with all of them.", needs: profilesWrite, body: maxProfile, problems: documented,
		example: ProfileCheck{Mistakes: []ProfileMistake{{3, 5, "unknown key titel"}}}}, s.checkProfile)
	add(s, route{method: http.MethodPost, path: profilesPath + "/try", id: "try-profile", harmless: true, tag: "Profiles", summary: "Try a profile on a device",
		description: "Says what the device would be told if the document were its profile, and what of it it holds already. Nothing is sent or stored; secrets are not shown.",
		needs:       profilesWrite, body: maxProfile, problems: append(documented, http.StatusNotFound, http.StatusNotImplemented), example: exampleTrial()}, s.tryProfile)
	add(s, route{method: http.MethodPut, path: one, id: "put-profile", tag: "Profiles", summary: "Store a profile",
		description: "It is used at once, on all nodes, in place of one of the same name that is built in or in the directory. Each device of it is read and compared at its next contact. " +
			"Whoever changes a stored one sends its version along; CHANGED when somebody else was faster.",
		needs: profilesWrite, body: maxProfile, problems: append(documented, http.StatusConflict), example: stored}, s.putProfile)
	add(s, route{method: http.MethodDelete, path: one, id: "delete-profile", tag: "Profiles", summary: "Delete a stored profile",
		description: "What it replaced is used again. Answers with the profiles that are in use then.", needs: profilesWrite,
		problems: []int{http.StatusNotFound, http.StatusConflict}, example: pageOf[ProfileInfo]{Items: []ProfileInfo{info}}}, s.deleteProfile)
	describeBody[checkProfileRequest](s, profilesPath+"/check", map[string]any{"text": exampleProfile})
	describeBody[tryProfileRequest](s, profilesPath+"/try", map[string]any{"text": exampleProfile, "deviceId": exampleDevID})
	describeBody[putProfileRequest](s, one, map[string]any{"text": exampleProfile, "version": "9f86d081884c7d65"})
}

// exampleTrial is a profile that wants another interval.
func exampleTrial() trialView {
	return trialView{Mistakes: []ProfileMistake{}, Bound: true, Differs: 1, Reads: []string{"Device.ManagementServer."}, Rows: []trialRowView{},
		Params: []trialParamView{{Name: "Device.ManagementServer.PeriodicInformInterval", Type: itms.TypeUnsignedInt, Wanted: "3600", Holds: "86400", Known: true, Differs: true}}}
}

// listProfiles lists what is in use.
func (s *Server) listProfiles(context.Context, *noInput) (*profilesOutput, error) {
	return &profilesOutput{pageOf[ProfileInfo]{Items: append([]ProfileInfo{}, s.opts.Profiles.Profiles()...)}}, nil
}

// getProfile shows one.
func (s *Server) getProfile(ctx context.Context, in *profileInput) (*profileTextOutput, error) {
	p, err := s.opts.Profiles.Profile(ctx, in.Name)
	if err != nil {
		return nil, err
	}
	return &profileTextOutput{p}, nil
}

// checkProfile looks for mistakes.
func (s *Server) checkProfile(ctx context.Context, in *profileBodyInput) (*profileCheckOutput, error) {
	body, err := bodyOf[checkProfileRequest](ctx, s, in.RawBody)
	if err != nil {
		return nil, err
	}
	return &profileCheckOutput{s.opts.Profiles.CheckProfile(body.Text)}, nil
}

// tryProfile tries a document on a device.
func (s *Server) tryProfile(ctx context.Context, in *profileBodyInput) (*trialOutput, error) {
	body, err := bodyOf[tryProfileRequest](ctx, s, in.RawBody)
	if err != nil {
		return nil, err
	}
	id, err := s.namedDevice(ctx, body.DeviceID)
	if err != nil {
		return nil, err
	}
	trial, mistakes, err := s.opts.Profiles.TryProfile(ctx, body.Text, id)
	if err != nil {
		return nil, err
	}
	return &trialOutput{viewTrial(&trial, mistakes)}, nil
}

// viewTrial shows a trial.
func viewTrial(t *itms.ProfileTrial, mistakes []ProfileMistake) trialView {
	v := trialView{Mistakes: append([]ProfileMistake{}, mistakes...), Bound: t.Bound, Withheld: t.Withheld, Reads: []string{}, Rows: []trialRowView{},
		Params: []trialParamView{}, Reboot: t.Reboot}
	for _, name := range t.Reads {
		v.Reads = append(v.Reads, string(name))
	}
	for _, row := range t.Rows {
		v.Rows = append(v.Rows, trialRowView{row.Alias, string(row.Table), row.Instance})
	}
	for _, p := range t.Params {
		v.Params = append(v.Params, trialParamView{string(p.Name), p.Type, p.Wanted, p.Holds, p.Known, p.Differs, p.Secret, p.Optional})
		if p.Differs {
			v.Differs++
		}
	}
	return v
}

// putProfile stores a document.
func (s *Server) putProfile(ctx context.Context, in *putProfileInput) (*profileTextOutput, error) {
	if err := everywhere(ctx); err != nil {
		return nil, err
	}
	body, err := bodyOf[putProfileRequest](ctx, s, in.RawBody)
	if err != nil {
		return nil, err
	}
	if strings.TrimSpace(body.Text) == "" {
		return nil, itms.Invalid("/text", "is required")
	}
	p, err := s.opts.Profiles.PutProfile(ctx, recordOf(ctx).actor, in.Name, body.Text, body.Version)
	if err != nil {
		return nil, err
	}
	return &profileTextOutput{p}, nil
}

// deleteProfile removes a stored document.
func (s *Server) deleteProfile(ctx context.Context, in *deleteProfileInput) (*profilesOutput, error) {
	if err := everywhere(ctx); err != nil {
		return nil, err
	}
	if err := s.opts.Profiles.DeleteProfile(ctx, recordOf(ctx).actor, in.Name, in.Version); err != nil {
		return nil, err
	}
	return s.listProfiles(ctx, nil)
}
