package sim

import (
	"regexp"
	"time"

	"itms/cwmp"
)

// spokenVersions are the quirks that change the CWMP version.
var spokenVersions = []struct {
	quirk     string
	version   cwmp.Version
	supported []string // of the header of CWMP 1.3
}{
	{quirkCWMP14, cwmp.Version14, []string{"1.0", "1.1", "1.2", "1.3", "1.4"}},
	{quirkCWMP13, cwmp.Version13, []string{"1.0", "1.1", "1.2", "1.3"}},
	{quirkCWMP12, cwmp.Version12, nil},
	{quirkCWMP11, cwmp.Version11, nil},
}

// contentTypes by whether the text is Latin-1.
var contentTypes = map[bool]string{
	false: `text/xml; charset="utf-8"`,
	true:  `text/xml; charset="iso-8859-1"`,
}

// announcedTimeout is the SessionTimeout header of a CPE of CWMP 1.3.
const announcedTimeout = 30 * time.Second

// encode writes a message in the way of the CPE.
func (q QuirkSet) encode(id string, m cwmp.Message) (body []byte, contentType string) {
	e := cwmp.Envelope{ID: id, Version: cwmp.Version10, Message: q.traced(m)}
	for _, spoken := range spokenVersions {
		if q.has(spoken.quirk) {
			e.Version = spoken.version
			if _, inform := m.(*cwmp.Inform); inform && spoken.supported != nil {
				e.SupportedVersions, e.SessionTimeout = spoken.supported, announcedTimeout
			}
			break
		}
	}
	if q.has(quirkNoID) {
		e.ID = ""
	}
	return q.rewrite(e.Encode()), q.media()
}

// declarations are the namespace declarations of an envelope.
var declarations = regexp.MustCompile(` xmlns:[a-z-]+="[^"]*"`)

// bare removes the namespace declarations; the prefixes stay, as with some
// hand-written boxes.
func bare(body []byte) []byte { return declarations.ReplaceAll(body, nil) }

// latin1 converts a message from UTF-8. What Latin-1 lacks becomes a question
// mark, as boxes do.
func latin1(body []byte) []byte {
	out := []byte(`<?xml version="1.0" encoding="ISO-8859-1"?>`)
	for _, r := range string(body) {
		if r > 0xff {
			r = '?'
		}
		out = append(out, byte(r))
	}
	return out
}
