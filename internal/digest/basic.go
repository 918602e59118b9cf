package digest

import (
	"encoding/base64"
	"strings"
)

// OffersBasic reports whether the WWW-Authenticate headers of a 401 name Basic among
// their challenges (RFC 7617). To answer it hands the password to whoever asks.
func OffersBasic(headers []string) bool {
	for _, header := range headers {
		fields, err := scan(header)
		if err != nil {
			continue
		}
		for _, f := range fields {
			if f.bare && strings.EqualFold(f.name, "Basic") {
				return true
			}
		}
	}
	return false
}

// Basic gives the Authorization header of RFC 7617 §2. The user name must hold no colon.
func Basic(username, password string) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(username+":"+password))
}
