package client

import (
	"context"
	"iter"
	"net/http"
	"net/url"
	"time"
)

// devicesPath is the collection of devices.
const devicesPath = base + "/devices"

// Device is a device as shown, never with credentials.
type Device struct {
	ID           string     `json:"id"` // OUI-ProductClass-Serial
	OUI          string     `json:"oui"`
	ProductClass string     `json:"productClass,omitempty"`
	Serial       string     `json:"serial"`
	Manufacturer string     `json:"manufacturer,omitempty"`
	Model        string     `json:"model,omitempty"`
	Hardware     string     `json:"hardware,omitempty"`
	Software     string     `json:"software,omitempty"`
	MAC          string     `json:"mac,omitempty"`
	STBID        string     `json:"stbId,omitempty"`
	IP           string     `json:"ip,omitempty"`
	Area         string     `json:"area,omitempty"`
	State        string     `json:"state"`
	Light        Light      `json:"light"`
	Blocked      bool       `json:"blocked"`
	Conflict     bool       `json:"conflict"`
	Problem      string     `json:"problem,omitempty"`
	Profile      string     `json:"profile,omitempty"`
	Service      string     `json:"service,omitempty"` // what it serves
	Order        string     `json:"order,omitempty"`
	Sync         Sync       `json:"sync"`
	OpenTasks    int        `json:"openTasks,omitempty"`
	FirstSeen    time.Time  `json:"firstSeen,omitzero"`
	LastBoot     time.Time  `json:"lastBoot,omitzero"`
	LastContact  time.Time  `json:"lastContact,omitzero"`
	Diagnosis    *Diagnosis `json:"diagnosis,omitempty"`
}

// Sync says whether a device holds what it should.
type Sync struct {
	InSync  bool     `json:"inSync"`
	Phase   string   `json:"phase"`
	Missing []string `json:"missing,omitempty"`
	Reason  string   `json:"reason,omitempty"`
	Trouble string   `json:"trouble,omitempty"`
	Tries   int      `json:"tries"`
}

// Parameter is one parameter of a device, as last read.
type Parameter struct {
	Name         string  `json:"name"`
	Value        *string `json:"value"` // nil when it is a credential
	Type         string  `json:"type,omitempty"`
	Writable     bool    `json:"writable"`
	Secret       bool    `json:"secret,omitempty"`
	Notification *int    `json:"notification,omitempty"`
	// NotificationFault is the fault with which the device refused the level that its profile
	// wants; 0 = it did not.
	NotificationFault int `json:"notificationFault,omitempty"`
}

// Change is how a parameter changed.
type Change struct {
	Name   string    `json:"name"`
	Old    *string   `json:"old"` // nil when it is a credential, or there was none
	New    *string   `json:"new"`
	At     time.Time `json:"at"`
	Source string    `json:"source"`
}

// Contact is what became of asking a device into contact.
type Contact struct {
	Device string    `json:"device"`
	Way    string    `json:"way,omitempty"`
	Result string    `json:"result"`
	Text   string    `json:"text,omitempty"`
	At     time.Time `json:"at,omitzero"`
}

// devicePath addresses a device, or a call below it.
func devicePath(id, below string) string { return devicesPath + "/" + url.PathEscape(id) + below }

// Device returns a device. Errors: CodeNotFound.
func (c *Client) Device(ctx context.Context, id string) (*Device, error) {
	return get[Device](ctx, c, devicePath(id, ""), nil)
}

// DeviceFilter selects devices; what is zero selects all.
type DeviceFilter struct {
	State  string
	Light  string
	Model  string
	Vendor string
	Area   string // and all below it
	Query  string // exact MAC address, STBID, serial, id, IP address, account, order number, ...
}

// query writes the filter.
func (f *DeviceFilter) query() url.Values {
	return filled(map[string]string{"state": f.State, "light": f.Light, "model": f.Model, "vendor": f.Vendor, "area": f.Area, "q": f.Query})
}

// Devices goes through devices in the order of their ids.
func (c *Client) Devices(ctx context.Context, f DeviceFilter) iter.Seq2[Device, error] {
	return list[Device](ctx, c, devicesPath, f.query())
}

// Parameters goes through the parameters of a device whose names begin with a prefix.
func (c *Client) Parameters(ctx context.Context, device, prefix string) iter.Seq2[Parameter, error] {
	return list[Parameter](ctx, c, devicePath(device, "/parameters"), filled(map[string]string{"prefix": prefix}))
}

// ParameterHistory goes through how they changed, newest first.
func (c *Client) ParameterHistory(ctx context.Context, device, prefix string) iter.Seq2[Change, error] {
	return list[Change](ctx, c, devicePath(device, "/parameters/history"), filled(map[string]string{"prefix": prefix}))
}

// DeviceEvents goes through what the journal says of a device, newest first.
func (c *Client) DeviceEvents(ctx context.Context, device string) iter.Seq2[Event, error] {
	return list[Event](ctx, c, devicePath(device, "/events"), nil)
}

// Contact asks a device into contact. Errors: CodeUnavailable when it is out of reach,
// CodeRateLimited.
func (c *Client) Contact(ctx context.Context, device string) (*Contact, error) {
	return act[Contact](ctx, c, post(devicePath(device, "/connection-request"), nil))
}

// BlockDevice forbids a device any session, UnblockDevice allows it again.
func (c *Client) BlockDevice(ctx context.Context, device string) (*Device, error) {
	return c.settle(ctx, device, "/block")
}

// UnblockDevice allows a blocked device its sessions again.
func (c *Client) UnblockDevice(ctx context.Context, device string) (*Device, error) {
	return c.settle(ctx, device, "/unblock")
}

// UnlockDevice forgets the wrong activation codes of a device.
func (c *Client) UnlockDevice(ctx context.Context, device string) (*Device, error) {
	return c.settle(ctx, device, "/unlock")
}

// settle makes a call that does no more when it is made twice.
func (c *Client) settle(ctx context.Context, device, below string) (*Device, error) {
	return act[Device](ctx, c, Call{Method: http.MethodPost, Path: devicePath(device, below), Repeatable: true})
}

// BindRequest says what to tie a device to: a waiting order, or a service.
type BindRequest struct {
	OrderNo   string `json:"orderNo,omitempty"`
	Source    string `json:"source,omitempty"`
	ServiceID string `json:"serviceId,omitempty"`
	Force     bool   `json:"force,omitempty"` // release the device from whatever holds it; needs a reason
	Reason    string `json:"reason,omitempty"`
}

// BindDevice ties a device by hand. Errors: CodeNotFound, CodeOrderState, CodeDeviceTaken.
func (c *Client) BindDevice(ctx context.Context, device string, r BindRequest) (*Device, error) {
	return act[Device](ctx, c, post(devicePath(device, "/bind"), r))
}

// UnbindDevice releases a device from its service by hand.
func (c *Client) UnbindDevice(ctx context.Context, device, reason string) (*Device, error) {
	return act[Device](ctx, c, post(devicePath(device, "/unbind"), map[string]string{"reason": reason}))
}
