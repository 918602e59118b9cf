package itms

// Quirks are what devices of a model cannot do, or do otherwise than the standard says.
// The zero value is a device that does as it should.
type Quirks struct {
	NoMethods        bool // breaks when it is asked for its methods
	ConfirmByVersion bool // never says that a download has ended: the version tells
	Batch            int  // most names of one request; 0 = the usual number
	Manner           Manner
}

// Manner is how devices of a model want to be spoken to, where that differs from what all
// others take. The zero value is the usual way.
type Manner struct {
	XMLDeclaration   bool // messages begin with an XML declaration
	Empty200         bool // an empty reply is 200, not 204
	OmitParameterKey bool // requests that change parameters carry no ParameterKey
	BooleanWords     bool // booleans are true and false, not 1 and 0
}
