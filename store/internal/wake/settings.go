package wake

import (
	"strings"

	"itms"
)

// OfSetting are the topics that a write of a setting touches.
func OfSetting(key string) Topics {
	if strings.HasPrefix(key, itms.ProfileSettings) {
		return Profiles
	}
	return 0
}
