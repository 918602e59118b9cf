package tmf

import (
	"strings"
)

// fieldSet is which attributes of a resource are wanted.
type fieldSet struct {
	all   bool
	paths [][]string
}

// maxFields bounds them.
const maxFields = 100

// parseFields reads the values of "fields": names separated by commas, dotted for what
// lies deeper; spaces and quotes around them do not count.
func parseFields(values []string) (fieldSet, error) {
	set := fieldSet{all: true}
	for _, value := range values {
		for _, name := range strings.Split(value, ",") {
			name = unquote(name)
			if name == "" {
				continue
			}
			set.all = false
			if strings.EqualFold(name, "none") {
				set.paths = append(set.paths, []string{"href"})
				continue
			}
			set.paths = append(set.paths, strings.Split(name, "."))
		}
	}
	if len(set.paths) > maxFields {
		return set, wrongQuery("fields", "lists too many attributes")
	}
	return set, nil
}

// known refuses attributes that a resource does not have.
func (set fieldSet) known(b book, resource string) error {
	for _, path := range set.paths {
		if !b.has(resource, path) {
			return wrongQuery("fields", "names an attribute that there is not: "+clip(strings.Join(path, ".")))
		}
	}
	return nil
}

// pick returns the wanted attributes of a document, and its id.
func (set fieldSet) pick(doc object) object {
	if set.all {
		return doc
	}
	out := object{}
	for _, path := range append([][]string{{"id"}}, set.paths...) {
		take(doc, out, path)
	}
	return out
}

// take copies what a path leads to.
func take(from, into object, path []string) {
	v, ok := from[path[0]]
	if !ok {
		return
	}
	if len(path) == 1 {
		into[path[0]] = v
		return
	}
	switch x := v.(type) {
	case object:
		sub, ok := into[path[0]].(object)
		if !ok {
			sub = object{}
		}
		take(x, sub, path[1:])
		into[path[0]] = sub
	case []any:
		into[path[0]] = takeEach(x, into[path[0]], path[1:])
	}
}

// takeEach does so with each thing of a list.
func takeEach(from []any, had any, path []string) []any {
	list, ok := had.([]any)
	if !ok || len(list) != len(from) {
		list = make([]any, len(from))
	}
	for i, one := range from {
		sub, ok := list[i].(object)
		if !ok {
			sub = object{}
		}
		if o, is := one.(object); is {
			take(o, sub, path)
		}
		list[i] = sub
	}
	return list
}

// unquote takes spaces and one pair of quotes off.
func unquote(s string) string {
	s = strings.TrimSpace(s)
	for _, quote := range []string{`"`, `'`} {
		if len(s) >= 2 && strings.HasPrefix(s, quote) && strings.HasSuffix(s, quote) {
			return strings.TrimSpace(s[1 : len(s)-1])
		}
	}
	return s
}

// clip shortens what a caller sent for an error text.
func clip(s string) string {
	const most = 80
	if len(s) > most {
		return strings.ToValidUTF8(s[:most], "") + "…"
	}
	return strings.ToValidUTF8(s, "")
}
