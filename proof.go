package itms

// ProofKind is how a device proved who it is (TR-069 Amd 6 §3.4.4).
type ProofKind string

// Kinds of proof.
const (
	ProofNone        ProofKind = ""            // nothing is asked for
	ProofShared      ProofKind = "shared"      // credentials that all devices know
	ProofOwn         ProofKind = "own"         // credentials that this system gave it alone
	ProofCertificate ProofKind = "certificate" // a certificate made out to it
)

// Proof is what a device proved itself with. Generation counts the credentials of
// its own.
type Proof struct {
	Kind       ProofKind
	Generation int
}

// OwnCredentials are credentials that one device alone knows. The user name holds
// the device's id.
type OwnCredentials struct {
	Device     DeviceID
	Generation int
	Username   string
	Password   Secret
}

// Urgency is how much depends on a device's contact, when not all can be served.
type Urgency int

// Urgencies, from least to most.
const (
	UrgencyNone    Urgency = iota
	UrgencyWatched         // somebody waits in front of it
	UrgencyOrder           // an order waits for it
)
