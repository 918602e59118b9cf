package api

import (
	"encoding/json"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"itms"
)

// taskRequest says what is to be done.
type taskRequest struct {
	Kind      taskKind  `json:"kind" doc:"get, set, names, addObject, deleteObject, getAttributes, setAttributes, reboot, factoryReset, download, upload, scheduleInform, scheduleDownload, cancelTransfer, queuedTransfers, setVouchers, getOptions, changeDUState, rpcMethods: one method of TR-069 each. refresh: list and read a subtree. recover: read anew, compare, write everything, reboot and verify. diagnose...: a test that the device carries out."`
	Priority  int       `json:"priority,omitempty" minimum:"-9" maximum:"9" doc:"Higher ones of a device go first; 0 when left out."`
	After     string    `json:"after,omitempty" doc:"Task of the same device that must be done before; when it fails, this one does."`
	Retries   *int      `json:"retries,omitempty" minimum:"0" maximum:"10" doc:"How often more a failure that may pass by itself is tried, after 1, 2, 4 ... minutes; 3 when left out."`
	NotBefore time.Time `json:"notBefore,omitzero" doc:"Not begun before."`
	ExpiresAt time.Time `json:"expiresAt,omitzero" doc:"When it is given up, at most 30 days from now; a day from now when left out."`

	Names          []string           `json:"names,omitempty" doc:"get, getAttributes: names of parameters, or of objects with a dot at the end." example:"[\"Device.DeviceInfo.\"]"`
	Values         setValues          `json:"values,omitempty" doc:"set: what to write, as {name: value} or as [{name, value, type}]. addObject: the same, relative to the new row."`
	Verify         *bool              `json:"verify,omitempty" doc:"set: read the values back, true when left out."`
	Path           string             `json:"path,omitempty" doc:"names, addObject, deleteObject, refresh: an object. Left out, names and refresh take everything."`
	NextLevel      bool               `json:"nextLevel,omitempty" doc:"names: one level only."`
	Attributes     []attributeRequest `json:"attributes,omitempty" doc:"setAttributes."`
	FileType       string             `json:"fileType,omitempty" doc:"download, upload, scheduleDownload: as TR-069 A.3.2.8 and A.4.1.5 name it; that of the file when left out." example:"1 Firmware Upgrade Image"`
	FileID         string             `json:"fileId,omitempty" doc:"download, scheduleDownload: a file of the file store."`
	URL            string             `json:"url,omitempty" doc:"A file elsewhere. An upload without url goes to the file store."`
	Username       string             `json:"username,omitempty" doc:"For url."`
	Password       password           `json:"password,omitzero" doc:"For url; never shown."`
	FileSize       int64              `json:"fileSize,omitempty" doc:"Bytes; that of the file when left out."`
	TargetFileName string             `json:"targetFileName,omitempty" doc:"Name on the device."`
	SuccessURL     string             `json:"successUrl,omitempty" doc:"Where the device sends the user's browser afterwards."`
	FailureURL     string             `json:"failureUrl,omitempty" doc:"The same when it failed."`
	Version        string             `json:"version,omitempty" doc:"download, scheduleDownload of firmware: the version that the device must report in the end; that of the file when left out."`
	DelaySeconds   int                `json:"delaySeconds,omitempty" doc:"download, upload, scheduleInform: how much later."`
	Windows        []windowRequest    `json:"windows,omitempty" doc:"scheduleDownload: one or two."`
	CommandKey     string             `json:"commandKey,omitempty" doc:"cancelTransfer: that of the transfer. A task's id is its commandKey."`
	Vouchers       []string           `json:"vouchers,omitempty" doc:"setVouchers: base64."`
	Option         string             `json:"option,omitempty" doc:"getOptions: its name; all when left out."`
	Operations     []unitRequest      `json:"operations,omitempty" doc:"changeDUState."`
	Arguments      testArguments      `json:"arguments,omitempty"`
}

// attributeRequest changes the attributes of a parameter.
type attributeRequest struct {
	Name         string    `json:"name" doc:"A parameter, or an object for all below it."`
	Notification *int      `json:"notification,omitempty" minimum:"0" maximum:"6" doc:"0 off, 1 passive, 2 active, 3 to 6 lightweight; as it is when left out."`
	AccessList   *[]string `json:"accessList,omitempty" doc:"Who besides the ACS may write, e.g. Subscriber; as it is when left out."`
}

// windowRequest is a time in which a device may fetch a file.
type windowRequest struct {
	Start       int    `json:"start" doc:"Seconds after the request."`
	End         int    `json:"end" doc:"Seconds after the request."`
	Mode        string `json:"mode" doc:"1 At Any Time, 2 Immediately, 3 When Idle or 4 Confirmation Needed." example:"1 At Any Time"`
	UserMessage string `json:"userMessage,omitempty" doc:"Shown to the user where the mode asks."`
	MaxRetries  *int   `json:"maxRetries,omitempty" doc:"-1 when left out: the device decides."`
}

// unitRequest is one operation on a software module.
type unitRequest struct {
	Operation       string   `json:"operation" doc:"install, update or uninstall." example:"install"`
	URL             string   `json:"url,omitempty"`
	UUID            string   `json:"uuid,omitempty"`
	Version         string   `json:"version,omitempty"`
	Username        string   `json:"username,omitempty"`
	Password        password `json:"password,omitzero"`
	ExecutionEnvRef string   `json:"executionEnvRef,omitempty" doc:"Path of the execution environment."`
}

