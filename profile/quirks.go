package profile

import (
	"go.yaml.in/yaml/v3"

	"itms"
)

// maxBatch bounds the names of one request.
const maxBatch = 1000

// Quirks says what devices of the profile cannot do, or want done otherwise.
func (p *Profile) Quirks() itms.Quirks { return p.quirks }

// quirks reads the mapping of that name.
func (r *reader) quirks(n *yaml.Node) itms.Quirks {
	f := r.fields(n, "quirks", "noMethods", "confirmByVersion", "batch", "xmlDeclaration", "empty200", "omitParameterKey", "booleans")
	return itms.Quirks{
		NoMethods:        r.flag(f["noMethods"], "quirks.noMethods", false),
		ConfirmByVersion: r.flag(f["confirmByVersion"], "quirks.confirmByVersion", false),
		Batch:            r.number(f["batch"], "quirks.batch", 0, maxBatch),
		Manner: itms.Manner{
			XMLDeclaration:   r.flag(f["xmlDeclaration"], "quirks.xmlDeclaration", false),
			Empty200:         r.flag(f["empty200"], "quirks.empty200", false),
			OmitParameterKey: r.flag(f["omitParameterKey"], "quirks.omitParameterKey", false),
			BooleanWords:     r.booleanWords(f["booleans"]),
		},
	}
}

// booleanWords reports whether booleans are to be written as words.
func (r *reader) booleanWords(n *yaml.Node) bool {
	if n == nil {
		return false
	}
	if n.Kind != yaml.ScalarNode || n.Value != "words" && n.Value != "digits" {
		r.fail(n, "quirks.booleans: expected words or digits")
	}
	return n.Value == "words"
}
