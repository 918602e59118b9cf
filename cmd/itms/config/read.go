package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// Load reads a configuration file, applies ITMS_ environment variables and
// validates. Unknown keys and wrong values are errors that name file, line and key;
// all of them are reported together.
func Load(path string, environ []string) (*Config, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read the configuration: %w", err)
	}
	return Parse(path, data, environ)
}

// Parse is Load on bytes; path is for messages, and relative paths start from its
// directory.
func Parse(path string, data []byte, environ []string) (*Config, error) {
	c := Default()
	c.file, c.lines = path, map[string]int{}
	r := &reader{config: c}
	doc, err := r.document(data)
	if err != nil {
		return nil, err
	}
	if len(doc.Content) > 0 {
		r.mapping(doc.Content[0], reflect.ValueOf(c).Elem(), "")
	}
	r.environment(environ)
	c.resolve()
	if err := errors.Join(append(r.errs, c.Validate())...); err != nil {
		return nil, err
	}
	return c, nil
}

// document reads the file's only YAML document. A second one is a mistake: nothing
// in it would have any effect.
func (r *reader) document(data []byte) (*yaml.Node, error) {
	var doc, more yaml.Node
	d := yaml.NewDecoder(bytes.NewReader(data))
	err := d.Decode(&doc)
	if err == nil {
		if err = d.Decode(&more); err == nil {
			r.wrong(more.Line, "a second YAML document begins here: expected only one")
		}
	}
	if err != nil && !errors.Is(err, io.EOF) { // an empty file has no document at all
		return nil, fmt.Errorf("%s: %s", r.config.file, strings.TrimPrefix(err.Error(), "yaml: "))
	}
	return &doc, nil
}

// resolve makes relative paths relative to the configuration file, so that what is
// meant does not depend on where a command was started.
func (c *Config) resolve() {
	walk(reflect.ValueOf(c).Elem(), "", func(_ string, field reflect.Value, f reflect.StructField) {
		if path := field.String(); f.Tag.Get("path") != "" && path != "" && !filepath.IsAbs(path) {
			field.SetString(filepath.Join(filepath.Dir(c.file), path))
		}
	})
}

// reader fills a Config and gathers what is wrong.
type reader struct {
	config *Config
	errs   []error
}

// wrong notes a mistake at a line of the file.
func (r *reader) wrong(line int, format string, args ...any) {
	r.errs = append(r.errs, fmt.Errorf("%s:%d: %s", r.config.file, line, fmt.Sprintf(format, args...)))
}

// mapping reads one YAML mapping into a struct.
func (r *reader) mapping(n *yaml.Node, into reflect.Value, prefix string) {
	if n.Tag == "!!null" {
		return // "web:" with nothing below keeps the defaults
	}
	if n.Kind != yaml.MappingNode {
		r.wrong(n.Line, "%s: expected keys and values", strings.TrimSuffix(prefix, "."))
		return
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		path := prefix + key.Value
		field, ok := fieldOf(into, key.Value)
		if !ok {
			r.wrong(key.Line, "unknown key %s; known here: %s", path, strings.Join(keysOf(into.Type()), ", "))
			continue
		}
		if _, twice := r.config.lines[path]; twice {
			r.wrong(key.Line, "key %s appears twice", path)
			continue
		}
		r.config.lines[path] = key.Line
		switch {
		case field.Kind() == reflect.Struct:
			r.mapping(value, field, path+".")
			continue
		case field.Type() == reflect.TypeFor[Free]():
			field.Set(reflect.ValueOf(r.free(value, path)))
			continue
		case structured(field.Type()):
			r.things(value, field, path)
			continue
		}
		if err := setNode(field, value); err != nil {
			r.wrong(value.Line, "%s: %v", path, err)
		}
	}
}

// fieldOf finds the field of a key.
func fieldOf(v reflect.Value, key string) (reflect.Value, bool) {
	for i := range v.NumField() {
		if have := keyOf(v.Type().Field(i)); have != "" && have == key {
			return v.Field(i), true
		}
	}
	return reflect.Value{}, false
}

// keyOf is the key of a field, "" for one that has none.
func keyOf(f reflect.StructField) string {
	if key := f.Tag.Get("yaml"); key != "-" {
		return key
	}
	return ""
}

