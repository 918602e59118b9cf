package client

import (
	"context"
	"crypto/rand"
	"iter"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// ordersPath is the collection of work orders.
const ordersPath = base + "/work-orders"

// OrderRequest is a work order as posted. What a kind of order needs is told by the server:
// an Error with CodeInvalid names every wrong field.
type OrderRequest struct {
	OrderNo      string               `json:"orderNo"` // unique per source
	Source       string               `json:"source,omitempty"`
	Kind         string               `json:"kind"` // "install", "swap", "terminate", ...
	Mode         string               `json:"mode"` // "self" or "technician"
	Subscriber   *Subscriber          `json:"subscriber,omitempty"`
	Service      *ServiceRequest      `json:"service,omitempty"`
	Device       *Claim               `json:"device,omitempty"`
	OldDevice    *Claim               `json:"oldDevice,omitempty"`
	Line         *Line                `json:"line,omitempty"`
	Registration *RegistrationRequest `json:"registration,omitempty"`
	DueBy        time.Time            `json:"dueBy,omitzero"`
	Seq          int64                `json:"seq,omitempty"`
	Callback     string               `json:"callback,omitempty"` // told of each state
	Attributes   map[string]string    `json:"attributes,omitempty"`
}

// Subscriber is who a service is for.
type Subscriber struct {
	ID      string `json:"id,omitempty"`
	Name    string `json:"name,omitempty"`
	Phone   string `json:"phone,omitempty"`
	Address string `json:"address,omitempty"`
}

// ServiceRequest is a service as posted, with its secrets.
type ServiceRequest struct {
	ID            string         `json:"id,omitempty"`
	Type          string         `json:"type,omitempty"` // "iptv", "internet" or "voip"
	Package       string         `json:"package,omitempty"`
	Account       string         `json:"account,omitempty"`
	Password      string         `json:"password,omitempty"`
	AuthURL       string         `json:"authUrl,omitempty"`
	AuthURLBackup string         `json:"authUrlBackup,omitempty"`
	Access        *AccessRequest `json:"access,omitempty"`
}

// AccessRequest is how a device gets onto the network, as posted.
type AccessRequest struct {
	Type     string `json:"type,omitempty"` // "pppoe", "ipoe", "dhcp" or "static"
	Account  string `json:"account,omitempty"`
	Password string `json:"password,omitempty"`
	DownKbps int    `json:"downKbps,omitempty"`
	UpKbps   int    `json:"upKbps,omitempty"`
}

// RegistrationRequest is what is typed into a gateway.
type RegistrationRequest struct {
	LOID     string `json:"loid,omitempty"`
	Password string `json:"password,omitempty"`
}

// Claim names a device by what stands on it.
type Claim struct {
	STBID  string `json:"stbId,omitempty"`
	MAC    string `json:"mac,omitempty"` // any separator, either case
	Serial string `json:"serial,omitempty"`
	Model  string `json:"model,omitempty"`
}

// Line is where a service is delivered.
type Line struct {
	Area string `json:"area,omitempty"`
	Node string `json:"node,omitempty"`
	Port string `json:"port,omitempty"`
	VLAN int    `json:"vlan,omitempty"`
}

// Order is a work order as shown, without its secrets.
type Order struct {
	ID             string            `json:"id"`
	OrderNo        string            `json:"orderNo"`
	Source         string            `json:"source"`
	Kind           string            `json:"kind"`
	Mode           string            `json:"mode"`
	State          string            `json:"state"`
	Group          string            `json:"group"`
	Light          Light             `json:"light"`
	Final          bool              `json:"final"`             // nothing can happen to it any more
	Reason         string            `json:"reason,omitempty"`  // why it does not move, or how it ended
	Trouble        string            `json:"trouble,omitempty"` // the same as a stable word
	Way            string            `json:"way,omitempty"`
	ActivationCode string            `json:"activationCode,omitempty"` // in the answer that issues it only
	Attempt        int               `json:"attempt"`
	Subscriber     Subscriber        `json:"subscriber"`
	Service        ServiceSpec       `json:"service"`
	Device         *Claim            `json:"device,omitempty"`
	OldDevice      *Claim            `json:"oldDevice,omitempty"`
	DeviceID       string            `json:"deviceId,omitempty"` // the device that serves it, once known
	Line           Line              `json:"line"`
	Restores       string            `json:"restores,omitempty"`
	DueBy          time.Time         `json:"dueBy,omitzero"`
	Seq            int64             `json:"seq,omitempty"`
	Callback       string            `json:"callback,omitempty"`
	Attributes     map[string]string `json:"attributes,omitempty"`
	CreatedAt      time.Time         `json:"createdAt"`
	UpdatedAt      time.Time         `json:"updatedAt"`
	History        []Step            `json:"history"` // oldest first
	Diagnosis      *Diagnosis        `json:"diagnosis,omitempty"`
}

// Step is one entry of an order's history.
type Step struct {
	State  string    `json:"state"`
	At     time.Time `json:"at"`
	Reason string    `json:"reason,omitempty"`
	Actor  string    `json:"actor"`
}

// Light says in a word how something stands.
type Light struct {
	Level  string `json:"level"`
	Word   string `json:"word"`
	WordZh string `json:"wordZh"`
	Reason string `json:"reason,omitempty"`
	Next   string `json:"next,omitempty"`
}

// Diagnosis says why something does not move, for each person concerned.
type Diagnosis struct {
	Code       string   `json:"code"` // stable word
	Operator   string   `json:"operator"`
	Technician string   `json:"technician"`
	Shows      string   `json:"shows,omitempty"`
	Next       string   `json:"next"`
	Devices    []string `json:"devices,omitempty"`
}

// OrderRef names an order. Source is needed only when several sources used the number.
type OrderRef struct {
	No     string
	Source string
}

// No names an order by its number alone.
func No(number string) OrderRef { return OrderRef{No: number} }

// call addresses the order, or a call below it.
func (r OrderRef) call(method, below string, body any) Call {
	return Call{Method: method, Path: ordersPath + "/" + url.PathEscape(r.No) + below,
		Query: filled(map[string]string{"source": r.Source}), Body: body}
}

// keyed is a call that would act each time, made safe to repeat.
func keyed(call Call) Call {
	call.Key = rand.Text()
	return call
}

// SubmitOrder takes an order in. The same content under the same number again returns the
// first answer, with created false; an activation code is told once. Errors: CodeInvalid,
// CodeOrderConflict.
func (c *Client) SubmitOrder(ctx context.Context, r OrderRequest) (o *Order, created bool, err error) {
	call := post(ordersPath, r)
	call.Repeatable = true // by its number
	o = new(Order)
	status, err := c.read(ctx, call, o)
	if err != nil {
		return nil, false, err
	}
	return o, status == http.StatusCreated, nil
}

// Order returns an order. Errors: CodeNotFound, CodeAmbiguous.
func (c *Client) Order(ctx context.Context, ref OrderRef) (*Order, error) {
	return act[Order](ctx, c, ref.call(http.MethodGet, "", nil))
}

// OrderFilter selects orders; what is zero selects all.
type OrderFilter struct {
	States []string
	Group  string
	Kind   string
	Mode   string
	Area   string    // and all below it: "51" is all that begin with it
	From   time.Time // day on which they arrived, in UTC, or later
	To     time.Time // day, or earlier
	Query  string    // exact number, MAC address, STBID, serial, LOID, subscriber or service id
}

// query writes the filter.
func (f *OrderFilter) query() url.Values {
	return filled(map[string]string{"state": strings.Join(f.States, ","), "group": f.Group, "kind": f.Kind, "mode": f.Mode,
		"area": f.Area, "from": day(f.From), "to": day(f.To), "q": f.Query})
}

// day writes a day, "" for none.
func day(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.DateOnly)
}

