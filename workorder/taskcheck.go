package workorder

import (
	"encoding/base64"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"itms"
)

// Limits of what a task may hold.
const (
	maxVouchers    = 16
	maxVoucherText = 4096
	maxUnits       = 16
	maxUnitURL     = 1024
	maxDelay       = 30 * 24 * 3600 // seconds
	maxWindows     = 2
	maxAccessNames = 16
	maxValueText   = 64 << 10
)

// taskCheck gathers what is wrong with a request.
type taskCheck struct{ fields []itms.FieldError }

// add takes over the fields of an error; nil is fine.
func (c *taskCheck) add(err error) {
	if e, ok := err.(*itms.Error); ok {
		c.fields = append(c.fields, e.Fields...)
	}
}

// wrong notes one wrong field.
func (c *taskCheck) wrong(pointer, format string, args ...any) {
	c.add(itms.Invalid(pointer, format, args...))
}

// problem is the error of all of them, nil when there are none.
func (c *taskCheck) problem() error {
	if len(c.fields) == 0 {
		return nil
	}
	return &itms.Error{Kind: itms.KindInvalid, Code: itms.CodeInvalid, Text: "the task has " + strconv.Itoa(len(c.fields)) + " wrong field(s)", Fields: c.fields}
}

// checkTask says what is wrong with a request, whatever the device, and fills in its
// defaults.
func (e *Engine) checkTask(req *itms.TaskRequest) error {
	kind, ok := procedures[req.Kind]
	if !ok {
		return itms.Invalid("/kind", "is no kind of task")
	}
	c := &taskCheck{}
	e.checkTerms(c, &req.TaskTerms)
	given := givenFields(&req.Spec)
	for _, name := range given {
		if !slices.Contains(kind.fields, name) && !slices.Contains(kind.fields, name+"!") {
			c.wrong("/"+name, "is no field of a %s task", req.Kind)
		}
	}
	for _, name := range kind.fields {
		if required, must := strings.CutSuffix(name, "!"); must && !slices.Contains(given, required) {
			c.wrong("/"+required, "is required for a %s task", req.Kind)
		}
	}
	c.checkNames(req.Spec.Names)
	if req.Spec.Path != "" {
		_, err := itms.ParseParamPath(string(req.Spec.Path))
		c.add(repoint(err, "/path"))
	}
	if len(c.fields) == 0 && kind.check != nil {
		c.add(kind.check(&req.Spec))
	}
	if len(c.fields) == 0 {
		e.checkModel(c, &req.Spec)
	}
	return c.problem()
}

// repoint names the field of an error anew.
func repoint(err error, pointer string) error {
	e, ok := err.(*itms.Error)
	if !ok || len(e.Fields) == 0 {
		return err
	}
	e.Fields[0].Pointer = pointer
	return e
}

// checkTerms checks when the task runs.
func (e *Engine) checkTerms(c *taskCheck, t *itms.TaskTerms) {
	now := e.now()
	if t.Priority < itms.MinTaskPriority || t.Priority > itms.MaxTaskPriority {
		c.wrong("/priority", "expected %d to %d", itms.MinTaskPriority, itms.MaxTaskPriority)
	}
	if t.Retries < 0 {
		t.Retries = taskRetries
	}
	if t.Retries > itms.MaxTaskRetries {
		c.wrong("/retries", "expected 0 to %d", itms.MaxTaskRetries)
	}
	for pointer, at := range map[string]time.Time{"/notBefore": t.NotBefore, "/expiresAt": t.ExpiresAt} {
		if !at.IsZero() && at.After(now.Add(maxTaskTTL)) {
			c.wrong(pointer, "is more than %d days away", int(maxTaskTTL.Hours())/24)
		}
	}
	if !t.ExpiresAt.IsZero() && (!t.ExpiresAt.After(now) || t.ExpiresAt.Before(t.NotBefore)) {
		c.wrong("/expiresAt", "is over before the task can begin")
	}
	t.NotBefore, t.ExpiresAt = itms.Timestamp(t.NotBefore), itms.Timestamp(t.ExpiresAt)
}

// givenFields lists, by their names in the API, the fields of a request that hold
// something.
func givenFields(s *itms.TaskSpec) (given []string) {
	t := &s.Transfer
	for _, f := range []struct {
		name  string
		there bool
	}{
		{"names", len(s.Names) > 0}, {"values", len(s.Values) > 0}, {"verify", s.NoVerify}, {"path", s.Path != ""},
		{"nextLevel", s.NextLevel}, {"attributes", len(s.Attributes) > 0}, {"fileType", t.FileType != ""}, {"fileId", t.File != ""},
		{"url", t.URL != ""}, {"username", t.Username != ""}, {"password", !t.Password.IsZero()}, {"fileSize", t.Size != 0},
		{"targetFileName", t.Target != ""}, {"successUrl", t.Success != ""}, {"failureUrl", t.Failure != ""},
		{"version", t.Version != ""}, {"delaySeconds", s.Delay != 0}, {"windows", len(s.Windows) > 0},
		{"commandKey", s.CommandKey != ""}, {"vouchers", len(s.Vouchers) > 0}, {"option", s.Option != ""},
		{"operations", len(s.Units) > 0}, {"arguments", len(s.Arguments) > 0},
	} {
		if f.there {
			given = append(given, f.name)
		}
	}
	return given
}

