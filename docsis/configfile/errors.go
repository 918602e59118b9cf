package configfile

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
)

// Error is a mistake in a text.
type Error struct {
	Line, Column int // from 1; the column counts octets
	Msg          string
}

// Error returns "line:column: what is wrong".
func (e *Error) Error() string { return fmt.Sprintf("%d:%d: %s", e.Line, e.Column, e.Msg) }

// Errors is the mistakes of one text in its order, MaxErrors at most.
type Errors []*Error

// Error returns a line for each.
func (e Errors) Error() string {
	lines := make([]string, len(e))
	for i, one := range e {
		lines[i] = one.Error()
	}
	return strings.Join(lines, "\n")
}

// Unwrap lets errors.As find the first.
func (e Errors) Unwrap() []error {
	all := make([]error, len(e))
	for i, one := range e {
		all[i] = one
	}
	return all
}

// ErrFormat marks binary files that cannot be read: wrapped with where and why.
var ErrFormat = errors.New("not a configuration file")

// position returns the line and column of an offset.
func position(src []byte, offset int) (line, column int) {
	before := src[:min(offset, len(src))]
	return 1 + bytes.Count(before, []byte("\n")), len(before) - bytes.LastIndexByte(before, '\n')
}
