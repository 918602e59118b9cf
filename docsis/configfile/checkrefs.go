package configfile

import (
	"fmt"
	"strconv"
)

// refKind is what a reference names.
type refKind uint8

const (
	refFlow refKind = iota
	refUpFlow
	refDownFlow
	refClassifier
	refUpAggregate
	refDownAggregate
	refProfile
)

// String returns a word for it.
func (k refKind) String() string {
	return [...]string{"service flow", "upstream service flow", "downstream service flow", "classifier",
		"upstream aggregate service flow", "downstream aggregate service flow", "Metro Ethernet service profile"}[k]
}

// refKey is a thing by its reference.
type refKey struct {
	kind refKind
	ref  uint32
}

// named says which sub-TLV 1 names what: the first kind is the one that must be unique.
var named = map[uint8][]refKind{
	22: {refClassifier}, 23: {refClassifier}, 60: {refClassifier},
	24: {refFlow, refUpFlow}, 25: {refFlow, refDownFlow},
	70: {refUpAggregate}, 71: {refDownAggregate}, 72: {refProfile},
}

// naming says which sub-TLVs name what, by the numbers of TLV and sub-TLV.
var naming = map[[2]uint8]refKind{
	{22, 3}: refUpFlow, {23, 3}: refDownFlow, {26, 3}: refFlow, {26, 1}: refClassifier,
	{24, 36}: refUpAggregate, {25, 36}: refDownAggregate,
	{24, 37}: refProfile, {25, 37}: refProfile, {70, 37}: refProfile, {71, 37}: refProfile,
}

// references checks that references are unique and name something (MULPI C.2.2.5.1).
func (c *checker) references(tlvs []TLV) {
	for i := range tlvs {
		if kinds := named[tlvs[i].Code]; kinds != nil {
			c.define(&tlvs[i], kinds)
		}
	}
	for i := range tlvs {
		for k := range tlvs[i].Sub {
			sub := &tlvs[i].Sub[k]
			kind, ok := naming[[2]uint8{tlvs[i].Code, sub.Code}]
			if key := (refKey{kind, bigEndian(sub.Value)}); ok && len(sub.Value) <= 2 && c.refs[key] == nil {
				c.tlv(false, sub, fmt.Sprintf("%d.%d", tlvs[i].Code, sub.Code), "%d names no %s of the file", key.ref, kind)
			}
		}
	}
}

// define notes the reference of a TLV.
func (c *checker) define(t *TLV, kinds []refKind) {
	path := strconv.Itoa(int(t.Code))
	for i := range t.Sub {
		sub := &t.Sub[i]
		if sub.Code != 1 || len(sub.Value) > 2 {
			continue
		}
		key := refKey{kinds[0], bigEndian(sub.Value)}
		if first := c.refs[key]; first != nil {
			c.tlv(false, sub, path+".1", "%d is the reference of another %s too%s", key.ref, key.kind, at(first))
		}
		for _, kind := range kinds {
			c.refs[refKey{kind, key.ref}] = sub
		}
		return
	}
	c.tlv(true, t, path, "has no reference (%s.1)", path)
}

// objects finds SNMP objects that are set twice: a modem refuses such a file.
func (c *checker) objects(tlvs []TLV) {
	seen := map[string]*TLV{}
	for i := range tlvs {
		t := &tlvs[i]
		if t.Def == nil || t.Def.Coding != Varbind {
			continue
		}
		arcs, _, _, err := varbindParts(t.Value)
		if err != nil {
			continue
		}
		key := oidKey(arcs)
		if first := seen[key]; first != nil {
			c.tlv(false, t, strconv.Itoa(int(t.Code)), "%s is set twice%s", appendArcs(nil, arcs), at(first))
		}
		seen[key] = t
	}
}
