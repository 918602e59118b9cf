package config

import (
	"fmt"
	"reflect"
	"strings"
)

// Markdown returns the table of all keys for docs/operations.md; a test keeps the
// two in step.
func Markdown() string {
	var b strings.Builder
	b.WriteString("| key | default | meaning |\n|---|---|---|\n")
	walkKeys(reflect.ValueOf(Default()).Elem(), "", func(path string, field reflect.Value, f reflect.StructField) {
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", path, shown(field), f.Tag.Get("doc"))
	})
	return b.String()
}

// shown writes a default as YAML would.
func shown(field reflect.Value) string {
	switch v := field.Interface().(type) {
	case []string:
		return "`[" + strings.Join(v, ", ") + "]`"
	case Free:
		return "none"
	case string:
		if v == "" {
			return "empty"
		}
	}
	if structured(field.Type()) {
		return "none"
	}
	return fmt.Sprintf("`%v`", field.Interface())
}
