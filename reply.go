package itms

import "time"

// Reply is what a call of the API came to that its caller gave a key, so that the same
// call under the same key is carried out once and answered the same whenever it is
// repeated. Neither the key nor the call can be read from it: both are kept as keyed
// fingerprints, and the answer, which may show an activation code, is sealed.
type Reply struct {
	Key     string    `json:"key"`              // fingerprint of the caller and the caller's key; primary key
	Content string    `json:"content"`          // fingerprint of the call: what it asks for
	Node    string    `json:"node,omitempty"`   // that carries it out
	At      time.Time `json:"at"`               // when it began
	Status  int       `json:"status,omitempty"` // of the answer (HTTP); 0 = there is none yet
	Type    string    `json:"type,omitempty"`   // media type of the answer
	Body    Sealed    `json:"body,omitempty"`   // the answer
}
