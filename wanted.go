package itms

// Wanted is the state a device must hold, as a profile computed it from a service.
type Wanted struct {
	// Read lists the objects and parameters to read before comparing.
	Read []ParamPath
	// Rows are table rows that must exist; parameters may lie in them.
	Rows []WantedRow
	// Params are the values, in the order they should be written.
	Params []WantedParam
	// RebootAfter asks for a Reboot once values marked Reboot were written.
	RebootAfter bool
	// Proof is evidence, beside the read-back, that the service works.
	Proof []WantedProof
	// Attributes are what the device shall report by itself, in the order of the profile.
	Attributes []WantedAttribute
}

// WantedProof is a parameter whose value shows that the service works, e.g. a
// counter of logins at the platform.
type WantedProof struct {
	Names []ParamPath // spellings; a device that has none of them proves nothing
	Text  string      // what it shows, for people, e.g. "logged in at the platform"
	Holds func(value string) bool
}

// WantedRow is a row of a table, found by the values of Match or else added. Its
// instance number replaces "{Alias}" in the names of Params.
type WantedRow struct {
	Alias string
	Table ParamPath         // object ending in a dot
	Match map[string]string // relative name -> value; the first row which has all
	// Fixed takes an existing row when none matches, e.g. the first: for boxes
	// whose factory row has no distinguishing value. "" = add a row instead.
	Fixed string
}

// WantedParam is one value to hold.
type WantedParam struct {
	// Names are the spellings firmware versions use, the preferred one first; the
	// first that the device has is taken.
	Names []ParamPath
	Value string
	Type  string
	// Hide marks a credential: never shown, known by fingerprint.
	Hide bool
	// WriteOnly values read back empty or masked: a read-back cannot verify them.
	WriteOnly bool
	// Optional values may be refused by the device without failing the order.
	Optional bool
	// Reboot values take effect after a reboot only.
	Reboot bool
}
