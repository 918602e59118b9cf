package frozen

import (
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// refPrefix is where named schemas are.
const refPrefix = "#/components/schemas/"

// resolve follows a reference to its schema.
func resolve(doc, schema object) (object, string) {
	name := ""
	for range 16 { // a longer chain of references is a circle
		ref, ok := strings.CutPrefix(schema.text("$ref"), refPrefix)
		if !ok {
			break
		}
		name, schema = ref, doc.sub("components").sub("schemas").sub(ref)
	}
	return schema, name
}

// schema compares two schemas. No schema is one that takes anything.
func (c *comparison) schema(where string, dir direction, was, is object) {
	was, wasName := resolve(c.was, was)
	is, isName := resolve(c.is, is)
	if wasName != "" || isName != "" {
		pair := meeting{wasName, isName, dir}
		if wasName != "" && isName != "" && c.met[pair] {
			return
		}
		c.met[pair] = true
	}
	if !c.types(where, dir, was, is) {
		return // of another sort of value nothing else is worth saying
	}
	c.format(where, dir, was, is)
	c.words(where, dir, was, is)
	c.properties(where, dir, was, is)
	c.choices(where, dir, was, is)
	if was.sub("items") != nil || is.sub("items") != nil {
		c.schema(where+"/-", dir, was.sub("items"), is.sub("items"))
	}
	if dir == request {
		c.limits(where, was, is)
	}
}

// typesOf lists the types that a schema takes, nil = any.
func typesOf(s object) (types []string) {
	if one := s.text("type"); one != "" {
		return []string{one}
	}
	for _, one := range s.list("type") {
		if text, ok := one.(string); ok {
			types = append(types, text)
		}
	}
	return types
}

// takes reports whether every one of the types is among others; nil is any.
func takes(others, types []string) (missing string, ok bool) {
	if others == nil {
		return "", true
	}
	if types == nil {
		return "any type", false
	}
	for _, t := range types {
		if !slices.Contains(others, t) && !(t == "integer" && slices.Contains(others, "number")) {
			return t, false
		}
	}
	return "", true
}

// types compares what sorts of values there are, and reports whether they may stay.
func (c *comparison) types(where string, dir direction, was, is object) bool {
	if dir == request {
		if !was.yes("readOnly") && is.yes("readOnly") {
			c.broken(where, "is not taken any more")
		}
		t, ok := takes(typesOf(is), typesOf(was))
		if !ok {
			c.broken(where, "takes no %s any more", t)
		}
		return ok
	}
	if !was.yes("writeOnly") && is.yes("writeOnly") {
		c.broken(where, "is not shown any more")
	}
	t, ok := takes(typesOf(was), typesOf(is))
	if !ok {
		c.broken(where, "may be %s now", t)
	}
	return ok
}

// format compares how a text or number is written. Requests that were free are held to none
// now, and answers that were bound stay so.
func (c *comparison) format(where string, dir direction, was, is object) {
	for _, member := range []string{"format", "contentEncoding", "contentMediaType"} {
		before, now := was.text(member), is.text(member)
		if before == now || dir == request && now == "" || dir == answer && before == "" {
			continue
		}
		c.broken(where, "has another %s, %q instead of %q", member, now, before)
	}
}

// words compares the values that are listed.
func (c *comparison) words(where string, dir direction, was, is object) {
	before, now := was.list("enum"), is.list("enum")
	if dir == answer {
		if before != nil && now == nil {
			c.broken(where, "has no list of words any more")
		}
		return
	}
	if now == nil {
		return
	}
	if before == nil {
		c.broken(where, "takes listed words only")
		return
	}
	for _, word := range before {
		if !has(now, word) {
			c.broken(where, "does not take %v any more", word)
		}
	}
}

// properties compares the members of objects.
func (c *comparison) properties(where string, dir direction, was, is object) {
	before, now := was.sub("properties"), is.sub("properties")
	for _, name := range before.names() {
		at := where + "/" + name
		sub := now.sub(name)
		if sub == nil {
			c.broken(at, "is gone")
			continue
		}
		c.schema(at, dir, before.sub(name), sub)
	}
	c.required(where, dir, was.list("required"), is.list("required"))
	c.others(where, dir, was["additionalProperties"], is["additionalProperties"])
}

// required compares which members there must be.
func (c *comparison) required(where string, dir direction, was, is []any) {
	must, what, there := is, "is required now", was
	if dir == answer {
		must, what, there = was, "may be left out now", is
	}
	for _, name := range must {
		if !has(there, name) {
			text, _ := name.(string)
			c.broken(where+"/"+text, "%s", what)
		}
	}
}

// others compares what there may be beside the named members: false, true or a schema.
func (c *comparison) others(where string, dir direction, was, is any) {
	if dir == request && is == false && was != false {
		c.broken(where, "takes no other members any more")
		return
	}
	before, known := was.(map[string]any)
	now, bound := is.(map[string]any)
	switch {
	case known && bound, known && dir == answer && is != false, bound && dir == request && was != false:
		c.schema(where+"/*", dir, before, now)
	}
}

// limits compares how large values may be: tighter ones break requests.
func (c *comparison) limits(where string, was, is object) {
	for _, l := range []struct {
		name  string
		lower bool // it bounds from below
	}{{"minimum", true}, {"exclusiveMinimum", true}, {"minLength", true}, {"minItems", true}, {"minProperties", true},
		{"maximum", false}, {"exclusiveMaximum", false}, {"maxLength", false}, {"maxItems", false}, {"maxProperties", false}} {
		now, bound := is[l.name].(float64)
		before, known := was[l.name].(float64)
		if bound && (!known || l.lower && now > before || !l.lower && now < before) {
			c.broken(where, "has a tighter %s, %s", l.name, strconv.FormatFloat(now, 'f', -1, 64))
		}
	}
	for _, name := range []string{"pattern", "multipleOf", "const"} {
		if is[name] != nil && !reflect.DeepEqual(was[name], is[name]) {
			c.broken(where, "has another %s", name)
		}
	}
	if is.yes("uniqueItems") && !was.yes("uniqueItems") {
		c.broken(where, "takes no repeated items any more")
	}
	if was["default"] != nil && !reflect.DeepEqual(was["default"], is["default"]) {
		c.broken(where, "has another default, %v instead of %v", is["default"], was["default"])
	}
}

// choices compares alternatives: each way to write a request must still be one, each way to
// be answered must have been one.
func (c *comparison) choices(where string, dir direction, was, is object) {
	for _, name := range []string{"oneOf", "anyOf"} {
		from, to := was.list(name), is.list(name)
		if dir == answer {
			from, to = to, from
		}
		if len(to) == 0 {
			continue
		}
		if len(from) == 0 {
			c.broken(where, "has fewer alternatives in %s", name)
		}
		for i, one := range from {
			if !slices.ContainsFunc(to, func(other any) bool { return c.fits(dir, one, other) }) {
				c.broken(where, "alternative %d of %s fits none any more", i, name)
			}
		}
	}
	if !reflect.DeepEqual(was["allOf"], is["allOf"]) {
		c.broken(where, "is composed of other parts")
	}
}

// fits reports whether one alternative is at least another: from the side that writes.
func (c *comparison) fits(dir direction, one, other any) bool {
	from, _ := one.(map[string]any)
	to, _ := other.(map[string]any)
	if dir == answer {
		from, to = to, from
	}
	trial := &comparison{was: c.was, is: c.is, met: map[meeting]bool{}}
	trial.schema("", dir, from, to)
	return len(trial.breaks) == 0
}
