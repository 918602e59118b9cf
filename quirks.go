package itms

// Quirks are what devices of a model cannot do, or do otherwise than the standard says.
// The zero value is a device that does as it should.
type Quirks struct {
	NoMethods        bool // breaks when it is asked for its methods
	ConfirmByVersion bool // never says that a download has ended: the version tells
	Batch            int  // most names of one request; 0 = the usual number
}
