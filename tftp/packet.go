package tftp

import (
	"encoding/binary"
	"fmt"
	"strconv"
)

// Opcodes (RFC 1350 §5, RFC 2347).
const (
	opRRQ   = 1
	opWRQ   = 2
	opDATA  = 3
	opACK   = 4
	opERROR = 5
	opOACK  = 6
)

// Error codes (RFC 1350 appendix, RFC 2347).
const (
	codeUndefined  = 0
	codeNotFound   = 1
	codeAccess     = 2
	codeFull       = 3
	codeIllegal    = 4
	codeUnknownTID = 5
	codeOptions    = 8
)

// headSize octets precede the content of a DATA packet, and are a whole ACK.
const headSize = 4

// maxMessage octets of an ERROR's text are read.
const maxMessage = 256

// Error is an ERROR packet of the other side.
type Error struct {
	Code    uint16 // RFC 1350: 1 file not found, 2 access violation, …
	Message string // as it was sent
}

// Error names code and message.
func (e *Error) Error() string { return fmt.Sprintf("tftp: error %d: %q", e.Code, e.Message) }

// Is makes code 1 an ErrNotFound.
func (e *Error) Is(target error) bool { return e.Code == codeNotFound && target == ErrNotFound }

// head appends an opcode and a number: the head of DATA, or an ACK.
func head(b []byte, op, number uint16) []byte {
	b = binary.BigEndian.AppendUint16(b, op)
	return binary.BigEndian.AppendUint16(b, number)
}

// errorPacket is an ERROR.
func errorPacket(code uint16, message string) []byte {
	return append(append(head(nil, opERROR, code), message...), 0)
}

// option appends an option of RRQ or OACK.
func option(b []byte, name, value string) []byte {
	b = append(append(b, name...), 0)
	return append(append(b, value...), 0)
}

// numberOption is option for a number.
func numberOption(b []byte, name string, value int64) []byte {
	b = append(append(b, name...), 0)
	return append(strconv.AppendInt(b, value, 10), 0)
}

// opcode is the first number of a packet, 0 of one that has none.
func opcode(packet []byte) uint16 {
	if len(packet) < 2 {
		return 0
	}
	return binary.BigEndian.Uint16(packet)
}

// number is the second one: a block, or the code of an ERROR.
func number(packet []byte) (uint16, bool) {
	if len(packet) < headSize {
		return 0, false
	}
	return binary.BigEndian.Uint16(packet[2:]), true
}

// readError reads an ERROR packet, tolerating a text without end.
func readError(packet []byte) *Error {
	code, _ := number(packet)
	message := packet[min(headSize, len(packet)):]
	for i, c := range message {
		if c == 0 {
			message = message[:i]
			break
		}
	}
	return &Error{Code: code, Message: string(message[:min(len(message), maxMessage)])}
}
