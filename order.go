package itms

import (
	"strings"
	"time"
)

// OrderID is the internal, time-ordered key of an order.
type OrderID string

// OrderNo is the number the BSS gave; unique per source.
type OrderNo string

// maxOrderNo bounds an order number; TM Forum identifiers are far shorter.
const maxOrderNo = 128

// ParseOrderNo validates an order number.
func ParseOrderNo(s string) (OrderNo, error) {
	s = strings.TrimSpace(s)
	if err := CheckKey("/orderNo", s); err != nil {
		return "", err
	}
	if len(s) > maxOrderNo {
		return "", Invalid("/orderNo", "is longer than %d bytes", maxOrderNo)
	}
	return OrderNo(s), nil
}

// OrderKind is what an order wants done.
type OrderKind string

// Order kinds.
const (
	KindInstall   OrderKind = "install"
	KindSwap      OrderKind = "swap"
	KindRelocate  OrderKind = "relocate"
	KindSuspend   OrderKind = "suspend"
	KindResume    OrderKind = "resume"
	KindModify    OrderKind = "modify"
	KindPassword  OrderKind = "password"
	KindTransfer  OrderKind = "transfer"
	KindTerminate OrderKind = "terminate"
)

// OrderMode is who fits the device.
type OrderMode string

// Order modes.
const (
	ModeSelf       OrderMode = "self"       // the customer; the order names the device
	ModeTechnician OrderMode = "technician" // a technician with an activation code
)

// OrderState is where an order stands.
type OrderState string

// Order states. Rejected, done, cancelled, superseded and expired are final; an
// operator may reopen failed.
const (
	OrderReceived      OrderState = "received"
	OrderHeld          OrderState = "held"          // another order or device must move first
	OrderWaitingDevice OrderState = "waitingDevice" // the device must come into contact
	OrderWaitingSTB    OrderState = "waitingStb"    // a device must be named
	OrderWaitingCode   OrderState = "waitingCode"   // the technician must type the code
	OrderExecuting     OrderState = "executing"     // values are being pushed
	OrderVerifying     OrderState = "verifying"     // values are being read back
	OrderDone          OrderState = "done"
	OrderFailed        OrderState = "failed"
	OrderRejected      OrderState = "rejected"
	OrderCancelled     OrderState = "cancelled"
	OrderSuperseded    OrderState = "superseded"
	OrderExpired       OrderState = "expired"
)

// OrderStates lists every state, in the order of a life.
var OrderStates = []OrderState{OrderReceived, OrderHeld, OrderWaitingDevice, OrderWaitingSTB, OrderWaitingCode,
	OrderExecuting, OrderVerifying, OrderDone, OrderFailed, OrderRejected, OrderCancelled, OrderSuperseded, OrderExpired}

// Final reports whether nothing can happen to an order in this state any more.
func (s OrderState) Final() bool {
	switch s {
	case OrderDone, OrderRejected, OrderCancelled, OrderSuperseded, OrderExpired:
		return true
	}
	return false
}

// OrderRequest is a work order as a BSS posts it, secrets in clear, not stored.
// Identifier fields are still text: workorder validates them, so that each wrong
// one is reported with its pointer.
type OrderRequest struct {
	OrderNo    string      `json:"orderNo"`
	Source     string      `json:"source"`
	Kind       OrderKind   `json:"kind"`
	Mode       OrderMode   `json:"mode"`
	Subscriber Subscriber  `json:"subscriber"`
	Service    ServiceSpec `json:"service"`
	Device     ClaimText   `json:"device"`
	OldDevice  ClaimText   `json:"oldDevice"`
	Line       Line        `json:"line"`
	// Registration is what is typed into a gateway to make itself known.
	Registration Registration      `json:"registration,omitzero"`
	DueBy        time.Time         `json:"dueBy,omitzero"` // zero = none
	Seq          int64             `json:"seq"`
	Callback     string            `json:"callback"`
	Attributes   map[string]string `json:"attributes"`
}

// ForgetSecrets drops the passwords, which are kept sealed elsewhere.
func (r *OrderRequest) ForgetSecrets() {
	r.Service.Password, r.Service.Access.Password, r.Registration.Password = Secret{}, Secret{}, Secret{}
}

