package acs

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"itms"
	"itms/cwmp"
)

const (
	// maxKey is the length of ParameterKey and CommandKey (TR-069 Amd 6 A.3.2.1, A.3.2.9).
	maxKey = 32
	// maxMethod clips the name of an unknown method in a log.
	maxMethod = 64
	// minSecret is how many characters a hidden value has at least to be cut out of
	// fault texts; a shorter one would be found in ordinary words.
	minSecret = 3
)

// classify says what a message is to the session. Answers are told by their name,
// so that those of unknown RPCs count too.
func classify(env *cwmp.Envelope) messageClass {
	if env == nil || env.Message == nil {
		return classNothing
	}
	switch env.Message.(type) {
	case *cwmp.Inform:
		return classInform
	case *cwmp.Fault:
		return classResponse
	}
	if strings.HasSuffix(env.Message.Method(), "Response") {
		return classResponse
	}
	return classRequest
}

// supported are the CWMP versions spoken, best first.
var supported = [...]string{"1.4", "1.3", "1.2", "1.1", "1.0"}

// chooseVersion picks the best version the CPE offers, "" when it offered no list
// and so must not be told one; false when none is common.
func chooseVersion(offered []string) (string, bool) {
	if len(offered) == 0 {
		return "", true
	}
	for _, ours := range supported {
		for _, theirs := range offered {
			if ours == theirs {
				return ours, true
			}
		}
	}
	return "", false
}

// namespaceNames are what Contact.CWMP holds.
var namespaceNames = [...]string{cwmp.VersionUnknown: "1-0", cwmp.Version10: "1-0", cwmp.Version11: "1-1",
	cwmp.Version12: "1-2", cwmp.Version13: "1-3", cwmp.Version14: "1-4"}

// contactOf reads an Inform. It fails with KindInvalid when the device does not
// say who it is.
func contactOf(env *cwmp.Envelope) (*itms.Contact, error) {
	m := env.Message.(*cwmp.Inform)
	id, err := itms.NewDeviceID(m.DeviceID.OUI, m.DeviceID.ProductClass, m.DeviceID.SerialNumber)
	if err != nil {
		return nil, fmt.Errorf("DeviceId must have an OUI and a SerialNumber: %w", err)
	}
	c := &itms.Contact{
		Device:       id,
		Manufacturer: m.DeviceID.Manufacturer,
		CWMP:         namespaceNames[env.Version],
		Retries:      int(min(m.RetryCount, math.MaxInt32)),
		Params:       valuesOf(m.Parameters),
	}
	texts := make([]string, 2*len(m.Events))
	c.Events, c.CommandKeys = texts[:len(m.Events):len(m.Events)], texts[len(m.Events):]
	for i, e := range m.Events {
		c.Events[i], c.CommandKeys[i] = cwmp.CanonicalEvent(e.Code), e.CommandKey
	}
	return c, nil
}

// valuesOf translates values, leaving out what has no valid name.
func valuesOf(list []cwmp.ParameterValue) []itms.Param {
	params := make([]itms.Param, 0, len(list))
	for _, p := range list {
		if name, err := itms.ParseParamPath(p.Name); err == nil {
			params = append(params, itms.Param{Name: name, Value: p.Value, Type: p.Type})
		}
	}
	return params
}

// namesOf translates names, leaving out invalid ones.
func namesOf(list []cwmp.ParameterInfo) []itms.Param {
	params := make([]itms.Param, 0, len(list))
	for _, p := range list {
		if name, err := itms.ParseParamPath(p.Name); err == nil {
			params = append(params, itms.Param{Name: name, Writable: p.Writable})
		}
	}
	return params
}

// methodOf names the RPC of a command, also when there is none.
func methodOf(c itms.Command) string {
	if c == nil {
		return "unknown"
	}
	return c.Method()
}

