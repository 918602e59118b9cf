package tmf

import (
	"cmp"
	"encoding/json"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"itms"
)

// condition is one condition of a query: an attribute, how it is compared, and with what;
// one of the values is enough.
type condition struct {
	path   []string
	op     string // eq, gt, gte, lt, lte
	values []string
}

// query is what a list is asked for.
type query struct {
	conditions    []condition
	fields        fieldSet
	offset, limit int
	text          string // as it came, for links
}

// Limits of queries.
const (
	usualLimit    = 50  // of a page that says nothing of it
	maxLimit      = 500 // as the REST door's
	maxConditions = 30
	maxValues     = 100
	maxOffset     = itms.MaxServiceOrderOffset
)

// operators are the endings of attributes that compare.
var operators = []string{"eq", "gt", "gte", "lt", "lte"}

// parseQuery reads the query of a call: fields, offset, limit, and conditions.
func parseQuery(raw string) (*query, error) {
	q := &query{limit: usualLimit, text: raw}
	var fields []string
	for _, pair := range strings.Split(raw, "&") {
		key, value, _ := strings.Cut(pair, "=")
		key, err := url.QueryUnescape(key)
		if err != nil {
			return nil, wrongQuery("", "is not escaped as it should be")
		}
		if value, err = url.QueryUnescape(value); err != nil {
			return nil, wrongQuery(key, "is not escaped as it should be")
		}
		switch key = strings.TrimSpace(key); key {
		case "":
		case "fields":
			fields = append(fields, value)
		case "offset":
			q.offset, err = wholeNumber(key, value, maxOffset)
		case "limit":
			q.limit, err = wholeNumber(key, value, 1<<30)
			q.limit = min(q.limit, maxLimit)
		default:
			err = q.condition(key, value)
		}
		if err != nil {
			return nil, err
		}
	}
	var err error
	q.fields, err = parseFields(fields)
	return q, err
}

// wholeNumber reads offset and limit.
func wholeNumber(key, value string, most int) (int, error) {
	n, err := strconv.Atoi(unquote(value))
	if err != nil || n < 0 || n > most {
		return 0, wrongQuery(key, "expected a whole number from 0 to "+strconv.Itoa(most))
	}
	return n, nil
}

// wrongQuery is the error of a wrong parameter.
func wrongQuery(name, text string) error {
	if name == "" {
		return itms.Invalid("query", "%s", text)
	}
	return itms.Invalid("query."+clip(name), "%s", text)
}

// condition adds one: "state", "orderDate.gt", or "orderDate>" and "orderDate>2026-…" as
// some write it.
func (q *query) condition(key, value string) error {
	op := "eq"
	if i := strings.IndexAny(key, "<>"); i > 0 {
		op = map[byte]string{'<': "lt", '>': "gt"}[key[i]]
		if value != "" { // the = of >= parted key and value
			op += "e"
		} else {
			value = key[i+1:]
		}
		key = strings.TrimSpace(key[:i])
	}
	path := strings.Split(key, ".")
	if last := strings.ToLower(path[len(path)-1]); len(path) > 1 && slices.Contains(operators, last) {
		op, path = last, path[:len(path)-1]
	}
	values := splitValues(value)
	if len(values) > maxValues || len(q.conditions) == maxConditions {
		return wrongQuery(key, "is more than a query may hold")
	}
	// The same attribute twice is either of the values, as TMF630 has it.
	for i := range q.conditions {
		if c := &q.conditions[i]; c.op == "eq" && op == "eq" && slices.Equal(c.path, path) {
			c.values = append(c.values, values...)
			return nil
		}
	}
	q.conditions = append(q.conditions, condition{path, op, values})
	return nil
}

// splitValues parts values at commas and semicolons outside of quotes.
func splitValues(s string) (values []string) {
	var quote rune
	from := 0
	for i, r := range s {
		switch {
		case quote != 0:
			if r == quote {
				quote = 0
			}
		case (r == '"' || r == '\'') && strings.TrimSpace(s[from:i]) == "":
			quote = r
		case r == ',' || r == ';':
			values = append(values, unquote(s[from:i]))
			from = i + 1
		}
	}
	return append(values, unquote(s[from:]))
}

// known refuses conditions on attributes that a resource does not have.
func (q *query) known(b book, resource string) error {
	for _, c := range q.conditions {
		if !b.has(resource, c.path) {
			return wrongQuery(strings.Join(c.path, "."), "there is no such attribute")
		}
	}
	return q.fields.known(b, resource)
}

// match reports whether a document meets every condition.
func (q *query) match(doc object) bool {
	for _, c := range q.conditions {
		if !c.match(doc, c.path) {
			return false
		}
	}
	return true
}

// match looks along the path; one of a list is enough.
func (c condition) match(v any, path []string) bool {
	switch x := v.(type) {
	case []any:
		return slices.ContainsFunc(x, func(one any) bool { return c.match(one, path) })
	case object:
		return len(path) > 0 && c.match(x[path[0]], path[1:])
	}
	return len(path) == 0 && v != nil && slices.ContainsFunc(c.values, func(want string) bool { return c.holds(text(v), want, v) })
}

// holds compares one value.
func (c condition) holds(have, want string, v any) bool {
	if c.op == "eq" && (have == want || sameMAC(have, want)) {
		return true
	}
	order, comparable := compare(have, want, v)
	if !comparable {
		return false
	}
	switch c.op {
	case "gt":
		return order > 0
	case "gte":
		return order >= 0
	case "lt":
		return order < 0
	case "lte":
		return order <= 0
	}
	return order == 0
}

// sameMAC reports whether a shown MAC address is the wanted one, however that is written.
func sameMAC(have, want string) bool {
	mac, err := itms.ParseMAC(want)
	return err == nil && mac.String() == have
}

// compare orders two values: times, numbers when the stored one is a number, else texts.
func compare(have, want string, v any) (int, bool) {
	if a, ok := readTime(have); ok {
		// A plus sign of a zone that was not escaped is a space by now.
		b, ok := readTime(strings.Replace(want, " ", "+", 1))
		if !ok {
			b, ok = readTime(want)
		}
		return a.Compare(b), ok
	}
	if n, ok := v.(json.Number); ok {
		a, errA := strconv.ParseFloat(n.String(), 64)
		b, errB := strconv.ParseFloat(want, 64)
		return cmp.Compare(a, b), errA == nil && errB == nil
	}
	return strings.Compare(strings.ToLower(have), strings.ToLower(want)), true
}