// Registration is a gateway's logical id and its password, in clear.
type Registration struct {
	LOID     string `json:"loid,omitempty"`
	Password Secret `json:"password,omitzero"`
}

// ClaimText is a DeviceClaim before validation.
type ClaimText struct {
	STBID  string `json:"stbId"`
	MAC    string `json:"mac"`
	Serial string `json:"serial"`
	Model  string `json:"model"`
}

// Waiting reports whether the order runs and the next move is a device's or a
// person's.
func (s OrderState) Waiting() bool {
	return s == OrderWaitingDevice || s == OrderWaitingSTB || s == OrderWaitingCode
}

// UnderWay reports whether a device is being brought to what the order wants.
func (s OrderState) UnderWay() bool { return s == OrderExecuting || s == OrderVerifying }

// Trouble is a stable code for why an order stands still or how it failed.
type Trouble string

// The troubles of zero-touch. Each has sentences for the people concerned, see
// package workorder.
const (
	TroubleNeverInformed Trouble = "NEVER_INFORMED"      // the named device was never in contact
	TroubleNoOrder       Trouble = "NO_ORDER"            // a device is in contact and no order names it
	TroubleMACMismatch   Trouble = "MAC_MISMATCH"        // a device with nearly the named MAC is in contact
	TroubleNotInStock    Trouble = "NOT_IN_STOCK"        // the warehouse does not know the device, or has not freed it
	TroubleModel         Trouble = "MODEL_NOT_ALLOWED"   // the model is not allowed in the area
	TroubleFirmware      Trouble = "FIRMWARE"            // the firmware is not allowed, and could not be replaced
	TroubleUpgrading     Trouble = "UPGRADING"           // firmware first, then the service
	TroubleInUse         Trouble = "IN_USE_ELSEWHERE"    // the device serves another slot
	TroubleNoService     Trouble = "NO_SERVICE"          // the service that is meant is not there
	TroubleOrderFirst    Trouble = "ORDER_FIRST"         // another order of the slot goes first
	TroubleNeedsSTB      Trouble = "NEEDS_DEVICE"        // nobody named a device yet
	TroubleNeedsCode     Trouble = "NEEDS_CODE"          // the activation code must be typed
	TroubleRefused       Trouble = "CODE_REFUSED"        // what was typed at the device was refused
	TroubleLocked        Trouble = "CODE_LOCKED"         // too many wrong codes
	TroubleConflict      Trouble = "IDENTITY_CONFLICT"   // two devices claim one identity
	TroubleNoProfile     Trouble = "NO_PROFILE"          // no profile describes the model
	TroubleFault         Trouble = "RPC_FAULT"           // the device refuses what it is told
	TroubleReadBack      Trouble = "READ_BACK"           // the device does not keep what it took
	TroubleSilent        Trouble = "NO_ANSWER"           // the device gives no answer
	TroubleLogin         Trouble = "LOGIN_NOT_CONFIRMED" // pushed, but the platform login fails
	TroubleTimeout       Trouble = "TIMEOUT"             // not verified in time
	TroubleNeighbour     Trouble = "NEIGHBOUR"           // a neighbouring system must do its part first
	TroubleOperator      Trouble = "BY_OPERATOR"         // an operator ended it
	TroublePostponed     Trouble = "POSTPONED"           // it is to begin later, or was put on hold
)

// Troubles lists every trouble.
var Troubles = []Trouble{TroubleNeverInformed, TroubleNoOrder, TroubleMACMismatch, TroubleNotInStock, TroubleModel, TroubleFirmware, TroubleUpgrading, TroubleInUse, TroubleNoService, TroubleOrderFirst, TroubleNeedsSTB, TroubleNeedsCode, TroubleRefused, TroubleLocked, TroubleConflict, TroubleNoProfile, TroubleFault, TroubleReadBack, TroubleSilent, TroubleLogin, TroubleTimeout, TroubleNeighbour, TroubleOperator, TroublePostponed}