// keysOf lists the keys of a section.
func keysOf(t reflect.Type) []string {
	var keys []string
	for i := range t.NumField() {
		if key := keyOf(t.Field(i)); key != "" {
			keys = append(keys, key)
		}
	}
	return keys
}

// setNode sets a field from a YAML scalar or list of scalars.
func setNode(field reflect.Value, n *yaml.Node) error {
	switch {
	case n.Kind == yaml.SequenceNode && field.Kind() == reflect.Slice:
		list := make([]string, 0, len(n.Content))
		for _, item := range n.Content {
			list = append(list, item.Value)
		}
		field.Set(reflect.ValueOf(list))
		return nil
	case n.Kind != yaml.ScalarNode:
		return fmt.Errorf("expected %s", kindName(field))
	case n.Tag == "!!null":
		return nil
	}
	return setText(field, n.Value)
}

// kindName says what a field takes.
func kindName(field reflect.Value) string {
	switch field.Interface().(type) {
	case time.Duration:
		return "a duration such as 30s, 5m or 168h"
	case bool:
		return "true or false"
	case int:
		return "a whole number"
	case []string:
		return "a list of texts"
	}
	return "a text"
}

// setText sets a field from text, as YAML and the environment give it.
func setText(field reflect.Value, text string) error {
	switch field.Interface().(type) {
	case time.Duration:
		d, err := time.ParseDuration(text)
		if err != nil {
			return fmt.Errorf("%q: expected %s", text, kindName(field))
		}
		field.SetInt(int64(d))
	case bool:
		b, err := strconv.ParseBool(text)
		if err != nil {
			return fmt.Errorf("%q: expected %s", text, kindName(field))
		}
		field.SetBool(b)
	case int:
		n, err := strconv.Atoi(text)
		if err != nil {
			return fmt.Errorf("%q: expected %s", text, kindName(field))
		}
		field.SetInt(int64(n))
	case []string:
		field.Set(reflect.ValueOf(strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ' ' })))
	default:
		field.SetString(text)
	}
	return nil
}

// Prefix begins the name of every environment variable that overrides a key:
// ITMS_WEB_LISTEN overrides web.listen.
const Prefix = "ITMS_"

// KeyVariable holds the vault key itself; it overrides no key.
const KeyVariable = Prefix + "KEY"

// environment applies overrides; an unknown ITMS_ variable is a mistake like an
// unknown key.
func (r *reader) environment(environ []string) {
	known := map[string]reflect.Value{}
	fixed := map[string]bool{}
	walk(reflect.ValueOf(Default()).Elem(), "", func(path string, _ reflect.Value, _ reflect.StructField) { fixed[path] = true })
	walk(reflect.ValueOf(r.config).Elem(), "", func(path string, field reflect.Value, _ reflect.StructField) {
		if fixed[path] && field.Type() != reflect.TypeFor[Free]() {
			known[Prefix+strings.ToUpper(strings.ReplaceAll(path, ".", "_"))] = field
		}
	})
	for _, entry := range environ {
		name, value, _ := strings.Cut(entry, "=")
		if !strings.HasPrefix(name, Prefix) || name == KeyVariable {
			continue
		}
		field, ok := known[name]
		if !ok {
			r.errs = append(r.errs, fmt.Errorf("environment variable %s overrides no configuration key", name))
			continue
		}
		if err := setText(field, value); err != nil {
			r.errs = append(r.errs, fmt.Errorf("environment variable %s: %w", name, err))
		}
	}
}

// walk visits every leaf with its dotted path, but for those of Free mappings.
func walk(v reflect.Value, prefix string, visit func(string, reflect.Value, reflect.StructField)) {
	for i := range v.NumField() {
		f := v.Type().Field(i)
		key := keyOf(f)
		if key == "" {
			continue
		}
		switch {
		case f.Type.Kind() == reflect.Struct:
			walk(v.Field(i), prefix+key+".", visit)
		case structured(f.Type):
			walkThings(v.Field(i), prefix+key, visit)
		default:
			visit(prefix+key, v.Field(i), f)
		}
	}
}
