package profile

import (
	"fmt"
	"strings"

	"itms"
)

// maxProblems bounds how many faults of one document are reported: past that the
// document is usually not a profile at all.
const maxProblems = 20

// Problem is one fault of a document, with its place.
type Problem struct {
	File   string
	Line   int // from 1; 0 = the file as a whole
	Column int // from 1
	Text   string
}

// String returns "file:line:column: text", the form editors jump to.
func (p Problem) String() string {
	return p.place() + ": " + p.Text
}

// place returns "file:line:column", or the file alone.
func (p Problem) place() string {
	if p.Line == 0 {
		return p.File
	}
	return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Column)
}

// Problems are the faults of one or more documents. Parse, Load and ParseRules return
// them as the cause of an *itms.Error of KindInvalid and CodeConfig; use errors.As.
type Problems []Problem

// Error lists the problems, one a line.
func (ps Problems) Error() string {
	lines := make([]string, len(ps))
	for i, p := range ps {
		lines[i] = p.String()
	}
	return strings.Join(lines, "\n")
}

// err returns nil when there are no problems, else the error that callers see.
func (ps Problems) err() error { return ps.errOf("profile") }

// errOf is err for a document that is no profile.
func (ps Problems) errOf(what string) error {
	if len(ps) == 0 {
		return nil
	}
	return itms.Errorf(itms.KindInvalid, itms.CodeConfig, "wrong %s", what).Because(ps)
}
