package itms

import "time"

// Ending is how an order ended, with what statistics are made of. A failed order
// that is tried again has its ending replaced.
type Ending struct {
	Order    OrderID    `json:"order"` // primary key
	At       time.Time  `json:"at"`
	Day      string     `json:"day"` // UTC date of At, "2026-11-01"
	Kind     OrderKind  `json:"kind"`
	Mode     OrderMode  `json:"mode"`
	Area     string     `json:"area,omitempty"`
	Access   AccessType `json:"access,omitempty"`
	Vendor   string     `json:"vendor,omitempty"`
	Model    string     `json:"model,omitempty"`
	Firmware string     `json:"firmware,omitempty"`
	Way      BindWay    `json:"way,omitempty"`
	Outcome  OrderState `json:"outcome"`           // done, failed, expired, rejected, cancelled, superseded
	Touched  bool       `json:"touched,omitempty"` // an operator had a hand in it
}

// Dimension is what endings can be counted by.
type Dimension string

// Dimensions. ByNone counts everything under the key "".
const (
	ByNone     Dimension = ""
	ByArea     Dimension = "area"
	ByVendor   Dimension = "vendor"
	ByModel    Dimension = "model"
	ByFirmware Dimension = "firmware"
	ByKind     Dimension = "kind"
	ByMode     Dimension = "mode"
	ByDay      Dimension = "day"
	ByAccess   Dimension = "access"
	ByWay      Dimension = "way"
)

// Dimensions lists every dimension with a name.
var Dimensions = []Dimension{ByArea, ByVendor, ByModel, ByFirmware, ByKind, ByMode, ByDay, ByAccess, ByWay}

// Key returns what the ending counts under.
func (e *Ending) Key(by Dimension) string {
	switch by {
	case ByArea:
		return e.Area
	case ByVendor:
		return e.Vendor
	case ByModel:
		return e.Model
	case ByFirmware:
		return e.Firmware
	case ByKind:
		return string(e.Kind)
	case ByMode:
		return string(e.Mode)
	case ByDay:
		return e.Day
	case ByAccess:
		return string(e.Access)
	case ByWay:
		return string(e.Way)
	}
	return ""
}

// EndingQuery selects the endings of the days From to To, both included.
type EndingQuery struct {
	From, To string // "2026-11-01"
	By       Dimension
	Areas    Areas // only orders of these; nil = any
}

// EndingCount is how many endings share a key, a kind, an outcome and Touched.
type EndingCount struct {
	Key     string
	Kind    OrderKind
	Outcome OrderState
	Touched bool
	N       int64
}