// checkNames checks names to read.
func (c *taskCheck) checkNames(names []itms.ParamPath) {
	if len(names) > itms.MaxTaskNames {
		c.wrong("/names", "has %d names: expected at most %d", len(names), itms.MaxTaskNames)
		return
	}
	for i, name := range names {
		_, err := itms.ParseParamPath(string(name))
		c.add(repoint(err, "/names/"+strconv.Itoa(i)))
	}
}

// checkValues checks values to write: each name once, since devices take a repeated one
// in silence and do either.
func checkValues(s *itms.TaskSpec) error {
	c := &taskCheck{}
	if len(s.Values) > itms.MaxTaskNames {
		c.wrong("/values", "has %d values: expected at most %d", len(s.Values), itms.MaxTaskNames)
		return c.problem()
	}
	seen := map[itms.ParamPath]bool{}
	for i, v := range s.Values {
		at := "/values/" + strconv.Itoa(i)
		_, err := itms.ParseParamPath(string(v.Name))
		c.add(repoint(err, at+"/name"))
		switch {
		case v.Name.IsObject():
			c.wrong(at+"/name", "is an object: expected the name of a parameter")
		case seen[v.Name]:
			c.wrong(at+"/name", "is named twice")
		case len(v.Value) > maxValueText:
			c.wrong(at+"/value", "is longer than %d bytes", maxValueText)
		case v.Type != "" && !slices.Contains(itms.ValueTypes, v.Type):
			c.wrong(at+"/type", "expected one of %s", strings.Join(itms.ValueTypes, ", "))
		}
		seen[v.Name] = true
	}
	return c.problem()
}

// checkTable checks the path of a table or row, and the values of a new one.
func checkTable(s *itms.TaskSpec) error {
	if !s.Path.IsObject() {
		return itms.Invalid("/path", "expected an object: a path that ends in a dot")
	}
	return checkValues(s)
}

// checkAttributes checks attributes to write.
func checkAttributes(s *itms.TaskSpec) error {
	c := &taskCheck{}
	if len(s.Attributes) > itms.MaxTaskNames {
		c.wrong("/attributes", "has %d entries: expected at most %d", len(s.Attributes), itms.MaxTaskNames)
		return c.problem()
	}
	for i, a := range s.Attributes {
		at := "/attributes/" + strconv.Itoa(i)
		_, err := itms.ParseParamPath(string(a.Name))
		c.add(repoint(err, at+"/name"))
		switch {
		case a.Notification == nil && a.AccessList == nil:
			c.wrong(at, "expected notification, accessList, or both")
		case a.Notification != nil && (*a.Notification < 0 || *a.Notification > maxNotification):
			c.wrong(at+"/notification", "expected 0 to %d", maxNotification)
		case a.AccessList != nil && len(*a.AccessList) > maxAccessNames:
			c.wrong(at+"/accessList", "expected at most %d names", maxAccessNames)
		}
	}
	return c.problem()
}

// maxNotification is the highest notification level (TR-069 Amd 6 A.3.2.4).
const maxNotification = 6

// checkVouchers checks that vouchers are base64.
func checkVouchers(s *itms.TaskSpec) error {
	c := &taskCheck{}
	if len(s.Vouchers) > maxVouchers {
		c.wrong("/vouchers", "expected at most %d", maxVouchers)
		return c.problem()
	}
	for i, v := range s.Vouchers {
		if _, err := base64.StdEncoding.DecodeString(v); err != nil || v == "" || len(v) > maxVoucherText {
			c.wrong("/vouchers/"+strconv.Itoa(i), "expected base64 of at most %d characters", maxVoucherText)
		}
	}
	return c.problem()
}

// checkDelay checks how much later the device is to come.
func checkDelay(s *itms.TaskSpec) error {
	if s.Delay < 1 || s.Delay > maxDelay {
		return itms.Invalid("/delaySeconds", "expected 1 to %d", maxDelay)
	}
	return nil
}

// checkTransfer checks what downloads and uploads have in common.
func checkTransfer(s *itms.TaskSpec) *taskCheck {
	c := &taskCheck{}
	t := &s.Transfer
	c.checkURL("/url", t.URL, maxTransferURL)
	c.checkURL("/successUrl", t.Success, maxTransferURL)
	c.checkURL("/failureUrl", t.Failure, maxTransferURL)
	for pointer, text := range map[string]string{"/fileType": t.FileType, "/username": t.Username, "/targetFileName": t.Target, "/version": t.Version} {
		if len(text) > maxTransferURL || strings.ContainsFunc(text, func(r rune) bool { return r < ' ' }) {
			c.wrong(pointer, "expected at most %d characters of plain text", maxTransferURL)
		}
	}
	if len(t.Password.Reveal()) > maxTransferURL {
		c.wrong("/password", "expected at most %d characters", maxTransferURL)
	}
	if s.Delay < 0 || s.Delay > maxDelay {
		c.wrong("/delaySeconds", "expected 0 to %d", maxDelay)
	}
	if t.URL == "" && (t.Username != "" || !t.Password.IsZero()) {
		c.wrong("/username", "goes with url: the file door has credentials of its own")
	}
	return c
}

