package tmf

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// How a lenient sender's document is brought into the standard's shape. What cannot be
// put right is left as it is: the inspection says what is wrong with it.

// oldNames are names of attributes in earlier versions and what they are called now.
var oldNames = map[string]map[string]string{
	"ServiceOrder_Create":          {"orderItem": "serviceOrderItem", "serviceOrderRelationship": "orderRelationship", "externalID": "externalId"},
	"ServiceOrder_Update":          {"orderItem": "serviceOrderItem", "serviceOrderRelationship": "orderRelationship", "externalID": "externalId"},
	"ServiceOrderItem":             {"orderItemRelationship": "serviceOrderItemRelationship"},
	"ServiceRefOrValue":            {"characteristic": "serviceCharacteristic", "characteristics": "serviceCharacteristic"},
	"ServiceOrderItemRelationship": {"type": "relationshipType"},
	"ServiceOrderRelationship":     {"type": "relationshipType"},
}

// actions are words for what an item does, of earlier versions and other systems.
var actions = map[string]string{"create": "add", "install": "add", "change": "modify", "update": "modify",
	"remove": "delete", "terminate": "delete", "disconnect": "delete", "nochange": "noChange"}

// states are words for the state of a service that the standard has others for.
var states = map[string]string{"suspended": "inactive", "suspend": "inactive", "resumed": "active", "enabled": "active", "disabled": "inactive"}

// otherWords are, by type, words that are taken for those of the standard.
var otherWords = map[string]map[string]string{"OrderItemActionType": actions, "ServiceStateType": states}

// normalizer brings documents into the shape of a book.
type normalizer struct{ book book }

// document brings a whole resource into shape.
func (n normalizer) document(resource string, doc object) {
	n.object(resource, doc)
	for i, item := range things(doc["serviceOrderItem"]) {
		if item["id"] == nil {
			item["id"] = strconv.Itoa(i + 1)
		}
	}
}

// value brings a value into the shape of its schema.
func (n normalizer) value(s *schema, v any) any {
	name := strings.TrimPrefix(s.Ref, "#/$defs/")
	s = n.book.resolve(s)
	switch {
	case len(s.Enum) > 0:
		return wordOf(s, name, text(v))
	case s.Type == "object":
		return n.objectOf(name, v)
	case s.Type == "array":
		return n.list(s, v)
	case s.Type == "string":
		return textOf(s, v)
	case s.Type == "boolean":
		if b, err := strconv.ParseBool(strings.ToLower(text(v))); err == nil {
			return b
		}
	case s.Type == "integer":
		if _, err := strconv.Atoi(text(v)); err == nil {
			return json.Number(text(v))
		}
	}
	return v
}

// wordOf finds the word of an enumeration, whatever its case and separators.
func wordOf(s *schema, kind, word string) any {
	plain := plainWord(word)
	if other, ok := otherWords[kind][plain]; ok {
		return other
	}
	for _, known := range s.Enum {
		if plainWord(known) == plain {
			return known
		}
	}
	return word
}

// textOf writes numbers and booleans as texts, and times as the standard does.
func textOf(s *schema, v any) any {
	switch v.(type) {
	case object, []any:
		return v
	}
	if t, ok := readTime(text(v)); ok && s.Format == "date-time" {
		return timeText(t)
	}
	return text(v)
}

// list makes a list of a single thing.
func (n normalizer) list(s *schema, v any) any {
	items, ok := v.([]any)
	if !ok {
		if _, one := v.(object); one && strings.HasSuffix(s.Items.Ref, "/Characteristic") {
			items = charactersOf(v.(object))
		} else {
			items = []any{v}
		}
	}
	out := make([]any, 0, len(items))
	for _, one := range items {
		if one != nil {
			out = append(out, n.value(s.Items, one))
		}
	}
	return out
}

// charactersOf turns a map of names and values into characteristics; one that is a
// characteristic already stays one.
func charactersOf(o object) []any {
	if _, ok := o["name"].(string); ok {
		if _, valued := o["value"]; valued {
			return []any{o}
		}
	}
	var list []any
	for _, name := range slices.Sorted(maps.Keys(o)) {
		if o[name] != nil {
			list = append(list, object{"name": name, "value": o[name]})
		}
	}
	return list
}

// objectOf brings an object into shape; of a text where a thing is expected, its id or
// what it says is made.
func (n normalizer) objectOf(kind string, v any) any {
	o, ok := v.(object)
	if !ok {
		switch v.(type) {
		case []any:
			return v
		}
		o = object{leading(kind): text(v)}
	}
	n.object(kind, o)
	return o
}

// leading is the attribute that a thing is told by when nothing else is.
func leading(kind string) string {
	switch kind {
	case "Note":
		return "text"
	case "ExternalReference":
		return "name"
	}
	return "id"
}

// object brings the members of an object into shape.
func (n normalizer) object(kind string, o object) {
	for old, now := range oldNames[kind] {
		if v, ok := o[old]; ok && o[now] == nil {
			o[now] = v
			delete(o, old)
		}
	}
	if kind == "ServiceRefOrValue" || kind == "Service_Create" || kind == "Service_Update" {
		gather(o)
	}
	for name, v := range o {
		sub := n.book[kind].Properties[name]
		switch {
		case v == nil && sub != nil && kind != "ServiceOrder_Update":
			delete(o, name)
		case v != nil && sub != nil:
			o[name] = n.value(sub, v)
		}
	}
	complete(kind, o)
}

// gather makes characteristics of what stands beside them under one of their names.
func gather(service object) {
	var found []any
	for _, name := range slices.Sorted(maps.Keys(service)) {
		if _, known := slots[plainWord(name)]; known && service[name] != nil {
			found = append(found, object{"name": name, "value": service[name]})
			delete(service, name)
		}
	}
	if len(found) == 0 {
		return
	}
	switch list := service["serviceCharacteristic"].(type) {
	case []any:
		found = append(list, found...)
	case object:
		found = append(charactersOf(list), found...)
	}
	service["serviceCharacteristic"] = found
}

// complete fills in what the standard wants of a thing and many senders leave out.
func complete(kind string, o object) {
	fill := func(name string, value any) {
		if o[name] == nil && value != nil && value != "" {
			o[name] = value
		}
	}
	switch kind {
	case "RelatedParty":
		fill("id", o["name"])
		fill("@type", "RelatedParty")
		fill("@referredType", "Individual")
	case "RelatedPlaceRefOrValue":
		fill("role", "installationPlace")
	case "RelatedEntityRefOrValue":
		fill("role", "related")
	case "Characteristic":
		if _, given := o["value"]; !given || o["value"] == nil {
			o["value"] = ""
		}
	case "ResourceRef":
		fill("id", deviceIDOf(o))
	case "ServiceSpecificationRef":
		fill("id", o["name"])
	case "ExternalReference":
		fill("name", o["id"])
	}
}

// deviceIDOf is what a device without an id is called by.
func deviceIDOf(o object) any {
	for _, list := range []string{"resourceCharacteristic", "characteristic"} {
		for _, c := range things(o[list]) {
			if v := text(c["value"]); v != "" {
				return v
			}
		}
	}
	for _, name := range []string{"mac", "MAC", "stbId", "serial", "serialNumber", "name", "value"} {
		if v := text(o[name]); v != "" {
			return v
		}
	}
	return nil
}
