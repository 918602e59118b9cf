package itms

// Command is something to do on a device, free of any protocol; the CWMP door
// turns it into an RPC, see the types below. Each carries a Why that a door hands back
// untouched within Outcome.Command.
type Command interface {
	// Method is the field's name for it, that of the RPC in TR-069 Annex A.
	Method() string
	// Purpose is its Why.
	Purpose() string
}

// GetNames lists parameters below Path; NextLevel lists one level only
// (GetParameterNames).
type GetNames struct {
	Path      ParamPath
	NextLevel bool
	Why       string
}

// GetValues reads parameters or whole objects (GetParameterValues). Singly has each
// path asked for in a request of its own, until one is refused: what came of those
// before is an Outcome of its own then.
type GetValues struct {
	Paths  []ParamPath
	Singly bool
	Key    string // of the turn that the answer belongs to; not sent
	Why    string
}

// SetValues writes parameters, all or none (SetParameterValues).
type SetValues struct {
	Values []SetValue
	Key    string // ParameterKey, at most 32 characters
	Why    string
}

// SetValue is one value to write. Hide marks a credential.
type SetValue struct {
	Name  ParamPath
	Value string
	Type  string
	Hide  bool
}

// AddObject creates a row below Table (AddObject).
type AddObject struct {
	Table ParamPath
	Key   string // ParameterKey
	Why   string
}

// DeleteObject removes a row or object (DeleteObject).
type DeleteObject struct {
	Object ParamPath
	Key    string // ParameterKey
	Why    string
}

// Reboot restarts the device (Reboot).
type Reboot struct {
	Key string // CommandKey, at most 32 characters
	Why string
}

// Download makes the device fetch a file (Download). Outcome.Status 1 means that
// the end is told later, by a Notice of TransferComplete with the same Key.
type Download struct {
	Key      string // CommandKey, at most 32 characters
	FileType string // e.g. FileFirmware
	URL      string
	Username string
	Password string
	Size     int    // bytes, 0 = not said
	Target   string // name on the device
	Delay    int    // seconds
	Success  string // where to send the user's browser afterwards
	Failure  string
	Why      string
}

// FileFirmware is the FileType of firmware (TR-069 Amd 6 A.3.2.8).
const FileFirmware = "1 Firmware Upgrade Image"

// GetAttributes reads notification levels and access lists (GetParameterAttributes).
type GetAttributes struct {
	Paths []ParamPath
	Why   string
}

// SetAttributes writes them (SetParameterAttributes).
type SetAttributes struct {
	Changes []AttributeChange
	Why     string
}

// FactoryReset makes the device as it left the factory (FactoryReset).
type FactoryReset struct{ Why string }

// Upload makes the device send a file (Upload); it ends as a Download does.
type Upload struct {
	Key      string // CommandKey, at most 32 characters
	FileType string // e.g. "2 Vendor Log File"
	URL      string
	Username string
	Password string
	Delay    int // seconds
	Why      string
}

// ScheduleInform makes the device come into contact later (ScheduleInform).
type ScheduleInform struct {
	Delay int    // seconds, above 0
	Key   string // CommandKey, at most 32 characters
	Why   string
}

// ScheduleDownload makes the device fetch a file within windows (ScheduleDownload).
type ScheduleDownload struct {
	Download
	Windows []TransferWindow
}

// CancelTransfer stops a transfer (CancelTransfer).
type CancelTransfer struct {
	Key string // CommandKey of the transfer
	Why string
}

// GetTransfers lists the transfers that a device has still to do: GetAllQueuedTransfers,
// or for old devices GetQueuedTransfers, which leaves out those the ACS did not order.
type GetTransfers struct {
	Old bool
	Why string
}

// SetVouchers switches options on or off (SetVouchers).
type SetVouchers struct {
	Vouchers []string // base64
	Why      string
}

// GetOptions lists the options of a device (GetOptions).
type GetOptions struct {
	Option string // "" = all
	Why    string
}

// ChangeUnits installs, updates or removes software modules (ChangeDUState). The end is
// told later, by a Notice of DUStateChangeComplete with the same Key.
type ChangeUnits struct {
	Changes []UnitChange
	Key     string // CommandKey, at most 32 characters
	Why     string
}

// GetMethods asks which methods a device offers (GetRPCMethods).
type GetMethods struct{ Why string }

// Method implements Command.
func (GetNames) Method() string { return "GetParameterNames" }

// Method implements Command.
func (GetValues) Method() string { return "GetParameterValues" }

// Method implements Command.
func (SetValues) Method() string { return "SetParameterValues" }

// Method implements Command.
func (AddObject) Method() string { return "AddObject" }

// Method implements Command.
func (DeleteObject) Method() string { return "DeleteObject" }

// Method implements Command.
func (Reboot) Method() string { return "Reboot" }

// Method implements Command.
func (Download) Method() string { return "Download" }

// Method implements Command.
func (GetAttributes) Method() string { return "GetParameterAttributes" }

// Method implements Command.
func (SetAttributes) Method() string { return "SetParameterAttributes" }

// Method implements Command.
func (FactoryReset) Method() string { return "FactoryReset" }

// Method implements Command.
func (Upload) Method() string { return "Upload" }

// Method implements Command.
func (ScheduleInform) Method() string { return "ScheduleInform" }

// Method implements Command.
func (ScheduleDownload) Method() string { return "ScheduleDownload" }

// Method implements Command.
func (CancelTransfer) Method() string { return "CancelTransfer" }

// Method implements Command.
func (SetVouchers) Method() string { return "SetVouchers" }

// Method implements Command.
func (GetOptions) Method() string { return "GetOptions" }

// Method implements Command.
func (ChangeUnits) Method() string { return "ChangeDUState" }

// Method implements Command.
func (GetMethods) Method() string { return "GetRPCMethods" }

// Method implements Command.
func (c GetTransfers) Method() string {
	if c.Old {
		return "GetQueuedTransfers"
	}
	return "GetAllQueuedTransfers"
}

// Purpose implements Command.
func (c GetNames) Purpose() string { return c.Why }

// Purpose implements Command.
func (c GetValues) Purpose() string { return c.Why }

// Purpose implements Command.
func (c SetValues) Purpose() string { return c.Why }

// Purpose implements Command.
func (c AddObject) Purpose() string { return c.Why }

// Purpose implements Command.
func (c DeleteObject) Purpose() string { return c.Why }

// Purpose implements Command.
func (c Reboot) Purpose() string { return c.Why }

// Purpose implements Command.
func (c Download) Purpose() string { return c.Why }

// Purpose implements Command.
func (c GetAttributes) Purpose() string { return c.Why }

// Purpose implements Command.
func (c SetAttributes) Purpose() string { return c.Why }

// Purpose implements Command.
func (c FactoryReset) Purpose() string { return c.Why }

// Purpose implements Command.
func (c Upload) Purpose() string { return c.Why }

// Purpose implements Command.
func (c ScheduleInform) Purpose() string { return c.Why }

// Purpose implements Command.
func (c ScheduleDownload) Purpose() string { return c.Why }

// Purpose implements Command.
func (c CancelTransfer) Purpose() string { return c.Why }

// Purpose implements Command.
func (c SetVouchers) Purpose() string { return c.Why }

// Purpose implements Command.
func (c GetOptions) Purpose() string { return c.Why }

// Purpose implements Command.
func (c ChangeUnits) Purpose() string { return c.Why }

// Purpose implements Command.
func (c GetMethods) Purpose() string { return c.Why }

// Purpose implements Command.
func (c GetTransfers) Purpose() string { return c.Why }
