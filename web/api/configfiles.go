package api

import (
	"context"
	"net/http"

	"itms"
)

// ConfigFiles makes the configuration files of cable devices.
type ConfigFiles interface {
	// Templates lists the templates by name.
	Templates(ctx context.Context) ([]TemplateInfo, error)
	// CheckTemplate lists what is wrong with a template. Errors: KindInvalid for an unknown
	// package.
	CheckTemplate(ctx context.Context, r TemplateCheck) ([]TemplateMistake, error)
	// Preview makes the file that a device would get now; nobody is told. Errors: KindInvalid
	// with pointers to the fields of PreviewRequest.
	Preview(ctx context.Context, r PreviewRequest) (*FilePreview, error)
	// Standing says what a client is entitled to, and the class that it would get now.
	Standing(ctx context.Context, kind itms.ClientKind, mac itms.MAC) (*CableStanding, error)
}

// TemplateInfo is a template of configuration files.
type TemplateInfo struct {
	Name    string   `json:"name" example:"internet"`
	BuiltIn bool     `json:"builtIn" doc:"It comes with the program; a file of the same name in docsis.templates replaces it."`
	Classes []string `json:"classes" doc:"Classes that use it." example:"[\"cm-active\"]"`
	Text    string   `json:"text,omitempty" doc:"When one is shown, to roles that may read the content of files: it may hold SNMP communities." example:"Main { NetworkAccess 1; }"`
}

// TemplateCheck is a template to look through.
type TemplateCheck struct {
	Text       string            `json:"text" doc:"The template: the text form of configuration files, with actions in double braces." example:"Main { NetworkAccess 1; MaxCPE {{.Attributes.maxCpe}}; }"`
	MTA        bool              `json:"mta,omitempty" doc:"It is for MTAs."`
	Package    string            `json:"package,omitempty" doc:"Of docsis.packages, whose values are filled in; the first when left out." example:"silver"`
	Attributes map[string]string `json:"attributes,omitempty" doc:"Attributes of an order that are filled in." example:"{\"maxCpe\":\"4\"}"`
}

// TemplateMistake is something that is wrong with a template.
type TemplateMistake struct {
	Line    int    `json:"line" doc:"In the template, from 1; 0 = of the whole." example:"2"`
	Column  int    `json:"column" doc:"In octets, from 1; 0 = of the whole." example:"9"`
	Warning bool   `json:"warning" doc:"It works on some devices, or on most."`
	Text    string `json:"text" example:"expected the name of a setting, found NetworkAcess"`
}

// PreviewRequest asks for the file that a device would get now.
type PreviewRequest struct {
	Template, Text string // by name, or one that is not saved; neither = that of the class
	MTA            bool
	Device         itms.DeviceID
	MAC            itms.MAC
	Class          string // "" = that which the device would get
	Package        string // "" = that of the service
	Attributes     map[string]string
}

// previewRequest is how it is posted.
type previewRequest struct {
	Template   string            `json:"template,omitempty" doc:"By its name; or text. With neither it is that of the class." example:"internet"`
	Text       string            `json:"text,omitempty" doc:"A template that is not saved."`
	MTA        bool              `json:"mta,omitempty" doc:"Make the file of an MTA; where there is a class, that says it."`
	Device     string            `json:"device,omitempty" doc:"Id of the device whose file it is; or mac. With neither the values are samples." example:"00005E-CM-00005E005301"`
	MAC        string            `json:"mac,omitempty" doc:"The same by MAC address, also of a device that was never in contact." example:"00:00:5E:00:53:01"`
	Class      string            `json:"class,omitempty" doc:"In place of the class that the device would get." example:"cm-active"`
	Package    string            `json:"package,omitempty" doc:"Of docsis.packages, in place of that of the service. Rates of the order still go first." example:"silver"`
	Attributes map[string]string `json:"attributes,omitempty" doc:"Over those of the service." example:"{\"maxCpe\":\"4\"}"`
}

