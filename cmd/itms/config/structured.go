package config

import (
	"fmt"
	"reflect"
	"strconv"

	"go.yaml.in/yaml/v3"
)

// Sections that hold any number of things of a kind are slices of structs. In YAML they
// are a list, or, where the struct has a Name, a mapping by it; the order of the file is
// kept. The environment overrides none of them.

// structured reports whether a field is such a section.
func structured(t reflect.Type) bool {
	return t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.Struct
}

// nameOf is the field that holds the key of a thing in a mapping.
func nameOf(v reflect.Value) (reflect.Value, bool) {
	f := v.FieldByName("Name")
	return f, f.IsValid() && f.Kind() == reflect.String
}

// things reads such a section.
func (r *reader) things(n *yaml.Node, into reflect.Value, path string) {
	_, named := nameOf(reflect.New(into.Type().Elem()).Elem())
	switch {
	case n.Tag == "!!null":
	case named && n.Kind == yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			r.thing(n.Content[i+1], into, path+"."+n.Content[i].Value, n.Content[i].Line, n.Content[i].Value)
		}
	case !named && n.Kind == yaml.SequenceNode:
		for i, item := range n.Content {
			r.thing(item, into, path+"."+strconv.Itoa(i), item.Line, "")
		}
	case named:
		r.wrong(n.Line, "%s: expected names, each with its keys and values", path)
	default:
		r.wrong(n.Line, "%s: expected a list", path)
	}
}

// thing reads one of them and appends it.
func (r *reader) thing(n *yaml.Node, into reflect.Value, path string, line int, name string) {
	if _, twice := r.config.lines[path]; twice {
		r.wrong(line, "key %s appears twice", path)
		return
	}
	r.config.lines[path] = line
	v := fresh(into.Type())
	if f, ok := nameOf(v); ok {
		f.SetString(name)
	}
	r.mapping(n, v, path+".")
	into.Set(reflect.Append(into, v))
}

// fresh makes a thing of a section with the values that it has when they are left out.
func fresh(section reflect.Type) reflect.Value {
	v := reflect.New(section.Elem())
	if d, ok := v.Interface().(interface{ Defaults() }); ok {
		d.Defaults()
	}
	return v.Elem()
}

// Free is a mapping whose keys are not fixed: options by number, values of a package.
type Free []Entry

// Entry is one key of a Free mapping with its value: a text, number, boolean, list or
// mapping as YAML has them.
type Entry struct {
	Key   string
	Value any
}

// Map returns the entries by key.
func (f Free) Map() map[string]any {
	m := make(map[string]any, len(f))
	for _, e := range f {
		m[e.Key] = e.Value
	}
	return m
}

// free reads a Free mapping.
func (r *reader) free(n *yaml.Node, path string) Free {
	if n.Tag == "!!null" {
		return nil
	}
	if n.Kind != yaml.MappingNode {
		r.wrong(n.Line, "%s: expected keys and values", path)
		return nil
	}
	var f Free
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		at := path + "." + key.Value
		if _, twice := r.config.lines[at]; twice {
			r.wrong(key.Line, "key %s appears twice", at)
			continue
		}
		r.config.lines[at] = key.Line
		var v any
		if err := value.Decode(&v); err != nil {
			r.wrong(value.Line, "%s: %v", at, err)
			continue
		}
		f = append(f, Entry{key.Value, v})
	}
	return f
}

// walkThings visits every leaf of the things in a section, with its dotted path.
func walkThings(list reflect.Value, prefix string, visit func(string, reflect.Value, reflect.StructField)) {
	for i := range list.Len() {
		v := list.Index(i)
		key := strconv.Itoa(i)
		if f, ok := nameOf(v); ok {
			key = f.String()
		}
		walk(v, fmt.Sprintf("%s.%s.", prefix, key), visit)
	}
}

// thingKeys visits every leaf that a thing of a section may have, for the manual.
func thingKeys(t reflect.Type, prefix string, visit func(string, reflect.Value, reflect.StructField)) {
	v := fresh(t)
	key := "[]"
	if _, ok := nameOf(v); ok {
		key = ".NAME"
	}
	walkKeys(v, prefix+key+".", visit)
}

// walkKeys is walk that also looks into sections of things.
func walkKeys(v reflect.Value, prefix string, visit func(string, reflect.Value, reflect.StructField)) {
	for i := range v.NumField() {
		f := v.Type().Field(i)
		key := keyOf(f)
		switch {
		case key == "":
		case f.Type.Kind() == reflect.Struct:
			walkKeys(v.Field(i), prefix+key+".", visit)
		case structured(f.Type) && f.Type != reflect.TypeFor[Free]():
			visit(prefix+key, v.Field(i), f)
			thingKeys(f.Type, prefix+key, visit)
		default:
			visit(prefix+key, v.Field(i), f)
		}
	}
}
