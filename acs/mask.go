package acs

import (
	"bytes"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"itms"
	"itms/cwmp"
)

// masker takes the secrets out of the messages of one session.
type masker struct {
	secret func(itms.ParamPath) bool // beside ParamPath.IsSecret; may be nil
	names  []itms.ParamPath          // written hidden in this session
	values []string                  // likewise, longest first
}

// hide remembers what a command writes that nobody may see.
func (m *masker) hide(list []itms.SetValue) {
	for _, v := range list {
		m.names = append(m.names, v.Name)
		if v.Value != "" {
			m.values = append(m.values, v.Value)
		}
	}
	slices.SortFunc(m.values, func(a, b string) int { return len(b) - len(a) })
}

// hides reports whether the values of a parameter are nobody's business.
func (m *masker) hides(name string) bool {
	p := itms.ParamPath(name)
	return p.IsSecret() || m.secret != nil && m.secret(p) || slices.Contains(m.names, p)
}

// redact covers a text that is there; that there is none is worth knowing.
func redact(text string) string {
	if text == "" {
		return ""
	}
	return itms.Redacted
}

// value is what may be shown of a parameter.
func (m *masker) value(name, value string) string {
	if m.hides(name) || value != "" && slices.Contains(m.values, value) {
		return redact(value)
	}
	return maskURLs(value)
}

// params masks a list of values in place.
func (m *masker) params(list []cwmp.ParameterValue) {
	for i := range list {
		list[i].Value = m.value(list[i].Name, list[i].Value)
	}
}

// message masks a message in place. It must be the masker's own.
func (m *masker) message(msg cwmp.Message) {
	switch msg := msg.(type) {
	case *cwmp.Inform:
		m.params(msg.Parameters)
	case *cwmp.SetParameterValues:
		m.params(msg.Parameters)
	case *cwmp.GetParameterValuesResponse:
		m.params(msg.Parameters)
	case *cwmp.Fault:
		m.fault(msg)
	case *cwmp.RequestDownload:
		for i := range msg.Args {
			msg.Args[i].Value = m.value(msg.Args[i].Name, msg.Args[i].Value)
		}
	case *cwmp.Kicked: // Arg is what a user typed
		msg.Arg, msg.Next, msg.Referer = redact(msg.Arg), bareURL(msg.Next), bareURL(msg.Referer)
	case *cwmp.KickedResponse:
		msg.NextURL = bareURL(msg.NextURL)
	case *cwmp.SetVouchers:
		for i := range msg.Vouchers {
			msg.Vouchers[i] = itms.Redacted
		}
	case *cwmp.UnknownMethod:
		m.arguments(msg.Arguments)
	default:
		maskTransfer(msg)
	}
}

// fault takes what was written hidden out of the texts of a fault.
func (m *masker) fault(f *cwmp.Fault) {
	f.String = maskURLs(scrub(m.values, f.String, f.Code))
	for i := range f.Parameters {
		p := &f.Parameters[i]
		p.String = maskURLs(scrub(m.values, p.String, p.Code))
	}
}

// arguments masks those of an RPC that nobody here knows: all texts but those that
// look like a number or a truth value, since what they mean cannot be told.
func (m *masker) arguments(list []cwmp.Argument) {
	for i := range list {
		if !harmlessText.MatchString(list[i].Text) || m.hides(list[i].Name) {
			list[i].Text = redact(list[i].Text)
		}
		m.arguments(list[i].Children)
	}
}

// harmlessText is short and says little.
var harmlessText = regexp.MustCompile(`^(\s*|[0-9]{1,3}|true|false)$`)

// maskTransfer masks RPCs that carry addresses of files and the way to get them.
func maskTransfer(msg cwmp.Message) {
	switch msg := msg.(type) {
	case *cwmp.Download:
		msg.URL, msg.Password = hostURL(msg.URL), redact(msg.Password)
		msg.SuccessURL, msg.FailureURL = hostURL(msg.SuccessURL), hostURL(msg.FailureURL)
	case *cwmp.Upload:
		msg.URL, msg.Password = hostURL(msg.URL), redact(msg.Password)
	case *cwmp.ScheduleDownload:
		msg.URL, msg.Password = hostURL(msg.URL), redact(msg.Password)
	case *cwmp.ChangeDUState:
		for i := range msg.Operations {
			op := &msg.Operations[i]
			op.URL, op.Password = hostURL(op.URL), redact(op.Password)
		}
	case *cwmp.AutonomousTransferComplete:
		msg.AnnounceURL, msg.TransferURL = hostURL(msg.AnnounceURL), hostURL(msg.TransferURL)
	case *cwmp.TransferComplete:
		msg.Fault.String = maskURLs(msg.Fault.String)
	}
}

// hostURL keeps scheme and host of an address: its path may be good for one download
// by whoever knows it.
func hostURL(text string) string {
	bare := bareURL(text)
	scheme, rest, ok := strings.Cut(bare, "://")
	if !ok {
		return redact(text)
	}
	host, _, _ := strings.Cut(rest, "/")
	return scheme + "://" + host + "/" + itms.Redacted
}

// urlUser finds the credentials in an address.
var urlUser = regexp.MustCompile(`://[^/@\s<>"']*@`)

// maskURLs takes credentials out of addresses within a text.
func maskURLs(text string) string {
	if !strings.Contains(text, "://") {
		return text
	}
	return urlUser.ReplaceAllString(text, "://"+itms.Redacted+"@")
}

// maxStart is what is shown of a body that cannot be decoded.
const maxStart = 4096

// unsafeStart finds the first place of an undecodable body from which on it may hold
// a secret: a value, or any word of a credential.
var unsafeStart = regexp.MustCompile(`(?i)value\b|password|passphrase|presharedkey|wepkey|secret|privatekey|pincode|passwd|passcode|url>|arg>|&#`)

// safeStart is the beginning of a body that cannot be decoded, up to where it may
// hold a secret. Text in an encoding whose words could not be recognized is left out.
func safeStart(content []byte) string {
	content = content[:min(len(content), maxStart)]
	if i := bytes.IndexFunc(content, func(r rune) bool { return r == utf8.RuneError || r < ' ' && r != '\t' && r != '\r' && r != '\n' }); i >= 0 {
		content = content[:i]
	}
	if at := unsafeStart.FindIndex(content); at != nil {
		content = content[:at[0]]
	}
	return maskURLs(string(content))
}