// Orders goes through orders, newest first.
func (c *Client) Orders(ctx context.Context, f OrderFilter) iter.Seq2[Order, error] {
	return list[Order](ctx, c, ordersPath, f.query())
}

// RetryOrder tries a failed order again. Errors: CodeNotFound, CodeOrderState.
func (c *Client) RetryOrder(ctx context.Context, ref OrderRef) (*Order, error) {
	return act[Order](ctx, c, keyed(ref.call(http.MethodPost, "/retry", nil)))
}

// CancelOrder withdraws an order; reason may be empty. Of a number that has not arrived yet
// it returns nil: the order will be cancelled when it arrives. Errors: CodeOrderState.
func (c *Client) CancelOrder(ctx context.Context, ref OrderRef, reason string) (*Order, error) {
	call := ref.call(http.MethodPost, "/cancel", struct {
		Reason string `json:"reason,omitempty"`
	}{reason})
	call.Repeatable = true // a cancelled order answers the same again
	o := new(Order)
	status, err := c.read(ctx, call, o)
	if err != nil || status == http.StatusAccepted {
		return nil, err
	}
	return o, nil
}

// NameDevice names the device of a waiting order, or another one. Errors: CodeInvalid,
// CodeOrderState, CodeDeviceTaken.
func (c *Client) NameDevice(ctx context.Context, ref OrderRef, device Claim) (*Order, error) {
	return act[Order](ctx, c, keyed(ref.call(http.MethodPost, "/device", device)))
}

// NewCode revokes the activation code of an order and makes a new one, which is
// ActivationCode of the answer. Errors: CodeOrderState.
func (c *Client) NewCode(ctx context.Context, ref OrderRef) (*Order, error) {
	return act[Order](ctx, c, keyed(ref.call(http.MethodPost, "/code", nil)))
}

// ForceOrder declares an order done that could not be verified. Errors: CodeOrderState.
func (c *Client) ForceOrder(ctx context.Context, ref OrderRef, reason string) (*Order, error) {
	return act[Order](ctx, c, ref.call(http.MethodPost, "/force", map[string]string{"reason": reason}))
}

// ReverseOrder undoes an order that is done, by a new one of a number. Errors: CodeOrderState,
// CodeOrderConflict.
func (c *Client) ReverseOrder(ctx context.Context, ref OrderRef, number string) (*Order, error) {
	call := ref.call(http.MethodPost, "/reverse", map[string]string{"orderNo": number})
	call.Repeatable = true // by its number
	return act[Order](ctx, c, call)
}
