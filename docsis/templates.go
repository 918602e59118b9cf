package docsis

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"text/template"

	"itms"
	"itms/docsis/configfile"
)

//go:embed builtin/*.cfg
var builtin embed.FS

// templateExt ends the names of template files.
const templateExt = ".cfg"

// maxTemplate bounds the text of one template; the largest in the field, with dial plans,
// have some 100 kB.
const maxTemplate = 1 << 20

// Templates are named texts in the language of configuration files, with the actions of
// text/template. They are safe for concurrent use once loaded.
type Templates struct {
	byName map[string]*Template
	dir    string // where texts find the files that they name; "" = nowhere
}

// Template is one of them.
type Template struct {
	Name    string
	BuiltIn bool
	Text    string
	parsed  *template.Template
	files   string // directory of the files that it names
	memo    *memo  // nil = what it makes is of one device alone
}

// LoadTemplates returns the built-in templates, and those of a directory (NAME.cfg), which
// replace built-in ones of the same name. A directory that is not there has none. The files
// that texts name (certificates, digit maps) are looked for in it. Errors name file and
// line.
func LoadTemplates(dir string) (*Templates, error) {
	t := &Templates{byName: map[string]*Template{}, dir: dir}
	inside, err := fs.Sub(builtin, "builtin")
	if err != nil {
		return nil, itms.Errorf(itms.KindInternal, itms.CodeInternal, "built-in templates").Because(err)
	}
	if err := t.load(inside, "built-in ", true); err != nil {
		return nil, err
	}
	if dir == "" {
		return t, nil
	}
	if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
		return t, nil
	}
	return t, t.load(os.DirFS(dir), dir+"/", false)
}

// load reads the templates of one directory; every mistake is told.
func (t *Templates) load(dir fs.FS, where string, builtIn bool) error {
	files, err := fs.Glob(dir, "*"+templateExt)
	if err != nil {
		return err
	}
	var errs []error
	for _, file := range files {
		text, err := fs.ReadFile(dir, file)
		if err != nil {
			errs = append(errs, fmt.Errorf("template %s%s: %w", where, file, err))
			continue
		}
		name := strings.TrimSuffix(path.Base(file), templateExt)
		parsed, err := ParseTemplate(name, string(text))
		if err != nil {
			errs = append(errs, fmt.Errorf("%s%s: %w", where, file, err))
			continue
		}
		parsed.BuiltIn, parsed.files = builtIn, t.dir
		t.byName[name] = parsed
	}
	return errors.Join(errs...)
}

// ParseTemplate reads a template. Errors are KindInvalid and name the line.
func ParseTemplate(name, text string) (*Template, error) {
	if len(text) > maxTemplate {
		return nil, itms.Invalid("/text", "is longer than %d bytes", maxTemplate)
	}
	parsed, err := template.New(name).Funcs(functions).Option("missingkey=zero").Parse(text)
	if err != nil {
		return nil, itms.Invalid("/text", "%s", err)
	}
	return &Template{Name: name, Text: text, parsed: parsed, memo: newMemo(parsed.Tree)}, nil
}

// Get returns a template, nil when there is none of that name.
func (t *Templates) Get(name string) *Template { return t.byName[name] }

// All returns the templates by name.
func (t *Templates) All() []*Template {
	var list []*Template
	for _, tpl := range t.byName {
		list = append(list, tpl)
	}
	slices.SortFunc(list, func(a, b *Template) int { return strings.Compare(a.Name, b.Name) })
	return list
}

// check says that a class has a template that is not there.
func (t *Templates) check(class *Class) error {
	if class.Template == "" || t.Get(class.Template) != nil {
		return nil
	}
	return itms.Invalid("/dhcp/classes/"+class.Name+"/template", "there is no template %q", class.Template)
}

// text fills in a template.
func (t *Template) text(to *bytes.Buffer, v *Values) error {
	if err := t.parsed.Execute(to, v); err != nil {
		return itms.Invalid("/text", "%s", err)
	}
	return nil
}

