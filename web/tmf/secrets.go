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
		named := namesSecret(x)
		for name, one := range x {
			if one != nil && (secretName(name) || named && valueWords[plainWord(name)]) {
				x[name] = mask
				continue
			}
			forget(one)
		}
	}
}

// naming are members that say what another member is the value of.
var naming = []string{"name", "key", "characteristicName", "characteristic", "attribute"}

// valueWords are what the value beside a name is called.
var valueWords = map[string]bool{"value": true, "values": true, "val": true, "text": true, "content": true, "data": true, "string": true}

// namesSecret reports whether an object is a name of a secret with its value, however the
// value is called.
func namesSecret(o object) bool {
	for _, member := range naming {
		if name, ok := o[member].(string); ok && secretName(name) {
			return true
		}
	}
	return false
}

// withoutSecrets is a value without the secrets that it names itself.
func withoutSecrets(v any) any {
	switch v.(type) {
	case object, []any:
		v = clone(v)
		forget(v)
	}
	return v
}
