package cwmp

import (
	"bytes"
	"fmt"

	"github.com/beevik/etree"
)

// Decode reads the body of one HTTP request or response. contentType is the
// Content-Type header, or empty; only its charset counts.
//
// An RPC that this package does not know is no error: its message is an
// *UnknownMethod. A body of nothing but white space is an Envelope without
// message, as an empty POST.
//
// The error, if any, is a *DecodeError. The Envelope beside it holds the ID
// and the Version as far as they could be read, for answering with a fault,
// and no message; it is never nil.
func Decode(body []byte, contentType string) (*Envelope, error) {
	env := &Envelope{}
	if len(body) > MaxBodyBytes {
		return env, &DecodeError{Kind: KindTooLarge, Offset: -1, Reason: fmt.Sprintf("the body is longer than %d bytes", MaxBodyBytes)}
	}
	if len(bytes.Trim(body, "\x00 \t\r\n")) == 0 {
		return env, nil
	}
	root, lexErr := lex(body, isLatin1(body, contentType))
	if err := env.read(root, lexErr); err != nil {
		env.Message = nil
		return env, err
	}
	return env, nil
}

// read fills the envelope from the tree. The headers are read even if the
// body of the message was not.
func (e *Envelope) read(root *etree.Element, lexErr *DecodeError) error {
	var err *DecodeError
	if root != nil && root.Tag == "Envelope" {
		envelope := reader{el: root, err: &err}
		e.readVersion(envelope)
		e.readHeaders(envelope)
		if lexErr == nil && err == nil {
			e.readBody(envelope)
		}
	} else if lexErr == nil {
		err = &DecodeError{Kind: KindMalformed, Where: root.Tag, Offset: -1, Reason: "the body is not a SOAP envelope"}
	}
	if lexErr != nil {
		return lexErr
	}
	if err != nil {
		return err
	}
	return nil
}

// readVersion takes the version from the first CWMP namespace declared on the
// envelope, a header or the message: CPEs that misplace the declaration or use
// the prefix of another one still mean that version.
func (e *Envelope) readVersion(root reader) {
	e.findVersion(root)
	root.child("Header").children(e.findVersion)
	body := root.child("Body")
	e.findVersion(body)
	body.children(e.findVersion)
}

func (e *Envelope) findVersion(r reader) {
	if e.Version != VersionUnknown || r.el == nil {
		return
	}
	for _, attr := range r.el.Attr {
		if attr.Space != "xmlns" && attr.Key != "xmlns" {
			continue
		}
		version, isCWMP := versionOf(attr.Value)
		if version != VersionUnknown {
			e.Version = version
			return
		}
		if isCWMP {
			r.fail(KindVersion, "the namespace %.80q is not of CWMP 1.0 to 1.4", attr.Value)
		}
	}
}

// readBody decodes the first element of the SOAP body, which is the only one
// (TR-069 Amd 6 3.5: one body element per message).
func (e *Envelope) readBody(root reader) {
	body := root.child("Body")
	if body.el == nil {
		root.fail(KindMalformed, "the envelope has no body")
		return
	}
	body.children(func(message reader) {
		if e.Message == nil {
			e.Message = decodeMessage(message)
		}
	})
}

// decodeMessage decodes one element of the SOAP body by its local name.
func decodeMessage(message reader) Message {
	if decode, ok := decoders[message.el.Tag]; ok {
		return decode(message)
	}
	return decodeUnknownMethod(message)
}
