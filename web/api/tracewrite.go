package api

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"itms"
)

// traceWriter writes a trace in one form.
type traceWriter interface {
	begin(t *itms.Trace) error
	message(m *itms.TraceMessage) error
	end(t *itms.Trace) error
}

// jsonTrace writes an array.
type jsonTrace struct {
	w    io.Writer
	some bool
}

func (j *jsonTrace) begin(*itms.Trace) error {
	_, err := io.WriteString(j.w, "[")
	return err
}

func (j *jsonTrace) message(m *itms.TraceMessage) error {
	doc, err := json.Marshal(viewTraceMessage(m))
	if err != nil {
		return err
	}
	if j.some {
		doc = append([]byte(","), doc...)
	}
	j.some = true
	_, err = j.w.Write(append(doc, '\n'))
	return err
}

func (j *jsonTrace) end(*itms.Trace) error {
	_, err := io.WriteString(j.w, "]\n")
	return err
}

// viewTraceMessage shows a message.
func viewTraceMessage(m *itms.TraceMessage) traceMessageView {
	return traceMessageView{Seq: m.Seq, At: m.At, Out: m.Out, Session: m.Session, Device: m.Device.String(), Node: m.Node, Remote: m.Remote,
		Status: m.Status, Method: m.Method, Headers: m.Headers, Body: m.Body, Cut: m.Cut}
}

// textTrace writes for people.
type textTrace struct{ w io.Writer }

func (x *textTrace) begin(t *itms.Trace) error {
	_, err := fmt.Fprintf(x.w, "Trace %s of %s, from %s until %s. Secrets are masked.\n", t.ID, t.Subject(),
		t.CreatedAt.Format(time.RFC3339), t.Until.Format(time.RFC3339))
	return err
}

func (x *textTrace) message(m *itms.TraceMessage) error {
	var b strings.Builder
	fmt.Fprintf(&b, "\n#%d %s ", m.Seq, m.At.Format("2006-01-02T15:04:05.000Z07:00"))
	if m.Out {
		fmt.Fprintf(&b, "to %s: %d", m.Remote, m.Status)
	} else {
		fmt.Fprintf(&b, "from %s: POST", m.Remote)
	}
	for _, word := range []string{m.Method, m.Device.String(), m.Session} {
		if word != "" {
			b.WriteString(" " + word)
		}
	}
	b.WriteByte('\n')
	for _, name := range slices.Sorted(maps.Keys(m.Headers)) {
		fmt.Fprintf(&b, "%s: %s\n", name, m.Headers[name])
	}
	switch {
	case m.Cut:
		b.WriteString(m.Body + "\n[cut]\n")
	case m.Body != "":
		b.WriteString(indentXML(m.Body))
	}
	_, err := io.WriteString(x.w, b.String())
	return err
}

func (x *textTrace) end(t *itms.Trace) error {
	_, err := fmt.Fprintf(x.w, "\n%d messages, %d not recorded.\n", t.Messages, t.Dropped)
	return err
}

// maxIndent bounds the margin of deep documents.
const maxIndent = 40

// indentXML gives each element that holds elements a line of its own. It reads what
// this program writes: no comments, no CDATA, no ">" within a tag's attributes.
func indentXML(text string) string {
	var b strings.Builder
	depth, leaf := 0, false // leaf: the last thing was an opening tag and its text
	line := func() {
		if b.Len() > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(strings.Repeat("  ", min(max(depth, 0), maxIndent)))
	}
	for text != "" {
		open := strings.IndexByte(text, '<')
		end := strings.IndexByte(text[max(open, 0):], '>')
		if open < 0 || end < 0 {
			b.WriteString(text)
			break
		}
		b.WriteString(text[:open])
		tag := text[open : open+end+1]
		text = text[open+end+1:]
		if closes := strings.HasPrefix(tag, "</"); closes {
			depth--
			if !leaf {
				line()
			}
			b.WriteString(tag)
			leaf = false
			continue
		}
		line()
		b.WriteString(tag)
		leaf = !strings.HasSuffix(tag, "/>")
		if leaf {
			depth++
		}
	}
	b.WriteByte('\n')
	return b.String()
}
