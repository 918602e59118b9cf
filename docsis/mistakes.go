package docsis

import (
	"errors"
	"strconv"
	"strings"

	"itms"
	"itms/docsis/configfile"
)

// Mistake is something that is wrong with a template, or with the text that it makes.
type Mistake struct {
	Line, Column int // in the template, from 1; 0 = of the whole, or not known
	Text         string
	Warning      bool // it works on some devices, or on most
}

// CheckRequest is a template to look through.
type CheckRequest struct {
	Text string
	MTA  bool
	// Package and Attributes are filled in besides sample values, see PreviewRequest.
	Package    string
	Attributes map[string]string
}

// CheckTemplate lists what is wrong with a template, filled in with sample values. Errors:
// KindInvalid for an unknown package.
func (s *Service) CheckTemplate(r CheckRequest) ([]Mistake, error) {
	tpl, err := s.unsaved(r.Text)
	if err != nil {
		return []Mistake{templateMistake(err)}, nil
	}
	as := PreviewRequest{MTA: r.MTA, Package: r.Package, Attributes: r.Attributes}
	v, err := s.previewValues(&as, subject{lease: sampleLease(r.MTA), ent: s.sampleEntitlement(&as)})
	if err != nil {
		return nil, err
	}
	return tpl.make(v, r.MTA).mistakes, nil
}

// unsaved reads a template that is none of the directory, and may name its files.
func (s *Service) unsaved(text string) (*Template, error) {
	tpl, err := ParseTemplate("text", text)
	if err == nil {
		tpl.files = s.Templates.dir
	}
	return tpl, err
}

// making is what became of a template that was filled in.
type making struct {
	text     string
	file     *configfile.File // nil when it cannot be made
	mistakes []Mistake
}

// make fills in a template and encodes the text, noting all that is wrong.
func (t *Template) make(v *Values, mta bool) making {
	made, err := t.trace(v)
	if err != nil {
		return making{mistakes: []Mistake{templateMistake(err)}}
	}
	m := making{text: string(made.text)}
	if m.file, err = configfile.ParseText(made.text, &configfile.TextOptions{MTA: mta, ReadFile: t.readFile}); err != nil {
		m.mistakes = textMistakes(err, made)
		return m
	}
	m.mistakes = findings(m.file, v, made)
	return m
}

// findings are what a device of that version, or its CMTS, would object to. The file is
// made all the same.
func findings(f *configfile.File, v *Values, made *traced) []Mistake {
	var list []Mistake
	for _, found := range configfile.Check(f, configfile.CheckOptions{Version: v.Device.Version}) {
		m := Mistake{Warning: found.Warning}
		if found.Line > 0 {
			m.Line, m.Column = made.place(found.Line, found.Column)
		}
		found.Line, found.Warning = 0, false // both are told beside the text
		m.Text = found.String()
		list = append(list, m)
	}
	return list
}

// textMistakes places the mistakes of a text in its template.
func textMistakes(err error, made *traced) []Mistake {
	var list configfile.Errors
	if !errors.As(err, &list) {
		return []Mistake{{Text: err.Error()}}
	}
	var mistakes []Mistake
	for _, e := range list {
		line, column := made.place(e.Line, e.Column)
		mistakes = append(mistakes, Mistake{Line: line, Column: column, Text: e.Msg})
	}
	return mistakes
}

// templateMistake reads an error of text/template: "template: NAME:LINE:COLUMN: words", of
// which the column, from 0, is missing in the errors of parsing.
func templateMistake(err error) Mistake {
	m := Mistake{Text: err.Error()}
	var e *itms.Error
	if errors.As(err, &e) && len(e.Fields) > 0 {
		m.Text = e.Fields[0].Text
	}
	text, ok := strings.CutPrefix(m.Text, "template: ")
	if !ok {
		return m
	}
	parts := strings.SplitN(text, ":", 4)
	if len(parts) < 3 {
		return m
	}
	line, err := strconv.Atoi(parts[1])
	if err != nil {
		return m
	}
	m.Line, m.Column = line, 1
	rest := strings.Join(parts[2:], ":")
	if column, err := strconv.Atoi(parts[2]); err == nil && len(parts) == 4 {
		m.Column, rest = column+1, parts[3]
	}
	m.Text = strings.TrimSpace(rest)
	return m
}