// checkURL checks an address; "" is none.
func (c *taskCheck) checkURL(pointer, text string, most int) {
	if text == "" {
		return
	}
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Scheme == "" || u.Host == "":
		c.wrong(pointer, "is no address: expected e.g. http://files.example.com/image.bin")
	case len(text) > most:
		c.wrong(pointer, "is longer than %d characters", most)
	case u.User != nil:
		c.wrong(pointer, "holds credentials: they go into username and password")
	}
}

// checkDownload checks a download: a file of ours or one elsewhere.
func checkDownload(s *itms.TaskSpec) error {
	c := checkTransfer(s)
	t := &s.Transfer
	switch {
	case (t.File == "") == (t.URL == ""):
		c.wrong("/fileId", "expected either fileId or url")
	case t.URL != "" && t.FileType == "":
		c.wrong("/fileType", "is required with url")
	}
	if t.Size < 0 || t.Size > 1<<32-1 {
		c.wrong("/fileSize", "expected 0 to %d", int64(1<<32-1))
	}
	return c.problem()
}

// checkWindows checks a download within windows (TR-069 Amd 6 A.4.1.8).
func checkWindows(s *itms.TaskSpec) error {
	if err := checkDownload(s); err != nil {
		return err
	}
	c := &taskCheck{}
	if len(s.Windows) > maxWindows {
		c.wrong("/windows", "expected one or two")
	}
	end := -1
	for i, w := range s.Windows {
		at := "/windows/" + strconv.Itoa(i)
		switch {
		case w.Start < 0 || w.End <= w.Start || w.End > maxDelay:
			c.wrong(at, "expected 0 <= start < end <= %d seconds", maxDelay)
		case w.Start < end:
			c.wrong(at+"/start", "overlaps the window before")
		case !slices.Contains(itms.WindowModes, w.Mode) && !strings.HasPrefix(w.Mode, "X "):
			c.wrong(at+"/mode", "expected one of %s", strings.Join(itms.WindowModes, ", "))
		case w.Retries < -1:
			c.wrong(at+"/maxRetries", "expected -1 or more")
		}
		end = w.End
	}
	return c.problem()
}

// checkDelivery checks an upload.
func checkDelivery(s *itms.TaskSpec) error { return checkTransfer(s).problem() }

// checkUnits checks operations on software modules.
func checkUnits(s *itms.TaskSpec) error {
	c := &taskCheck{}
	if len(s.Units) > maxUnits {
		c.wrong("/operations", "expected at most %d", maxUnits)
		return c.problem()
	}
	for i, u := range s.Units {
		at := "/operations/" + strconv.Itoa(i)
		c.checkURL(at+"/url", u.URL, maxUnitURL)
		switch u.Operation {
		case itms.UnitInstall:
			if u.URL == "" {
				c.wrong(at+"/url", "is required to install")
			}
		case itms.UnitUpdate:
		case itms.UnitUninstall:
			if u.UUID == "" {
				c.wrong(at+"/uuid", "is required to uninstall")
			}
		default:
			c.wrong(at+"/operation", "expected install, update or uninstall")
		}
	}
	return c.problem()
}

// checkModel compares values with what is known of standard data models.
func (e *Engine) checkModel(c *taskCheck, s *itms.TaskSpec) {
	for i, v := range s.Values {
		name := v.Name
		if s.Path != "" { // below a new row
			name = s.Path + "1." + name
		}
		err := e.knowledge.Check(string(name), v.Value, v.Type)
		c.add(repoint(err, "/values/"+strconv.Itoa(i)+"/value"))
	}
}

// sealSpec is the spec as it is stored: secrets sealed.
func (w *work) sealSpec(d *itms.Device, s itms.TaskSpec) itms.TaskSpec {
	s.Transfer.Sealed, s.Transfer.Password = w.seal(s.Transfer.Password), itms.Secret{}
	s.Units = slices.Clone(s.Units)
	for i := range s.Units {
		s.Units[i].Sealed, s.Units[i].Password = w.seal(s.Units[i].Password), itms.Secret{}
	}
	s.Values = slices.Clone(s.Values)
	for i := range s.Values {
		if v := &s.Values[i]; v.Hidden || w.secret(s.Path+v.Name) || w.secretFor(d, s.Path+v.Name) {
			v.Sealed, v.Value, v.Hidden = w.seal(itms.NewSecret(v.Value)), "", true
		}
	}
	return s
}

// secretFor reports whether the device's profile calls the parameter a credential.
func (w *work) secretFor(d *itms.Device, name itms.ParamPath) bool {
	return slices.ContainsFunc(w.models.Secrets(d.Profile), func(pattern itms.ParamPath) bool {
		return sameShape(string(pattern), string(name))
	})
}
