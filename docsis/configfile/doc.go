// Package configfile reads and writes the configuration files of DOCSIS cable modems
// and PacketCable telephone adapters (MTAs): the binary form that a device fetches by
// TFTP, and the text form that cable engineers keep.
//
// The binary form is a row of TLVs: an octet of type, an octet of length, the value,
// which may hold TLVs again (CM-SP-MULPIv3.1 Annex C and D). tlvs.txt lists all of them;
// [Lookup] finds one.
//
// From text to file:
//
//	body, err := configfile.AppendEncode(nil, text, nil)   // errors name line and column
//	signer := configfile.NewSigner(secret)                  // once per secret
//	file, err := signer.Sign(nil, body, configfile.SignOptions{})
//
// From file to text: [Parse], then [File.Text]. [Verify] says which integrity checks
// hold, [Check] what a modem or CMTS would object to, [Diff] what distinguishes two
// files. Whatever Parse reads, its text encodes to the same settings.
//
// The package opens no files and knows no network.
package configfile

// Limits. A reader of outside bytes needs them to stay small whatever it is given.
const (
	// MaxFile bounds a binary file. Modems need to take 8,192 octets (MULPI C.1), MTA
	// files with dial plans are some ten times that.
	MaxFile = 256 << 10
	// MaxText bounds a text: eight characters for each octet is generous.
	MaxText = 8 * MaxFile
	// MaxTLVs bounds how many TLVs a file may hold, nested ones included.
	MaxTLVs = 1 << 16
	// MaxDepth bounds how deep TLVs and blocks nest; the deepest of the specifications
	// is seven.
	MaxDepth = 16
	// MaxErrors bounds how many mistakes of one text are told.
	MaxErrors = 20
	// ModemFile is the size that every modem takes (MULPI C.1); Check warns above it.
	ModemFile = 8192
)

const (
	longestOctet  = 255   // a length of one octet
	longestSplit  = 254   // a value that goes on in the next TLV (MULPI C.1.2.10)
	longestDouble = 65535 // a length of two octets
)

// Types of TLVs that the container itself knows.
const (
	typePad       = 0
	typeCMMIC     = 6
	typeCMTSMIC   = 7
	typeVarbind   = 11
	typeTimestamp = 19
	typeAddress   = 20
	typeExtension = 43
	typeAddress6  = 59
	typeLongBind  = 64
	typeDelimiter = 254
	typeEnd       = 255
)

// Values of the delimiter of MTA files (PKT-SP-PROV §9.1).
const (
	mtaBegin = 1
	mtaEnd   = 255
)