// Order is a work order as stored.
type Order struct {
	ID         OrderID     `json:"id"`
	No         OrderNo     `json:"no"`
	Source     string      `json:"source"`
	Kind       OrderKind   `json:"kind"`
	Mode       OrderMode   `json:"mode"`
	Content    string      `json:"content"` // keyed fingerprint of the posted content
	Service    ServiceID   `json:"service"` // "" until the service that is meant was found
	Subscriber string      `json:"subscriber"`
	Area       string      `json:"area,omitempty"`
	Claim      DeviceClaim `json:"claim,omitzero"`
	OldDevice  DeviceClaim `json:"oldDevice,omitzero"`
	Device     DeviceID    `json:"device,omitzero"` // the box that serves it
	Binding    BindingID   `json:"binding,omitempty"`
	Way        BindWay     `json:"way,omitempty"`        // how the box was tied to the slot
	Activation string      `json:"activation,omitempty"` // fingerprint of the code that may claim it
	// Confirmed is set once a person told, by code or hand, that the box is right.
	Confirmed    bool      `json:"confirmed,omitempty"`
	LOID         string    `json:"loid,omitempty"`
	LOIDPassword string    `json:"loidPassword,omitempty"` // keyed fingerprint
	DueBy        time.Time `json:"dueBy,omitzero"`
	Seq          int64     `json:"seq,omitempty"`
	Callback     string    `json:"callback,omitempty"`

	// Request keeps the posted document without its secrets, to answer with.
	Request OrderRequest `json:"request"`
	// Spec holds the secrets of a service that is not yet this order's, sealed:
	// a held order must be able to run later.
	ServicePassword Sealed `json:"servicePassword,omitempty"`
	AccessPassword  Sealed `json:"accessPassword,omitempty"`

	// Again marks an install that arrived after later orders of its slot had run: it
	// changes what they left open instead of beginning anew.
	Again bool `json:"again,omitempty"`
	// Restores is the order that this one undoes.
	Restores OrderID `json:"restores,omitempty"`
	// Rev is the revision of the service that this order wrote.
	Rev int `json:"rev,omitempty"`
	// Before is the service as it was before this order changed it, for undoing.
	Before *Service `json:"before,omitempty"`

	// ServiceOrder and Item are what the order is a part of; "" = it stands by itself.
	ServiceOrder ServiceOrderID `json:"serviceOrder,omitempty"`
	Item         string         `json:"item,omitempty"`
	// After are the orders that must be done before this one begins.
	After []OrderID `json:"after,omitempty"`
	// Neighbours are the calls to neighbouring systems that the order caused.
	Neighbours []NeighbourCall `json:"neighbours,omitempty"`

	State     OrderState `json:"state"`
	Reason    string     `json:"reason,omitempty"`  // why it is not moving, or how it ended, in words
	Trouble   Trouble    `json:"trouble,omitempty"` // the same as a stable code
	Touched   bool       `json:"touched,omitempty"` // an operator had a hand in it
	Attempt   int        `json:"attempt"`           // 1, then one more per operator retry
	CreatedAt time.Time  `json:"createdAt"`
	UpdatedAt time.Time  `json:"updatedAt"`
	History   []Step     `json:"history"`
	// SharesNo is told by Submit and not kept: another source uses the number too.
	SharesNo bool `json:"-"`
	// Answered is how many steps of History the first answer showed; a repeat of
	// the same post is answered with exactly those.
	Answered int `json:"answered"`

	// Code is the activation code in clear, in the answer that issues it only.
	Code CodeDigits `json:"-"`
}

// Step is one entry of an order's history.
type Step struct {
	State   OrderState `json:"state"`
	At      time.Time  `json:"at"`
	Reason  string     `json:"reason,omitempty"`
	Trouble Trouble    `json:"trouble,omitempty"`
	Actor   string     `json:"actor"`
}

// Terms lists what the order can be found by.
func (o *Order) Terms() []Term {
	terms := compactTerms(append(o.Subjects(), Term{TermOrder, string(o.No)})...)
	if !o.State.Final() {
		terms = append(terms, compactTerms(Term{TermOpen, string(o.Service)})...)
	}
	if o.State == OrderHeld {
		for _, t := range o.Subjects() {
			terms = append(terms, compactTerms(t.Held())...)
		}
	}
	return terms
}

// Subjects lists what the order is about: devices, service, subscriber.
func (o *Order) Subjects() []Term {
	terms := append(o.Claim.Terms(), o.OldDevice.Terms()...)
	return compactTerms(append(terms, Term{TermLOID, o.LOID}, Term{TermService, string(o.Service)}, Term{TermSubscriber, o.Subscriber})...)
}
