package api

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"

	"itms"
)

// importLine is one order of an import as read.
type importLine struct {
	n     int           // line of the input that it begins on, from 1
	order *orderRequest // what could be read of it; nil = nothing
	err   error         // what is wrong with it: a *shapeError, or an *itms.Error
}

// orderReader reads orders line by line, in constant memory.
type orderReader interface {
	// next returns the next order, io.EOF after the last. Any other error is that of the body;
	// what is wrong with a line is in the line.
	next() (importLine, error)
}

// errLineTooLong is what is wrong with a line of more than maxLine bytes.
var errLineTooLong = itms.Errorf(itms.KindInvalid, itms.CodeTooLarge, "the line is longer than %d bytes", maxLine)

// errNotUTF8 is what is wrong with a text in another encoding.
var errNotUTF8 = itms.Errorf(itms.KindInvalid, codeMalformed, "the text is not UTF-8; save the file as UTF-8 (spreadsheets may write GBK or UTF-16)")

// lines splits a text into lines, each of bounded length.
type lines struct {
	in    *bufio.Reader
	begin func() // told before each line
	n     int    // of the line that was read last, from 1
	text  []byte // of that line; good until the next
}

// newLines reads lines of a body.
func newLines(body io.Reader) *lines {
	l := &lines{in: bufio.NewReaderSize(body, 64<<10), begin: func() {}}
	if paced, ok := body.(interface{ begin() }); ok {
		l.begin = paced.begin
	}
	return l
}

// mark reads over a byte order mark; that of UTF-16 is refused.
func (l *lines) mark() error {
	l.begin()
	head, err := l.in.Peek(3)
	if len(head) >= 2 && (head[0] == 0xFE && head[1] == 0xFF || head[0] == 0xFF && head[1] == 0xFE) {
		return errNotUTF8
	}
	if string(head) == "\ufeff" {
		_, _ = l.in.Discard(len(head)) // it is buffered
	}
	if errors.Is(err, io.EOF) {
		return nil // short or empty: the first line tells
	}
	return err
}

// next reads a line, without its end; a last one without end is a line too. Of one that is too
// long the rest is read over and long is true.
func (l *lines) next() (text []byte, long bool, err error) {
	l.begin()
	l.text = l.text[:0]
	for {
		part, err := l.in.ReadSlice('\n')
		if long = long || len(l.text)+len(part) > maxLine; !long {
			l.text = append(l.text, part...)
		}
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case errors.Is(err, io.EOF) && (long || len(l.text) > 0), err == nil:
			l.n++
			return bytes.TrimSuffix(bytes.TrimSuffix(l.text, []byte("\n")), []byte("\r")), long, nil
		}
		return nil, false, err
	}
}

// idle reports whether there is nothing on a line to read: it is empty or a comment.
func idle(text []byte) bool {
	text = bytes.TrimSpace(text)
	return len(text) == 0 || text[0] == '#'
}

// ndjsonOrders reads documents one a line.
type ndjsonOrders struct {
	lines    *lines
	registry huma.Registry
}

// next implements orderReader.
func (r *ndjsonOrders) next() (importLine, error) {
	for {
		text, long, err := r.lines.next()
		if err != nil {
			return importLine{}, err
		}
		line := importLine{n: r.lines.n}
		switch {
		case long:
			line.err = errLineTooLong
		case idle(text):
			continue
		case !utf8.Valid(text):
			line.err = errNotUTF8
		default:
			line.order, line.err = decode[orderRequest](r.registry, text)
			line.err = readOver(line.err)
		}
		return line, nil
	}
}

// readOver takes out of what is wrong with a document the members that an export adds.
func readOver(err error) error {
	var shape *shapeError
	if !errors.As(err, &shape) {
		return err
	}
	var kept fieldErrors
	for _, f := range shape.fields {
		if !exportOnly[f.Pointer] {
			kept = append(kept, f)
		}
	}
	if len(kept) == 0 {
		return nil
	}
	return &shapeError{kept}
}