// setValue is one value to write.
type setValue struct {
	Name  string     `json:"name"`
	Value scalarText `json:"value"`
	Type  string     `json:"type,omitempty" doc:"xsd:string, xsd:boolean, ...; as the device or its data model says when left out." example:"xsd:boolean"`
}

// scalarText is a text, a number or a boolean as text.
type scalarText string

// Schema lists what is taken.
func (scalarText) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{OneOf: []*huma.Schema{{Type: huma.TypeString}, {Type: huma.TypeNumber}, {Type: huma.TypeBoolean}}}
}

// UnmarshalJSON takes a text as it is and anything else as it is written.
func (s *scalarText) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] == '"' {
		var text string
		err := json.Unmarshal(b, &text)
		*s = scalarText(text)
		return err
	}
	*s = scalarText(b)
	return nil
}

// setValues are values to write, as an object or as a list.
type setValues []setValue

// Schema describes both forms.
func (setValues) Schema(r huma.Registry) *huma.Schema {
	return &huma.Schema{OneOf: []*huma.Schema{
		{Type: huma.TypeObject, AdditionalProperties: scalarText("").Schema(r)},
		{Type: huma.TypeArray, Items: r.Schema(reflect.TypeFor[setValue](), true, "")},
	}, Examples: []any{map[string]any{"Device.ManagementServer.PeriodicInformInterval": 3600}}}
}

// UnmarshalJSON reads both forms; those of an object come in the order of their names.
func (v *setValues) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] == '[' {
		return json.Unmarshal(b, (*[]setValue)(v))
	}
	var object map[string]scalarText
	if err := json.Unmarshal(b, &object); err != nil {
		return err
	}
	*v = nil
	for name, value := range object {
		*v = append(*v, setValue{Name: name, Value: value})
	}
	slices.SortFunc(*v, func(a, b setValue) int { return strings.Compare(a.Name, b.Name) })
	return nil
}

// request is the domain's form.
func (b *taskRequest) request() (itms.TaskRequest, error) {
	req := itms.TaskRequest{Kind: itms.TaskKind(b.Kind), TaskTerms: itms.TaskTerms{Priority: b.Priority, After: itms.TaskID(b.After),
		Retries: -1, NotBefore: b.NotBefore, ExpiresAt: b.ExpiresAt}}
	var wrong fieldErrors
	switch {
	case b.Kind == "":
		wrong.add(itms.Invalid("/kind", "is required"))
	case !slices.Contains(itms.TaskKinds, req.Kind):
		wrong.add(itms.Invalid("/kind", "expected one of %s", spaced(itms.TaskKinds)))
	}
	if b.Retries != nil {
		if req.Retries = *b.Retries; req.Retries < 0 {
			wrong.add(itms.Invalid("/retries", "expected 0 to %d", itms.MaxTaskRetries))
		}
	}
	if b.After != "" {
		wrong.add(itms.CheckKey("/after", b.After))
	}
	req.Spec = b.spec()
	return req, wrong.problem()
}

// spec is what the task does.
func (b *taskRequest) spec() itms.TaskSpec {
	s := itms.TaskSpec{Path: itms.ParamPath(b.Path), NextLevel: b.NextLevel, NoVerify: b.Verify != nil && !*b.Verify, Delay: b.DelaySeconds,
		CommandKey: b.CommandKey, Vouchers: b.Vouchers, Option: b.Option, Arguments: b.Arguments.texts(),
		Transfer: itms.TransferSpec{FileType: b.FileType, File: itms.FileID(b.FileID), URL: b.URL, Username: b.Username, Password: b.Password.Secret,
			Size: b.FileSize, Target: b.TargetFileName, Success: b.SuccessURL, Failure: b.FailureURL, Version: b.Version}}
	for _, name := range b.Names {
		s.Names = append(s.Names, itms.ParamPath(name))
	}
	for _, v := range b.Values {
		s.Values = append(s.Values, itms.TaskValue{Name: itms.ParamPath(v.Name), Value: string(v.Value), Type: v.Type})
	}
	for _, a := range b.Attributes {
		s.Attributes = append(s.Attributes, itms.AttributeChange{Name: itms.ParamPath(a.Name), Notification: a.Notification, AccessList: a.AccessList})
	}
	for _, w := range b.Windows {
		window := itms.TransferWindow{Start: w.Start, End: w.End, Mode: w.Mode, Message: w.UserMessage, Retries: -1}
		if w.MaxRetries != nil {
			window.Retries = *w.MaxRetries
		}
		s.Windows = append(s.Windows, window)
	}
	for _, u := range b.Operations {
		s.Units = append(s.Units, itms.UnitChange{Operation: u.Operation, URL: u.URL, UUID: u.UUID, Version: u.Version, Username: u.Username,
			Password: u.Password.Secret, Environment: u.ExecutionEnvRef})
	}
	return s
}

// byName gives the errors of values that came as an object the pointers of their names.
func (b *taskRequest) byName(raw []byte, err error) error {
	tree, parseErr := parse(raw)
	if parseErr != nil {
		return err
	}
	for _, m := range tree.members {
		if m.name != "values" || m.value.kind != jsonObject {
			continue
		}
		for i, v := range b.Values {
			at := "/values/" + strconv.Itoa(i)
			to := "/values/" + escapePointer(v.Name)
			for _, leaf := range []string{"/name", "/value", "/type"} {
				err = repoint(err, at+leaf, to)
			}
		}
	}
	return err
}
