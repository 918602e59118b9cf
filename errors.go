package itms

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// Kind classifies an error so that each door can translate it once: to a
// problem+json status, a SOAP fault, a TFTP error or to silence.
type Kind uint8

// The kinds of error. The zero Kind is an internal fault of this system.
const (
	KindInternal        Kind = iota // a defect or a broken invariant of ours
	KindInvalid                     // the input is wrong; Fields say where
	KindNotFound                    // no such thing
	KindConflict                    // contradicts what is stored
	KindForbidden                   // known caller, not allowed
	KindUnauthenticated             // unknown caller
	KindLimit                       // too much, too often, too large
	KindUnavailable                 // try again later
	KindFenced                      // a newer session of the device took over
)

var kindNames = [...]string{"internal", "invalid", "not found", "conflict", "forbidden",
	"unauthenticated", "limit", "unavailable", "fenced"}

// String returns the kind in lower-case words.
func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return fmt.Sprintf("kind %d", uint8(k))
}

// Stable error codes that cross the process boundary (problem+json "code").
const (
	CodeOrderConflict   = "ORDER_CONFLICT"  // same order number, other content
	CodeOrderState      = "ORDER_STATE"     // the order's state forbids the call
	CodeInvalid         = "INVALID"         // fields are wrong
	CodeNotFound        = "NOT_FOUND"       // no such thing
	CodeAmbiguous       = "AMBIGUOUS"       // more than one thing has that name
	CodeForbidden       = "FORBIDDEN"       // the role does not allow it
	CodeUnauthenticated = "UNAUTHENTICATED" // no or wrong credentials
	CodeUnavailable     = "UNAVAILABLE"     // storage or a neighbour is away
	CodeDeviceTaken     = "DEVICE_TAKEN"    // another binding in force holds the device
	CodeSlotTaken       = "SLOT_TAKEN"      // the service slot has a binding in that state
	CodeDuplicate       = "DUPLICATE"       // a unique key is taken
	CodeReadOnly        = "READ_ONLY"       // a write inside a View
	CodeFenced          = "SESSION_FENCED"  // a newer session took the device
	CodeUnsupported     = "NOT_SUPPORTED"   // known to the contract, not offered here
	CodeTooLarge        = "TOO_LARGE"       // body or list above its limit
	CodeInternal        = "INTERNAL"        // see the log
	CodeWrongKey        = "WRONG_KEY"       // the key file does not fit the data
	CodeConfig          = "CONFIG"          // the configuration is wrong
	CodeMistyped        = "CODE_MISTYPED"   // no activation code looks like this; costs no try
	CodeUnknown         = "CODE_UNKNOWN"    // no order has this activation code
	CodeExpired         = "CODE_EXPIRED"    // the activation code is too old; costs no try
	CodeRevoked         = "CODE_REVOKED"    // the activation code was replaced or its order ended
	CodeUsed            = "CODE_USED"       // another device used the activation code
	CodeMismatch        = "DEVICE_MISMATCH" // the order names another device
	CodeLocked          = "LOCKED"          // too many wrong codes from this device or address
	CodeDeviceState     = "DEVICE_STATE"    // the device's state forbids the call
	CodeTaskState       = "TASK_STATE"      // the task's state forbids the call
	CodeLeaseState      = "LEASE_STATE"     // the lease has ended
	CodeSessionState    = "SESSION_STATE"   // the session on the network has ended
	CodeRateLimited     = "RATE_LIMITED"    // too many calls
	CodeKeyReused       = "KEY_REUSED"      // the key of a call was used for another call
	CodeKeyBusy         = "KEY_BUSY"        // the call of that key is being carried out
	CodeSignIn          = "SIGN_IN_FAILED"  // no such name and password, or the person may not
	CodePasswordDue     = "PASSWORD_DUE"    // the password must be changed first
	CodeUserState       = "USER_STATE"      // what the user is forbids the call
	CodeChanged         = "CHANGED"         // somebody else changed it since it was read
	CodeMethod          = "METHOD_NOT_ALLOWED"
	CodeFileInUse       = "FILE_IN_USE"           // a device may still fetch the file
	CodeIdentity        = "IDENTITY_MISMATCH"     // says it is another than it proved
	CodeFactory         = "SHARED_CREDENTIALS"    // has credentials of its own, and used others
	CodeNotAdmitted     = "FIRST_CONTACT_REFUSED" // unknown, and not from where devices come
)

// FieldError is one wrong field of an input document.
type FieldError struct {
	Pointer string `json:"pointer"` // JSON pointer (RFC 6901), e.g. "/device/mac"
	Text    string `json:"detail"`  // what is wrong and what was expected
}

// Error is the one error type that carries meaning across packages. Text is for
// the caller and must hold no secret; Err is the cause, for the log.
type Error struct {
	Kind   Kind
	Code   string
	Text   string
	Fields []FieldError
	Wait   time.Duration // how long it is of no use to try again; 0 = nothing is known of that
	Err    error
}

// Error returns the text with the wrong fields, then the cause.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Text)
	for _, f := range e.Fields {
		fmt.Fprintf(&b, "; %s: %s", f.Pointer, f.Text)
	}
	if e.Err != nil {
		fmt.Fprintf(&b, ": %v", e.Err)
	}
	return b.String()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Errorf makes an *Error without a cause; set one with Because.
func Errorf(kind Kind, code, format string, args ...any) *Error {
	return &Error{Kind: kind, Code: code, Text: fmt.Sprintf(format, args...)}
}

// Because sets the cause and returns e.
func (e *Error) Because(cause error) *Error {
	e.Err = cause
	return e
}

// After says for how long it is of no use to try again, and returns e.
func (e *Error) After(wait time.Duration) *Error {
	e.Wait = wait
	return e
}

// NotFound reports that no thing of that name exists.
func NotFound(what, name string) *Error {
	return Errorf(KindNotFound, CodeNotFound, "no %s %q", what, name)
}

// Invalid reports one wrong field.
func Invalid(pointer, format string, args ...any) *Error {
	text := fmt.Sprintf(format, args...)
	return &Error{Kind: KindInvalid, Code: CodeInvalid, Text: "invalid input",
		Fields: []FieldError{{Pointer: pointer, Text: text}}}
}

// KindOf returns the kind of the first *Error in err's chain, else KindInternal.
func KindOf(err error) Kind {
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return KindInternal
}

// CodeOf returns the code of the first *Error in err's chain, else CodeInternal.
func CodeOf(err error) string {
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return CodeInternal
}

// IsKind reports whether err is not nil and of that kind.
func IsKind(err error, kind Kind) bool {
	var e *Error
	return errors.As(err, &e) && e.Kind == kind
}
