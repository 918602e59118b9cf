package itms

import "time"

// TaskSpec says what a task does; which fields count depends on its kind. Secrets
// are in clear only on their way in: stored ones are sealed.
type TaskSpec struct {
	Names      []ParamPath       `json:"names,omitempty"`      // get, getAttributes: full names or objects
	Values     []TaskValue       `json:"values,omitempty"`     // set; addObject: relative to the new row
	NoVerify   bool              `json:"noVerify,omitempty"`   // set: believed without reading back
	Path       ParamPath         `json:"path,omitempty"`       // names, addObject, deleteObject, refresh; "" = everything
	NextLevel  bool              `json:"nextLevel,omitempty"`  // names: one level only
	Attributes []AttributeChange `json:"attributes,omitempty"` // setAttributes
	Transfer   TransferSpec      `json:"transfer,omitzero"`    // download, upload, scheduleDownload
	Delay      int               `json:"delay,omitempty"`      // seconds: download, upload, scheduleInform
	Windows    []TransferWindow  `json:"windows,omitempty"`    // scheduleDownload
	CommandKey string            `json:"commandKey,omitempty"` // cancelTransfer: of the transfer
	Vouchers   []string          `json:"vouchers,omitempty"`   // setVouchers: base64
	Option     string            `json:"option,omitempty"`     // getOptions; "" = all
	Units      []UnitChange      `json:"units,omitempty"`      // changeDUState
	Arguments  map[string]string `json:"arguments,omitempty"`  // diagnose...: by the names of the test's arguments
}

// TaskValue is one value to write, or one that was read.
type TaskValue struct {
	Name     ParamPath `json:"name"`
	Value    string    `json:"value"`            // "" for a credential
	Type     string    `json:"type,omitempty"`   // e.g. TypeString; "" = as the device or the data model says
	Sealed   Sealed    `json:"sealed,omitempty"` // the value to write, of a credential
	Hidden   bool      `json:"hidden,omitempty"` // a credential
	Writable bool      `json:"writable,omitempty"`
}

// AttributeChange changes the attributes of a parameter, or of all below an object
// (TR-069 Amd 6 A.3.2.4).
type AttributeChange struct {
	Name         ParamPath `json:"name"`
	Notification *int      `json:"notification,omitempty"` // 0-6; nil = as it is
	AccessList   *[]string `json:"accessList,omitempty"`   // nil = as it is
}

// ParamAttribute is how a device tells of a parameter and who may write it.
type ParamAttribute struct {
	Name         ParamPath `json:"name"`
	Notification int       `json:"notification"` // 0 off, 1 passive, 2 active, 3-6 lightweight
	AccessList   []string  `json:"accessList,omitempty"`
}

// TransferSpec is a file to fetch or to send. Without URL the file door is used, for
// which the device gets an address and credentials of its own.
type TransferSpec struct {
	FileType string `json:"fileType,omitempty"` // e.g. FileFirmware
	File     FileID `json:"file,omitempty"`     // in the file store
	URL      string `json:"url,omitempty"`      // elsewhere
	Username string `json:"username,omitempty"`
	Password Secret `json:"-"`                // on its way in
	Sealed   Sealed `json:"sealed,omitempty"` // the same as stored
	Size     int64  `json:"size,omitempty"`   // bytes, 0 = not said
	Target   string `json:"target,omitempty"` // name on the device
	Success  string `json:"success,omitempty"`
	Failure  string `json:"failure,omitempty"`
	Version  string `json:"version,omitempty"` // that the device must report in the end
}

// TransferWindow is a time in which a device may fetch a file (TR-069 Amd 6 A.4.1.8).
type TransferWindow struct {
	Start   int    `json:"start"` // seconds after the request
	End     int    `json:"end"`
	Mode    string `json:"mode"`              // one of WindowModes
	Message string `json:"message,omitempty"` // for the user, where the mode asks
	Retries int    `json:"retries"`           // -1 = the device decides
}

// WindowModes lists how a device may use a window (TR-069 Amd 6 A.4.1.8).
var WindowModes = []string{"1 At Any Time", "2 Immediately", "3 When Idle", "4 Confirmation Needed"}

// QueuedTransfer is a transfer that a device has still to do or does now.
type QueuedTransfer struct {
	CommandKey string `json:"commandKey"`
	State      int    `json:"state"` // 1 not started, 2 in progress, 3 completed
	Download   bool   `json:"download,omitempty"`
	FileType   string `json:"fileType,omitempty"`
	Size       int64  `json:"size,omitempty"`
	Target     string `json:"target,omitempty"`
}

// Option is a feature that a voucher switches (TR-069 Amd 6 A.4.1.5).
type Option struct {
	Name         string    `json:"name"`
	Voucher      int64     `json:"voucher"` // its serial number
	State        int       `json:"state"`   // bit 0 enabled, bit 1 set up
	Mode         int       `json:"mode"`    // 0 disabled, 1 until Expires, 2 for good
	Starts       time.Time `json:"starts,omitzero"`
	Expires      time.Time `json:"expires,omitzero"`
	Transferable bool      `json:"transferable,omitempty"`
}

// The operations on software modules (TR-069 Amd 6 A.4.1.10).
const (
	UnitInstall   = "install"
	UnitUpdate    = "update"
	UnitUninstall = "uninstall"
)

// UnitChange is one operation on a software module.
type UnitChange struct {
	Operation   string `json:"operation"` // one of the Unit constants
	URL         string `json:"url,omitempty"`
	UUID        string `json:"uuid,omitempty"`
	Version     string `json:"version,omitempty"`
	Username    string `json:"username,omitempty"`
	Password    Secret `json:"-"`
	Sealed      Sealed `json:"sealed,omitempty"`
	Environment string `json:"environment,omitempty"` // path of its execution environment
}

// UnitResult is how an operation on a software module ended.
type UnitResult struct {
	UUID    string `json:"uuid,omitempty"`
	Version string `json:"version,omitempty"`
	State   string `json:"state"` // Installed, Uninstalled or Failed
	Fault   int    `json:"fault,omitempty"`
	Text    string `json:"text,omitempty"`
}
