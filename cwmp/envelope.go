package cwmp

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// Envelope is one SOAP message: its CWMP headers and its message.
type Envelope struct {
	// ID is the cwmp:ID header as sent, white space included, for echoing it
	// in the answer. It is empty when there was none; then none is written.
	ID string
	// Version follows from the namespace of the message.
	Version Version
	// HoldRequests tells the CPE to send no requests (ACS to CPE).
	HoldRequests bool
	// NoMoreRequests is a header of CWMP 1.0 that should not be sent.
	NoMoreRequests bool
	// SessionTimeout is how long the CPE waits in a session, in whole seconds;
	// 0 when not sent (CPE to ACS, CWMP 1.3).
	SessionTimeout time.Duration
	// SupportedVersions are the versions of the CPE, such as "1.4" (CPE to
	// ACS, CWMP 1.3).
	SupportedVersions []string
	// UseVersion is the version the ACS chose of them, or empty (ACS to CPE).
	UseVersion string
	// Message is nil for an empty SOAP body.
	Message Message
}

// EncodeOptions are deviations from the usual form of a message that some CPE
// models need.
type EncodeOptions struct {
	// XMLDeclaration starts the message with an XML declaration. Most CPEs
	// accept it; several cannot read a message that has one.
	XMLDeclaration bool
	// OmitParameterKey leaves ParameterKey out of the RPCs that have it.
	OmitParameterKey bool
	// BooleanWords writes true and false where the message itself has booleans. Values of
	// parameters are texts and stay as they are.
	BooleanWords bool
}

// Encode returns the envelope as XML in UTF-8.
func (e *Envelope) Encode() []byte { return e.AppendTo(nil) }

// AppendTo appends the envelope to dst as XML in UTF-8.
func (e *Envelope) AppendTo(dst []byte) []byte { return e.AppendWith(dst, EncodeOptions{}) }

// AppendWith is AppendTo with options.
func (e *Envelope) AppendWith(dst []byte, opts EncodeOptions) []byte {
	w := writer{buf: dst, opts: opts}
	if opts.XMLDeclaration {
		w.literal(`<?xml version="1.0" encoding="UTF-8"?>`)
	}
	// The prefixes are those of the specification: some CPEs compare strings.
	w.literal(`<soap-env:Envelope xmlns:soap-env="http://schemas.xmlsoap.org/soap/envelope/"` +
		` xmlns:soap-enc="http://schemas.xmlsoap.org/soap/encoding/"` +
		` xmlns:xsd="http://www.w3.org/2001/XMLSchema"` +
		` xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:cwmp="`)
	w.literal(e.Version.Namespace())
	w.literal(`"><soap-env:Header>`)
	e.encodeHeaders(&w)
	w.literal(`</soap-env:Header><soap-env:Body>`)
	e.encodeBody(&w)
	w.literal(`</soap-env:Body></soap-env:Envelope>`)
	return w.buf
}

func (e *Envelope) encodeHeaders(w *writer) {
	if e.ID != "" {
		w.header("ID", e.ID, true)
	}
	if e.HoldRequests {
		w.header("HoldRequests", "1", true)
	}
	if e.NoMoreRequests {
		w.header("NoMoreRequests", "1", false)
	}
	if e.SessionTimeout >= time.Second {
		w.header("SessionTimeout", strconv.FormatInt(int64(e.SessionTimeout/time.Second), 10), false)
	}
	if len(e.SupportedVersions) > 0 {
		w.header("SupportedCWMPVersions", strings.Join(e.SupportedVersions, ","), false)
	}
	if e.UseVersion != "" {
		w.header("UseCWMPVersion", e.UseVersion, true)
	}
}

func (w *writer) header(name, value string, mustUnderstand bool) {
	w.literal("<cwmp:")
	w.literal(name)
	if mustUnderstand {
		w.literal(` soap-env:mustUnderstand="1">`)
	} else {
		w.literal(` soap-env:mustUnderstand="0">`)
	}
	w.buf = appendEscaped(w.buf, value, false)
	w.literal("</cwmp:")
	w.literal(name)
	w.literal(">")
}

func (e *Envelope) encodeBody(w *writer) {
	if e.Message == nil {
		return
	}
	if fault, ok := e.Message.(*Fault); ok {
		fault.encode(w)
		return
	}
	name := "cwmp:" + safeName(e.Message.Method())
	w.open(name)
	e.Message.encode(w)
	w.close(name)
}

// maxSessionTimeout bounds what is believed of a SessionTimeout header.
const maxSessionTimeout = 24 * time.Hour

// readHeaders fills the headers from the Envelope element. The ID is also
// found beside Header and Body, where one CPE puts it.
func (e *Envelope) readHeaders(root reader) {
	header := root.child("Header")
	id := header.child("ID")
	if id.el == nil {
		id = root.child("ID")
	}
	e.ID = id.content(MaxNameBytes)
	e.HoldRequests = header.bool("HoldRequests")
	e.NoMoreRequests = header.bool("NoMoreRequests")
	e.UseVersion = header.str("UseCWMPVersion")
	seconds := min(header.uint("SessionTimeout"), math.MaxInt32)
	e.SessionTimeout = min(time.Duration(seconds)*time.Second, maxSessionTimeout)
	for version := range strings.SplitSeq(header.str("SupportedCWMPVersions"), ",") {
		if version = strings.TrimSpace(version); version != "" {
			e.SupportedVersions = append(e.SupportedVersions, version)
		}
	}
	header.children(checkUnderstood)
}

// checkUnderstood refuses a header that must be understood and is not known
// (SOAP 1.1 4.2.3).
func checkUnderstood(header reader) {
	if must, _ := ParseBool(header.attr("mustUnderstand")); !must {
		return
	}
	switch header.el.Tag {
	case "ID", "HoldRequests", "NoMoreRequests", "SessionTimeout", "SupportedCWMPVersions", "UseCWMPVersion":
		return
	}
	header.fail(KindMustUnderstand, "the header %.80q must be understood and is not known", header.el.Tag)
}
