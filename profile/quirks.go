package profile

import (
	"go.yaml.in/yaml/v3"

	"itms"
)

// maxBatch bounds the names of one request.
const maxBatch = 1000

// Quirks says what devices of the profile cannot do.
func (p *Profile) Quirks() itms.Quirks { return p.quirks }

// quirks reads the mapping of that name.
func (r *reader) quirks(n *yaml.Node) itms.Quirks {
	f := r.fields(n, "quirks", "noMethods", "confirmByVersion", "batch")
	return itms.Quirks{
		NoMethods:        r.flag(f["noMethods"], "quirks.noMethods", false),
		ConfirmByVersion: r.flag(f["confirmByVersion"], "quirks.confirmByVersion", false),
		Batch:            r.number(f["batch"], "quirks.batch", 0, maxBatch),
	}
}
