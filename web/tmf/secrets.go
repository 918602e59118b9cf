package tmf

import "strings"

// mask stands for a secret wherever documents are kept and shown.
const mask = "********"

// secretWords are parts of the names of what is secret.
var secretWords = []string{"password", "passwd", "passphrase", "pwd", "secret", "psk", "activationcode"}

// secretName reports whether a name says that its value is a secret.
func secretName(name string) bool {
	plain := plainWord(name)
	for _, word := range secretWords {
		if strings.Contains(plain, word) {
			return true
		}
	}
	return slots[plain].secret
}

// forget puts the mask in place of every secret of a document: the value of what is named
// like one, wherever it stands.
func forget(v any) {
	switch x := v.(type) {
	case []any:
		for _, one := range x {
			forget(one)
		}
	case object:
		if name, ok := x["name"].(string); ok && secretName(name) {
			if _, valued := x["value"]; valued {
				x["value"] = mask
			}
		}
		for name, one := range x {
			if secretName(name) && one != nil {
				x[name] = mask
				continue
			}
			forget(one)
		}
	}
}
