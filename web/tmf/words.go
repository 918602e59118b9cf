package tmf

import (
	"strings"

	"itms"
)

// usualServiceTypes are words for services. One that a longer word holds counts too, so
// that "CFS-IPTV-4K" is understood.
var usualServiceTypes = []struct {
	word string
	is   itms.ServiceType
}{
	{"iptv", itms.ServiceIPTV}, {"television", itms.ServiceIPTV}, {"video", itms.ServiceIPTV},
	{"voip", itms.ServiceVoIP}, {"voice", itms.ServiceVoIP}, {"telephony", itms.ServiceVoIP},
	{"internet", itms.ServiceInternet}, {"broadband", itms.ServiceInternet}, {"dataaccess", itms.ServiceInternet},
}

// words tells which service a sender means.
type words struct{ own map[string]itms.ServiceType }

// newWords takes the operator's words, which come before the usual ones.
func newWords(own map[string]itms.ServiceType) *words {
	w := &words{own: map[string]itms.ServiceType{}}
	for word, is := range own {
		w.own[plainWord(word)] = is
	}
	return w
}

// serviceType returns the type that a word means, "" when it means none.
func (w *words) serviceType(word string) itms.ServiceType {
	plain := plainWord(word)
	if is, ok := w.own[plain]; ok || plain == "" {
		return is
	}
	for _, usual := range usualServiceTypes {
		if strings.Contains(plain, usual.word) {
			return usual.is
		}
	}
	return ""
}
