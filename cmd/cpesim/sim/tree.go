package sim

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"itms/cwmp"
)

// tree is the parameter tree of one CPE. The fields with capitals are its
// state; it is not safe for concurrent use.
type tree struct {
	schema *schema
	vars   *strings.Replacer

	// Values are the parameters by full name, as the box itself sees them.
	Values map[string]string `json:"values"`
	// Tables are the objects with rows by path.
	Tables map[string]*rows `json:"tables,omitempty"`
	// Attributes are those that differ from the factory's.
	Attributes map[string]attribute `json:"attributes,omitempty"`

	sorted []string // all names, nil when rows have changed
}

// rows are the instance numbers of a table. Last is the highest ever given out:
// numbers are not used twice.
type rows struct {
	Numbers []int `json:"numbers"`
	Last    int   `json:"last"`
}

// attribute is the notification and access of a parameter.
type attribute struct {
	Notification int      `json:"notification"`
	AccessList   []string `json:"accessList,omitempty"`
}

// reset puts the tree into the state of the factory.
func (t *tree) reset() {
	t.Values, t.Tables, t.Attributes = make(map[string]string), make(map[string]*rows), make(map[string]attribute)
	root := t.schema.model.Root
	t.fill(root, root, true)
	for path, value := range t.schema.model.Initial {
		t.Values[root+path] = value
	}
	t.sorted = nil
}

// fill creates what lies below an object, whose path is given with numbers and
// as a pattern. Tables get the rows of the factory, or none.
func (t *tree) fill(path, pattern string, factory bool) {
	number := lastNumber(path)
	for name, spec := range t.schema.specs {
		if rest, below := strings.CutPrefix(name, pattern); below && !strings.Contains(rest, "{i}") {
			t.Values[path+rest] = t.vars.Replace(strings.ReplaceAll(spec.Value, "{n}", number))
		}
	}
	for name, table := range t.schema.tables {
		rest, below := strings.CutPrefix(name, pattern)
		if !below || strings.Contains(rest, "{i}") {
			continue
		}
		t.Tables[path+rest] = &rows{}
		for _, n := range table.Rows {
			if factory {
				t.addRow(path+rest, n, true)
			}
		}
	}
}

// lastNumber returns the row number at the end of an object path.
func lastNumber(object string) string {
	object = strings.TrimSuffix(object, ".")
	return object[strings.LastIndexByte(object, '.')+1:]
}

// addRow creates one row of a table that exists.
func (t *tree) addRow(table string, number int, factory bool) {
	r := t.Tables[table]
	r.Numbers = append(r.Numbers, number)
	r.Last = max(r.Last, number)
	row := table + strconv.Itoa(number) + "."
	t.fill(row, t.schema.pattern(table)+"{i}.", factory)
	t.sorted = nil
}

// names returns all parameter names in order.
func (t *tree) names() []string {
	if t.sorted == nil {
		t.sorted = slices.Sorted(maps.Keys(t.Values))
	}
	return t.sorted
}

// under returns the names that start with a partial path.
func (t *tree) under(path string) []string {
	all := t.names()
	from, _ := slices.BinarySearch(all, path)
	to := from
	for to < len(all) && strings.HasPrefix(all[to], path) {
		to++
	}
	return all[from:to]
}

// isObject tells whether a partial path exists. The empty path is the top.
func (t *tree) isObject(path string) bool {
	if path == "" {
		return true
	}
	if !strings.HasSuffix(path, ".") {
		return false
	}
	return t.Tables[path] != nil || t.isRow(path) || len(t.under(path)) > 0
}

// splitRow divides the path of a row into its table and its number.
func (t *tree) splitRow(path string) (table string, number int, ok bool) {
	trimmed := strings.TrimSuffix(path, ".")
	dot := strings.LastIndexByte(trimmed, '.')
	table = trimmed[:dot+1]
	number, err := strconv.Atoi(trimmed[dot+1:])
	return table, number, err == nil && t.Tables[table] != nil
}

// isRow tells whether a path names a row that exists.
func (t *tree) isRow(path string) bool {
	table, number, ok := t.splitRow(path)
	return ok && slices.Contains(t.Tables[table].Numbers, number)
}

// own returns the value as the box itself knows it.
func (t *tree) own(name string) (string, bool) {
	value, ok := t.Values[name]
	if table, counts := strings.CutSuffix(name, "NumberOfEntries"); ok && counts {
		if r := t.Tables[table+"."]; r != nil {
			return strconv.Itoa(len(r.Numbers)), true
		}
	}
	return value, ok
}

// read returns a parameter as the ACS sees it: what is write-only is empty.
func (t *tree) read(name string) cwmp.ParameterValue {
	spec, _ := t.schema.spec(name)
	value, _ := t.own(name)
	if spec.Access == WriteOnly {
		value = ""
	}
	return cwmp.ParameterValue{Name: name, Value: value, Type: spec.Type}
}

// attribute returns the attributes of a parameter.
func (t *tree) attribute(name string) attribute {
	if a, ok := t.Attributes[name]; ok {
		return a
	}
	spec, _ := t.schema.spec(name)
	return attribute{Notification: spec.Notify}
}

// objectWritable tells whether AddObject or DeleteObject may be used on a path.
func (t *tree) objectWritable(path string) bool {
	if t.isRow(path) {
		path, _, _ = t.splitRow(path)
	}
	return t.schema.tables[t.schema.pattern(path)].Writable
}