// outcomeOf reads the answer to a command. An answer to something else is a
// fault of the device: 9002, so that the domain may try again.
func outcomeOf(c itms.Command, m cwmp.Message) itms.Outcome {
	out := itms.Outcome{Command: c}
	if f, ok := m.(*cwmp.Fault); ok {
		out.Fault = faultOf(c, f)
		return out
	}
	if m.Method() != methodOf(c)+"Response" {
		out.Fault = &itms.DeviceFault{Code: itms.FaultInternal,
			Text: "the device answered " + methodOf(c) + " with " + clip(m.Method(), maxMethod)}
		return out
	}
	switch m := m.(type) {
	case *cwmp.GetParameterNamesResponse:
		out.Values = namesOf(m.Parameters)
	case *cwmp.GetParameterValuesResponse:
		out.Values = valuesOf(m.Parameters)
	case *cwmp.SetParameterValuesResponse:
		out.Status = m.Status
	case *cwmp.AddObjectResponse:
		out.Status, out.Instance = m.Status, strconv.FormatUint(uint64(m.InstanceNumber), 10)
	case *cwmp.DeleteObjectResponse:
		out.Status = m.Status
	case *cwmp.DownloadResponse:
		out.Status, out.Started, out.Completed = m.Status, timeOf(m.StartTime), timeOf(m.CompleteTime)
	case *cwmp.UploadResponse:
		out.Status, out.Started, out.Completed = m.Status, timeOf(m.StartTime), timeOf(m.CompleteTime)
	case *cwmp.GetParameterAttributesResponse:
		out.Attributes = attributesOf(m.Parameters)
	case *cwmp.GetRPCMethodsResponse:
		out.Methods = methodsOf(m.Methods)
	case *cwmp.GetQueuedTransfersResponse:
		out.Transfers = queuedOf(m.Transfers)
	case *cwmp.GetAllQueuedTransfersResponse:
		out.Transfers = allQueuedOf(m.Transfers)
	case *cwmp.GetOptionsResponse:
		out.Options = optionsOf(m.Options)
	}
	return out
}

// noAnswer is the outcome of a command that the device passed over with an empty
// POST. Whether it was done shows only when it is read back.
func noAnswer(c itms.Command) itms.Outcome {
	return itms.Outcome{Command: c, Fault: &itms.DeviceFault{Code: itms.FaultInternal,
		Text: "the device gave no answer to " + methodOf(c)}}
}

// faultOf reads a fault. One without a CWMP code counts as 9002; texts that quote
// a credential we sent lose it.
func faultOf(c itms.Command, f *cwmp.Fault) *itms.DeviceFault {
	code := cmp.Or(f.Code, itms.FaultInternal)
	hidden := hiddenValues(c)
	fault := &itms.DeviceFault{Code: code, Text: scrub(hidden, f.String, code)}
	for _, p := range f.Parameters {
		fault.Params = append(fault.Params, itms.ParamFault{Name: itms.ParamPath(p.Name), Code: p.Code, Text: scrub(hidden, p.String, p.Code)})
	}
	return fault
}

// hiddenValues lists the values of a command that no text may show, longest first:
// one may be part of another, and would leave the rest of it behind.
func hiddenValues(c itms.Command) []string {
	hidden := slices.DeleteFunc(secretsOf(c), func(text string) bool { return text == "" })
	slices.SortFunc(hidden, func(a, b string) int { return cmp.Compare(len(b), len(a)) })
	return hidden
}

// secretsOf lists the credentials within a command; some may be empty.
func secretsOf(c itms.Command) (secrets []string) {
	switch c := c.(type) {
	case itms.Download:
		return []string{c.Password}
	case itms.ScheduleDownload:
		return []string{c.Password}
	case itms.Upload:
		return []string{c.Password}
	case itms.SetVouchers:
		return slices.Clone(c.Vouchers)
	case itms.ChangeUnits:
		for _, u := range c.Changes {
			secrets = append(secrets, u.Password.Reveal())
		}
	case itms.SetValues:
		for _, v := range c.Values {
			if v.Hide || v.Name.IsSecret() {
				secrets = append(secrets, v.Value)
			}
		}
	}
	return secrets
}

// scrub removes hidden values, longest first, from a text of the device. One too
// short to be told from ordinary words costs the whole text; what the code means
// takes its place.
func scrub(hidden []string, text string, code int) string {
	for _, value := range hidden {
		if utf8.RuneCountInString(value) < minSecret {
			return cwmp.FaultText(code)
		}
	}
	for _, value := range hidden {
		text = strings.ReplaceAll(text, value, itms.Redacted)
	}
	return text
}

// clip cuts a text of the device to at most n bytes of whole characters.
func clip(s string, n int) string {
	if len(s) > n {
		s = strings.ToValidUTF8(s[:n], "")
	}
	return s
}