// body fills in a template and encodes the text, or finds what it made of the same terms
// before. The result is valid until mem is used again. Errors are KindInvalid.
func (t *Template) body(mem *scratch, v *Values, mta bool) (configfile.Body, error) {
	if t.memo == nil {
		return t.encode(mem, v, mta)
	}
	mem.key = t.memo.key(strconv.AppendBool(mem.key[:0], mta), v)
	if body, ok := t.memo.get(mem.key); ok {
		return body, nil
	}
	body, err := t.encode(mem, v, mta)
	if err == nil {
		t.memo.put(mem.key, body)
	}
	return body, err
}

// encode fills in a template and encodes the text.
func (t *Template) encode(mem *scratch, v *Values, mta bool) (configfile.Body, error) {
	mem.text.Reset()
	if err := t.text(&mem.text, v); err != nil {
		return nil, err
	}
	body, err := configfile.AppendEncode(mem.body[:0], mem.text.Bytes(), &configfile.TextOptions{MTA: mta, ReadFile: t.readFile})
	if err != nil {
		return nil, itms.Invalid("/text", "template %s: %s", t.Name, err)
	}
	mem.body = body
	return body, nil
}

// maxNamed bounds a file that a text names; certificate chains have a few kilobytes.
const maxNamed = 64 << 10

// readFile reads a file that a text names, in the directory of the templates and nowhere
// else.
func (t *Template) readFile(name string) ([]byte, error) {
	if t.files == "" {
		return nil, errors.New("there is no directory of templates")
	}
	root, err := os.OpenRoot(t.files)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	f, err := root.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxNamed+1))
	if err == nil && len(data) > maxNamed {
		err = fmt.Errorf("is larger than %d bytes", maxNamed)
	}
	return data, err
}

// scratch is memory to render in.
type scratch struct {
	text bytes.Buffer
	body []byte
	key  []byte
}

// functions are what templates may call beside those of text/template.
var functions = template.FuncMap{
	"first": firstOf, "mul": multiply, "burst": burst, "hex": hexOf,
	"lower": strings.ToLower, "upper": strings.ToUpper, "quote": quote,
}

// firstOf returns the first argument that says something: not nil, "" or 0.
func firstOf(args ...any) (any, error) {
	for _, a := range args {
		if v := reflect.ValueOf(a); v.IsValid() && !v.IsZero() {
			return a, nil
		}
	}
	return nil, errors.New("none of the values is there")
}

// numberOf reads a whole number that came as a number or as text.
func numberOf(v any) (int64, error) {
	switch n := v.(type) {
	case int:
		return int64(n), nil
	case int64:
		return n, nil
	case float64:
		if n == math.Trunc(n) && math.Abs(n) < 1<<53 {
			return int64(n), nil
		}
	case string:
		if i, err := strconv.ParseInt(n, 10, 64); err == nil {
			return i, nil
		}
	}
	return 0, fmt.Errorf("%v is no whole number", v)
}

// maxNumber is the largest number that a TLV holds.
const maxNumber = math.MaxUint32

// multiply multiplies two whole numbers, at most maxNumber.
func multiply(a, b any) (int64, error) {
	x, err := numberOf(a)
	if err != nil {
		return 0, err
	}
	y, err := numberOf(b)
	if err != nil {
		return 0, err
	}
	if x < 0 || y < 0 || y > 0 && x > maxNumber/y {
		return 0, fmt.Errorf("%d times %d does not fit into 32 bits", x, y)
	}
	return x * y, nil
}

// Bounds of the burst that follows from a rate: a file of one kilobyte must fit, and the
// largest that modems of DOCSIS 1.1 take.
const (
	minBurst = 3044
	maxBurst = 1 << 24
)

// burst is what may be sent at once at a rate in kbit/s: the bytes of an eighth of a
// second.
func burst(kbps any) (int64, error) {
	n, err := multiply(kbps, 1000/8/8)
	return min(max(n, minBurst), maxBurst), err
}

// hexOf writes the bytes of a text as 0x and hex digits.
func hexOf(s string) string { return fmt.Sprintf("0x%x", s) }

// quote writes a text as the language wants it: within quotation marks.
func quote(s string) (string, error) {
	if strings.ContainsAny(s, "\n\t\r\x00") {
		return "", errors.New("a text of the language holds neither line ends nor tabs")
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`, nil
}
