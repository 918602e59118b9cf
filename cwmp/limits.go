package cwmp

// Limits of the reader. A body that passes one is refused with a *DecodeError;
// they bound the memory and the time that one message of a broken or hostile
// CPE can cost.
const (
	// MaxBodyBytes is the largest body read. The largest honest message, a
	// full tree of 100,000 parameters, is about 25 MB.
	MaxBodyBytes = 32 << 20
	// MaxDepth is the deepest element nesting. The deepest message of the
	// schema has 8 levels; vendor RPCs get room to spare.
	MaxDepth = 32
	// MaxElements is the largest number of elements and attributes in one
	// body: 100,000 parameters need 400,000.
	MaxElements = 1 << 19
	// MaxAttributes is the largest number of attributes of one element.
	// Envelopes with every namespace declared have about 10.
	MaxAttributes = 64
	// MaxItems is the largest number of entries in one list of a message.
	// The largest data models seen in the field have 20,000 parameters.
	MaxItems = 100_000
	// MaxNameBytes is the longest parameter name, object path, cwmp:ID or XML
	// name. The schema says 256; vendor tables with long aliases pass that.
	MaxNameBytes = 1024
	// MaxFieldBytes is the longest other argument, such as an URL or a key.
	// The longest of the schema is 1,024 characters.
	MaxFieldBytes = 8 << 10
	// MaxValueBytes is the longest parameter value. Values that carry
	// certificates or whole configuration files are below 1 MB.
	MaxValueBytes = 1 << 20
	// MaxFaultStringBytes is what is kept of a fault text. Some CPEs send a
	// stack trace of several kB; the first lines say what is wrong.
	MaxFaultStringBytes = 1024
)