// FilePreview is a configuration file made for people to look at.
type FilePreview struct {
	Class    string            `json:"class,omitempty" doc:"Class it is made for; absent for none." example:"cm-active"`
	Template string            `json:"template,omitempty" doc:"Absent for the text of the request." example:"internet"`
	MTA      bool              `json:"mta"`
	Sample   bool              `json:"sample" doc:"Made of sample values: no device was named."`
	Device   string            `json:"device,omitempty" doc:"Absent for a device that was never in contact." example:"00005E-CM-00005E005301"`
	MAC      string            `json:"mac" example:"00:00:5E:00:53:01"`
	Text     string            `json:"text" doc:"The template filled in. In place of the password of the service it has ********." example:"Main { NetworkAccess 1; }"`
	Size     int               `json:"size" doc:"Bytes; 0 when no file can be made." example:"120"`
	MIC      string            `json:"mic,omitempty" doc:"CM MIC (of an MTA's file its SHA-1) in hex. What is served has another when the template writes the password or the class puts the time into the file." example:"0123456789abcdef0123456789abcdef"`
	TLVs     []TLVInfo         `json:"tlvs" doc:"What is in the file but its integrity checks, in its order; each block before what is in it."`
	Mistakes []TemplateMistake `json:"mistakes" doc:"What is wrong with the template, and what devices or a CMTS would object to."`
}

// TLVInfo is one TLV in words.
type TLVInfo struct {
	Path  string `json:"path" doc:"Numbers from the outside in." example:"25.8"`
	Name  string `json:"name" doc:"Names of the text form likewise." example:"DsServiceFlow.MaxRateSustained"`
	Value string `json:"value,omitempty" doc:"As in the text form, else in hex; absent for a block." example:"100000000"`
}

// CableStanding is where a client stands now, whatever it holds.
type CableStanding struct {
	Class       string // that it would get; "" = it would get no answer
	Template    string // of that class
	State       itms.EntitlementState
	Provisioned bool
	Blocked     bool
	Waiting     bool   // an order, or a change of its service, waits for its contact
	Revision    string // of what it is entitled to
	Service     itms.ServiceID
	Package     string
}

// templatesPath is the collection of templates.
const templatesPath = base + "/docsis/templates"

// maxTemplateBody bounds a posted template: one of a mebibyte, escaped.
const maxTemplateBody = 2 << 20

// templateInput names a template.
type templateInput struct {
	Name string `path:"name" doc:"Name of the template." example:"internet"`
}

// templateBodyInput has a document, as bytes: see decode.
type templateBodyInput struct {
	RawBody []byte `contentType:"application/json"`
}

// The answers.
type (
	templatesOutput struct{ Body pageOf[TemplateInfo] }
	templateOutput  struct{ Body TemplateInfo }
	mistakesOutput  struct{ Body pageOf[TemplateMistake] }
	previewOutput   struct{ Body FilePreview }
)

// configFileRoutes registers the operations on templates, when there is something to answer
// them.
func (s *Server) configFileRoutes() {
	if s.opts.ConfigFiles == nil {
		return
	}
	problems := []int{http.StatusBadRequest, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType, http.StatusUnprocessableEntity}
	add(s, route{method: http.MethodGet, path: templatesPath, id: "list-templates", tag: "Cable", summary: "List the templates of configuration files",
		description: "By name, without their texts. They are read when the program starts.", needs: devicesRead,
		example: pageOf[TemplateInfo]{Items: []TemplateInfo{exampleTemplate("")}}}, s.listTemplates)
	add(s, route{method: http.MethodGet, path: templatesPath + "/{name}", id: "get-template", tag: "Cable", summary: "Show a template",
		description: "With its text, to who may read the content of files.", needs: devicesRead, example: exampleTemplate("Main { NetworkAccess 1; }"),
		problems: []int{http.StatusNotFound}}, s.getTemplate)
	add(s, route{method: http.MethodPost, path: templatesPath + "/check", id: "check-template", harmless: true, tag: "Cable", summary: "Look through a template",
		description: "Lists everything that is wrong with it, filled in with sample values, and what devices or a CMTS would object to. Nothing is saved. An empty list is good.",
		needs:       filesContent, body: maxTemplateBody, problems: problems,
		example: pageOf[TemplateMistake]{Items: []TemplateMistake{exampleMistake()}}}, s.checkTemplate)
	describeBody[TemplateCheck](s, templatesPath+"/check", map[string]any{"text": "Main {\n NetworkAcess 1;\n}"})
	add(s, route{method: http.MethodPost, path: templatesPath + "/preview", id: "preview-file", harmless: true, tag: "Cable", summary: "Show the file that a modem would get now",
		description: "Filled in, encoded and read back. It tells nobody and changes nothing, and answers whether the DHCP and TFTP servers are on or off. " +
			"Never with the CMTS's shared secret, what is made of it, or the password of the service. A template with mistakes is answered with them.",
		needs: filesContent, body: maxTemplateBody, problems: problems, example: examplePreview()}, s.previewFile)
	describeBody[previewRequest](s, templatesPath+"/preview", map[string]any{"mac": exampleMAC})
}

