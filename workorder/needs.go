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
	// AllowsBasic reports whether the profile lets the connection request password be
	// sent by Basic authentication.
	AllowsBasic(profile string) bool
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
	// Registration lists where what a person types at the device arrives; zero for
	// a profile that has no page to type at.
	Registration(profile string) Registration
	// Page computes the values that make the registration page show a view; none
	// when the page needs nothing for it.
	Page(profile string, in PageInput) ([]itms.WantedParam, error)
	// Hosts lists the MACs of the hosts that a gateway reports behind it.
	Hosts(profile string, known *itms.ParamTree) []itms.MAC
	// Notifies reports whether the profile says of anything what a device shall report by
	// itself: without it Wanted has no Attributes.
	Notifies(profile string) bool
	// Refresh lists the events after which a device is read anew and compared.
	Refresh(profile string) []string
	// Quirks says what devices of a profile cannot do, or want done otherwise; zero for "".
	Quirks(profile string) itms.Quirks
	// Judge says whether the operator allows the device, as it is, in the area. find is
	// asked for the files that rules name.
	Judge(d *itms.Device, area string, find FileFinder) Verdict
}

// Registration lists the parameters of a registration page, each with its
// spellings, and the events that announce fresh input.
type Registration struct {
	Code     []itms.ParamPath // activation code
	LOID     []itms.ParamPath // logical id of a gateway ...
	Password []itms.ParamPath // ... and its password
	STBID    []itms.ParamPath // STBID as typed by the person
	Events   []string
}

// Asks reports whether there is a page to type at.
func (r Registration) Asks() bool { return len(r.Code) > 0 || len(r.LOID) > 0 || len(r.Password) > 0 }

// PageInput is what a page is computed from.
type PageInput struct {
	Device   *itms.Device
	View     itms.PageView
	Services int // services that will be written, for a progress bar
}

// Verdict is the operator's rule for a device. Firmware is what it must get first.
type Verdict struct {
	Allowed  bool
	Reason   string
	Firmware *Firmware
}

// Firmware is an image that a rule wants on a device.
type Firmware struct {
	Version  string
	URL      string // "" = it is a file
	Username string
	Password itms.Secret
	Size     int    // bytes, 0 = not known
	File     string // id of the file
	Problem  string // why there is no such file for the device, in words
}

// FileFinder finds the file that a rule names, by its id or else its name, for a device.
// Without one the text says why there is none that the device could have.
type FileFinder func(d *itms.Device, name string) (f *itms.File, problem string)

// Identity is what a device says about itself beside its DeviceID; unvalidated.
type Identity struct{ STBID, MAC, Model string }

// ModelInput is what wanted values are computed from. Unless Bound, a profile must
// use neither Service nor the connection credentials. With Withdraw, the result is
// what overwrites the credentials of whatever service was there before.
type ModelInput struct {
	Device             *itms.Device
	Known              *itms.ParamTree // never nil
	Bound              bool
	Withdraw           bool
	Service            itms.ServiceSpec
	Subscriber         itms.Subscriber
	Line               itms.Line
	Attributes         map[string]string
	PeriodicInterval   time.Duration
	ConnectionUsername string
	ConnectionPassword itms.Secret
}
