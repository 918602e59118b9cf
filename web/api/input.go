package api

import (
	"context"
	"errors"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"

	"itms"
)

// Limits of small documents.
const (
	smallBody = 16 << 10 // a few names and a reason
	maxReason = 500      // bytes; a sentence or three
	maxName   = 128      // bytes of a name of any sort
)

// bodyOf reads the body of a call strictly. Errors: a wrong media type, KindInvalid
// with every wrong field.
func bodyOf[T any](ctx context.Context, s *Server, raw []byte) (*T, error) {
	if err := checkMediaType(recordOf(ctx).req.Header.Get("Content-Type")); err != nil {
		return nil, err
	}
	body, err := decode[T](s.api.OpenAPI().Components.Schemas, raw)
	var shape *shapeError
	if errors.As(err, &shape) {
		return nil, shape.problem()
	}
	return body, err
}

// checkText refuses a text that is too long or holds what no line of text has; it
// may be empty.
func checkText(pointer, s string, most int) error {
	switch {
	case len(s) > most:
		return itms.Invalid(pointer, "is longer than %d bytes", most)
	case !utf8.ValidString(s):
		return itms.Invalid(pointer, "is not valid UTF-8")
	case strings.ContainsFunc(s, unicode.IsControl):
		return itms.Invalid(pointer, "contains a control character")
	}
	return nil
}

// checkRequired refuses an empty text too.
func checkRequired(pointer, s string, most int) error {
	if strings.TrimSpace(s) == "" {
		return itms.Invalid(pointer, "is required")
	}
	return checkText(pointer, s, most)
}

// repoint replaces the beginning of the pointers of an error: the domain names a
// field as in a work order, a call may have it elsewhere. A nil error stays nil.
func repoint(err error, from, to string) error {
	var e *itms.Error
	if !errors.As(err, &e) || len(e.Fields) == 0 {
		return err
	}
	moved := *e
	moved.Fields = make([]itms.FieldError, len(e.Fields))
	for i, f := range e.Fields {
		if rest, ok := strings.CutPrefix(f.Pointer, from); ok && (rest == "" || rest[0] == '/') {
			f.Pointer = to + rest
		}
		moved.Fields[i] = f
	}
	return &moved
}

// operationAt returns the description of the operation that changes something at a
// path.
func operationAt(s *Server, path string) *huma.Operation {
	item := s.api.OpenAPI().Paths[path]
	if item.Put != nil {
		return item.Put
	}
	return item.Post
}

// describeBody puts the schema that decode checks, and an example, where huma knows
// a binary body only.
func describeBody[T any](s *Server, path string, example any) *huma.Operation {
	op := operationAt(s, path)
	op.RequestBody.Content["application/json"] = &huma.MediaType{Schema: schemaOf[T](s.api), Example: example}
	return op
}

// describeAnswer describes one more answer of success than huma knows, or one whose
// type it cannot see.
func describeAnswer[T any](s *Server, path, status, text string, example any) {
	operationAt(s, path).Responses[status] = &huma.Response{Description: text, Content: map[string]*huma.MediaType{
		"application/json": {Schema: schemaOf[T](s.api), Example: example}}}
}

// fieldErrors gathers what is wrong with the fields of a document.
type fieldErrors []itms.FieldError

// add takes the fields of an error that the domain's parsers or Invalid made; nil is
// fine.
func (f *fieldErrors) add(err error) {
	var e *itms.Error
	if errors.As(err, &e) {
		*f = append(*f, e.Fields...)
	}
}

// problem is the error of all of them, nil when there are none.
func (f fieldErrors) problem() error {
	if len(f) == 0 {
		return nil
	}
	return (&shapeError{f}).problem()
}
