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

// take stores the cookies of an answer.
func (j *jar) take(header http.Header) {
	for _, line := range header["Set-Cookie"] {
		cookie, err := http.ParseSetCookie(line)
		if err != nil {
			continue // a box drops what it cannot read
		}
		j.list = slices.DeleteFunc(j.list, func(c *http.Cookie) bool { return c.Name == cookie.Name })
		if cookie.MaxAge >= 0 {
			j.list = append(j.list, cookie)
		}
	}
}

// header returns the value of the Cookie header, or nothing. With attributes,
// each cookie comes as it was received, as some boxes do.
func (j *jar) header(attributes bool) string {
	var parts []string
	for _, c := range j.list {
		if attributes {
			parts = append(parts, c.Raw)
		} else {
			parts = append(parts, c.Name+"="+c.Value)
		}
	}
	return strings.Join(parts, "; ")
}
