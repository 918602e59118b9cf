package digest

import (
	"fmt"
	"net/url"
	"strings"
)

const (
	// maxHeader bounds one header line in bytes. The longest seen from a CPE
	// is below 700; user names and URIs may be 256 each (TR-069 Amd 6 A.3.1).
	maxHeader = 4096
	// maxFields bounds the parameters of one line; RFC 7616 defines 12.
	maxFields = 64
)

// field is one piece of an authentication header: name=value, or a bare word
// such as the scheme.
type field struct {
	name, value string
	bare        bool
}

// params are the fields of one challenge or of one set of credentials, by
// lower case name. The first of equal names wins.
type params map[string]string

func (p params) add(f field) {
	name := strings.ToLower(f.name)
	if _, dup := p[name]; !dup {
		p[name] = f.value
	}
}

// parseCredentials reads an Authorization header.
//
// Errors: ErrNoCredentials when it is empty or of another scheme, ErrMalformed
// when it is too long.
func parseCredentials(header string) (params, error) {
	fields, err := scan(header)
	if err != nil {
		return nil, err
	}
	if len(fields) == 0 || !fields[0].isDigest() {
		return nil, ErrNoCredentials
	}
	p := params{}
	for _, f := range fields[1:] {
		if !f.bare {
			p.add(f)
		}
	}
	return p, nil
}

// parseChallenges reads one WWW-Authenticate header, which may hold several
// challenges, and gives the Digest ones.
func parseChallenges(header string) ([]params, error) {
	fields, err := scan(header)
	if err != nil {
		return nil, err
	}
	var found []params
	var current params
	for _, f := range fields {
		switch {
		case f.isDigest():
			current = params{}
			found = append(found, current)
		case f.bare:
			current = nil
		case current != nil:
			current.add(f)
		}
	}
	return found, nil
}

func (f field) isDigest() bool { return f.bare && strings.EqualFold(f.name, "Digest") }

// username gives the user name; the extended notation of RFC 7616 §3.4 is
// used when the plain one is absent.
func (p params) username() (string, error) {
	if name, ok := p["username"]; ok {
		return name, nil
	}
	encoded, ok := p["username*"]
	if !ok {
		return "", fmt.Errorf("%w: no username", ErrMalformed)
	}
	const prefix = "UTF-8''"
	if len(encoded) < len(prefix) || !strings.EqualFold(encoded[:len(prefix)], prefix) {
		return "", fmt.Errorf("%w: username* is not UTF-8", ErrMalformed)
	}
	name, err := url.PathUnescape(encoded[len(prefix):])
	if err != nil {
		return "", fmt.Errorf("%w: username*: %w", ErrMalformed, err)
	}
	return name, nil
}

// scan cuts a header into its fields. It accepts whatever can be given a
// meaning; only the limits make it fail.
func scan(header string) ([]field, error) {
	if len(header) > maxHeader {
		return nil, fmt.Errorf("%w: %d bytes, at most %d", ErrMalformed, len(header), maxHeader)
	}
	var fields []field
	for rest := skip(header); rest != ""; rest = skip(rest) {
		if len(fields) == maxFields {
			return nil, fmt.Errorf("%w: more than %d parameters", ErrMalformed, maxFields)
		}
		var f field
		f, rest = nextField(rest)
		fields = append(fields, f)
	}
	return fields, nil
}

// nextField reads the field s starts with; it always consumes something.
func nextField(s string) (field, string) {
	end := strings.IndexFunc(s, func(r rune) bool { return isGap(r) || r == '=' })
	if end < 0 {
		return field{name: s, bare: true}, ""
	}
	f := field{name: s[:end]}
	rest := strings.TrimLeftFunc(s[end:], isSpace)
	if !strings.HasPrefix(rest, "=") {
		f.bare = true
		return f, rest
	}
	rest = strings.TrimLeftFunc(rest[1:], isSpace)
	if strings.HasPrefix(rest, `"`) {
		f.value, rest = quoted(rest[1:])
		return f, rest
	}
	end = strings.IndexFunc(rest, isGap)
	if end < 0 {
		end = len(rest)
	}
	f.value = rest[:end]
	return f, rest[end:]
}

// quoted reads a quoted-string whose opening quote is already gone. A missing
// closing quote ends at the end of the header. Only \" and \\ are unescaped:
// writers that do not escape at all send DOMAIN\user and mean it.
func quoted(s string) (value, rest string) {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c == '"' {
			return b.String(), s[i+1:]
		}
		if c == '\\' && i+1 < len(s) && (s[i+1] == '"' || s[i+1] == '\\') {
			i++
			c = s[i]
		}
		b.WriteByte(c)
	}
	return b.String(), ""
}

// skip drops the separators s starts with.
func skip(s string) string { return strings.TrimLeftFunc(s, isGap) }

func isSpace(r rune) bool { return r == ' ' || r == '\t' || r == '\r' || r == '\n' }

func isGap(r rune) bool { return isSpace(r) || r == ',' }
