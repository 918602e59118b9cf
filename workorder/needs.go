package workorder

import (
	"time"

	"itms"
)

// Vault seals and opens secrets and makes keyed fingerprints of them.
type Vault interface {
	// Seal encrypts.
	Seal(clear string) []byte
	// Unseal decrypts what Seal made, or fails when the key is another.
	Unseal(sealed []byte) (string, error)
	// Fingerprint returns the same text for the same value and purpose, and says
	// nothing about the value without the key.
	Fingerprint(purpose, value string) string
}

// Waker asks a device to come into contact. It never blocks and may fail: the
// intent is durable and the next Inform fulfils it.
type Waker interface {
	Wake(id itms.DeviceID)
}

// Models knows device models: which profile describes a device, and what a device
// of that profile must hold. All methods are pure and safe for concurrent use.
type Models interface {
	// Match names the profile of a device, "" when none fits.
	Match(d *itms.Device, known *itms.ParamTree) string
	// Revision changes whenever any profile does, or one comes or goes.
	Revision() string
	// Secrets lists the parameters of a profile that hold credentials; "{alias}" in
	// one stands for an instance number.
	Secrets(profile string) []itms.ParamPath
	// Probe lists the objects whose children would tell the dialect; empty when known.
	Probe(d *itms.Device, known *itms.ParamTree) []itms.ParamPath
	// Digest changes whenever the profile's content does.
	Digest(profile string) string
	// Accepts reports whether the profile can carry services of the type.
	Accepts(profile string, t itms.ServiceType) bool
	// Identity lists the parameters which tell STBID, MAC and model: for each of the
	// three its spellings, of which one is enough.
	Identity(profile string) [][]itms.ParamPath
	// Identify returns what the known parameters tell, as raw texts.
	Identify(profile string, known *itms.ParamTree) Identity
	// Wanted computes the values to hold.
	Wanted(profile string, in ModelInput) (itms.Wanted, error)
}

// Identity is what a device says about itself beside its DeviceID; unvalidated.
type Identity struct{ STBID, MAC, Model string }

// ModelInput is what wanted values are computed from. Unless Bound, a profile must
// use neither Service nor the connection credentials.
type ModelInput struct {
	Device             *itms.Device
	Bound              bool
	Service            itms.ServiceSpec
	Subscriber         itms.Subscriber
	Line               itms.Line
	Attributes         map[string]string
	PeriodicInterval   time.Duration
	ConnectionUsername string
	ConnectionPassword itms.Secret
}
