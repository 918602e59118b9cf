package itms

import "time"

// Outcome is what became of a Command: values, a status, or a fault.
type Outcome struct {
	Command  Command
	Values   []Param // of GetValues (Value, Type) and GetNames (Name, Writable)
	Status   int     // 0 = applied, 1 = applied after the session or a reboot
	Instance string  // of AddObject

	Attributes []ParamAttribute // of GetAttributes
	Methods    []string         // of GetMethods
	Transfers  []QueuedTransfer // of GetTransfers
	Options    []Option         // of GetOptions
	Started    time.Time        // of a transfer that is done already; zero = not said
	Completed  time.Time

	Fault *DeviceFault
}

// DeviceFault is a device's refusal (TR-069 Amd 6 A.5).
type DeviceFault struct {
	Code   int          `json:"code"`
	Text   string       `json:"text"`
	Params []ParamFault `json:"params,omitempty"`
}

// ParamFault is the refusal of one parameter of a SetValues.
type ParamFault struct {
	Name ParamPath `json:"name"`
	Code int       `json:"code"`
	Text string    `json:"text,omitempty"`
}

// The CPE fault codes that decisions are made on (TR-069 Amd 6 A.5.1).
const (
	FaultMethod       = 9000
	FaultDenied       = 9001
	FaultInternal     = 9002
	FaultArguments    = 9003
	FaultResources    = 9004
	FaultName         = 9005
	FaultType         = 9006
	FaultValue        = 9007
	FaultNotWritable  = 9008
	FaultNotification = 9009
)

// Transient reports whether trying the same again later may succeed.
func (f *DeviceFault) Transient() bool {
	return f.Code == FaultDenied || f.Code == FaultInternal || f.Code == FaultResources
}
