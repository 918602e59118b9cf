package sim

import (
	"net/http"
	"slices"
	"strings"
)

// jar keeps cookies for all URLs of the ACS alike: those that share sessions
// stand behind one name in the field.
type jar struct{ list []*http.Cookie }

func (j *jar) clear() { j.list = nil }

// take stores the cookies of an answer, or those with a path.
func (j *jar) take(header http.Header, withPath bool) {
	for _, line := range header["Set-Cookie"] {
		cookie, err := http.ParseSetCookie(line)
		if err != nil || withPath && cookie.Path == "" {
			continue // a box drops what it cannot read
		}
		j.list = slices.DeleteFunc(j.list, func(c *http.Cookie) bool { return c.Name == cookie.Name })
		if cookie.MaxAge >= 0 {
			j.list = append(j.list, cookie)
		}
	}
}

// header returns the value of the Cookie header, or nothing. With their attributes,
// cookies come as they were received, or turned round.
func (j *jar) header(q QuirkSet) string {
	var parts []string
	for _, c := range j.list {
		switch {
		case q.has(quirkCookieAttributes):
			parts = append(parts, c.Raw)
		case q.has(quirkCookieComma):
			attributes := strings.Split(c.Raw, "; ")
			slices.Reverse(attributes)
			parts = append(parts, attributes...)
		default:
			parts = append(parts, c.Name+"="+c.Value)
		}
	}
	if q.has(quirkCookieComma) {
		return strings.Join(parts, ",")
	}
	return strings.Join(parts, "; ")
}
