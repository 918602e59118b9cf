package configfile

import (
	"fmt"
)

// generic reads a GenericTLV: any TLV by its number, in one of the forms
//
//	GenericTLV TlvCode 43 TlvLength 5 TlvValue 0x0803ffffff;
//	GenericTLV TlvCode 9 TlvString "image.bin";      (TlvStringZero: with a zero behind)
//	GenericTLV TlvCode 18 TlvType Char TlvValue 4;   (Char, Short, Integer, IPAddress)
//	GenericTLV TlvCode 43 { GenericTLV ... }
func (e *encoder) generic(set *defSet) bool {
	at := e.tok.start
	e.advance()
	code, ok := e.parameter("TlvCode", 255)
	if !ok {
		return false
	}
	if e.depth == 0 && ownCode(uint8(code)) {
		e.report(at, fmt.Sprintf("TLV %d is written by the program: expected another code", code))
		return false
	}
	head := e.open(uint8(code), at)
	if e.tok.kind == tokOpen {
		def := set.byCode[uint8(code)]
		return e.nested(def.inside()) && e.close(head, def, at)
	}
	if !e.genericValue(head) || !e.take(tokSemi, ";") {
		e.dst = e.dst[:head]
		return false
	}
	return e.close(head, nil, at)
}

// ownCode reports whether a TLV of the file belongs to its container: padding, end mark
// and integrity checks.
func ownCode(code uint8) bool {
	return code == typePad || code == typeEnd || code == typeCMMIC || code == typeCMTSMIC
}

// parameter reads a word and the number behind it.
func (e *encoder) parameter(word string, most uint32) (uint32, bool) {
	if !e.at(word) {
		return 0, e.expected(word)
	}
	e.advance()
	n, ok := digits(e.lex.text(e.tok))
	if !ok || n > most {
		return 0, e.expected(fmt.Sprintf("a number from 0 to %d for %s", most, word))
	}
	e.advance()
	return n, true
}

// at reports whether the token is a word.
func (e *encoder) at(word string) bool {
	return e.tok.kind == tokWord && string(e.lex.text(e.tok)) == word
}

// genericValue reads what follows the code. The value's octets begin behind the head.
func (e *encoder) genericValue(head int) bool {
	length, start := -1, len(e.dst)
	if e.at("TlvLength") {
		n, ok := e.parameter("TlvLength", longestDouble)
		if !ok {
			return false
		}
		length = int(n)
	}
	at := e.tok.start
	if !e.genericForm() {
		return false
	}
	if got := len(e.dst) - start; length >= 0 && got != length {
		e.report(at, fmt.Sprintf("expected the %d octets of TlvLength, found %d", length, got))
		return false
	}
	return true
}

// genericForm reads the value in the form that its first word tells.
func (e *encoder) genericForm() bool {
	switch {
	case e.at("TlvValue"):
		e.advance()
		return e.hex(&Def{Name: "TlvValue"})
	case e.at("TlvString"):
		e.advance()
		return e.str(&Def{Name: "TlvString", Coding: Str})
	case e.at("TlvStringZero"):
		e.advance()
		return e.str(&Def{Name: "TlvStringZero", Coding: StrZero})
	case e.at("TlvType"):
		e.advance()
		return e.typed()
	}
	return e.expected("TlvLength, TlvValue, TlvString, TlvStringZero, TlvType or {")
}

// genericTypes are the words behind TlvType.
var genericTypes = map[string]Coding{"Char": U8, "Short": U16, "Integer": U32, "IPAddress": IP}

// typed reads a type and a value of it.
func (e *encoder) typed() bool {
	coding, ok := genericTypes[string(e.lex.text(e.tok))]
	if !ok {
		return e.expected("Char, Short, Integer or IPAddress")
	}
	e.advance()
	if !e.at("TlvValue") {
		return e.expected("TlvValue")
	}
	e.advance()
	return e.value(&Def{Name: "TlvValue", Coding: coding})
}