// listTemplates lists the templates without their texts.
func (s *Server) listTemplates(ctx context.Context, _ *noInput) (*templatesOutput, error) {
	list, err := s.opts.ConfigFiles.Templates(ctx)
	if err != nil {
		return nil, err
	}
	out := &templatesOutput{pageOf[TemplateInfo]{Items: []TemplateInfo{}}}
	for _, t := range list {
		t.Text = ""
		out.Body.Items = append(out.Body.Items, t)
	}
	return out, nil
}

// getTemplate shows a template.
func (s *Server) getTemplate(ctx context.Context, in *templateInput) (*templateOutput, error) {
	list, err := s.opts.ConfigFiles.Templates(ctx)
	if err != nil {
		return nil, err
	}
	for _, t := range list {
		if t.Name != in.Name {
			continue
		}
		if !permitted(ctx, filesContent) {
			t.Text = ""
		}
		return &templateOutput{t}, nil
	}
	return nil, itms.NotFound("template", in.Name)
}

// checkTemplate lists what is wrong with a template.
func (s *Server) checkTemplate(ctx context.Context, in *templateBodyInput) (*mistakesOutput, error) {
	body, err := bodyOf[TemplateCheck](ctx, s, in.RawBody)
	if err != nil {
		return nil, err
	}
	list, err := s.opts.ConfigFiles.CheckTemplate(ctx, *body)
	if err != nil {
		return nil, err
	}
	return &mistakesOutput{pageOf[TemplateMistake]{Items: append([]TemplateMistake{}, list...)}}, nil
}

// previewFile shows the file that a device would get now.
func (s *Server) previewFile(ctx context.Context, in *templateBodyInput) (*previewOutput, error) {
	if err := everywhere(ctx); err != nil { // it shows what a service of anywhere has
		return nil, err
	}
	body, err := bodyOf[previewRequest](ctx, s, in.RawBody)
	if err != nil {
		return nil, err
	}
	r, err := body.request()
	if err != nil {
		return nil, err
	}
	p, err := s.opts.ConfigFiles.Preview(ctx, r)
	if err != nil {
		return nil, err
	}
	p.TLVs, p.Mistakes = append([]TLVInfo{}, p.TLVs...), append([]TemplateMistake{}, p.Mistakes...)
	return &previewOutput{*p}, nil
}

// request reads the ids of a posted document.
func (b *previewRequest) request() (r PreviewRequest, err error) {
	r = PreviewRequest{Template: b.Template, Text: b.Text, MTA: b.MTA, Class: b.Class, Package: b.Package, Attributes: b.Attributes}
	var wrong fieldErrors
	if b.Device != "" && b.MAC != "" {
		wrong.add(itms.Invalid("/mac", "expected one of device and mac"))
	}
	if b.Device != "" {
		if r.Device, err = itms.ParseDeviceID(b.Device); err != nil {
			wrong.add(itms.Invalid("/device", "expected a device id, e.g. %s", exampleModemID))
		}
	}
	if b.MAC != "" {
		if r.MAC, err = itms.ParseMAC(b.MAC); err != nil {
			wrong.add(itms.Invalid("/mac", "expected a MAC address"))
		}
	}
	return r, wrong.problem()
}

// exampleModemID is a cable modem.
const exampleModemID = "00005E-CM-00005E005301"

// exampleTemplate is a built-in one.
func exampleTemplate(text string) TemplateInfo {
	return TemplateInfo{Name: "internet", BuiltIn: true, Classes: []string{"cm-active"}, Text: text}
}

// exampleMistake is a name that is written wrongly.
func exampleMistake() TemplateMistake {
	return TemplateMistake{Line: 2, Column: 2, Text: "expected the name of a setting, found NetworkAcess"}
}

// examplePreview is the file of a modem.
func examplePreview() FilePreview {
	return FilePreview{Class: "cm-active", Template: "internet", Device: exampleModemID, MAC: exampleMAC, Text: "Main { NetworkAccess 1; }", Size: 120,
		MIC: "0123456789abcdef0123456789abcdef", TLVs: []TLVInfo{{"3", "NetworkAccess", "1"}}, Mistakes: []TemplateMistake{}}
}
