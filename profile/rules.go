package profile

import (
	"cmp"
	"errors"
	"io"
	"io/fs"
	"net/url"
	"os"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"itms"
)

// Bounds of a rule. TR-069 Amd 6 A.3.2.8 gives URL, Username and Password of a
// Download 256 characters.
const (
	maxRuleText  = 256
	maxImageSize = 1<<31 - 1 // bytes
)

// Rules says which models and firmware may be used where, and which firmware a
// device must get first. It is immutable and safe for concurrent use; nil has no
// rules.
type Rules struct{ rules []rule }

// rule is one entry: patterns that a device must fit, and the verdict then.
type rule struct {
	area, vendor, model, hardware glob
	below                         string // "" = any version
	verdict                       Verdict
}

// Verdict is what the rules say of a device.
type Verdict struct {
	Allowed  bool
	Reason   string    // for operators; never empty when not allowed
	Firmware *Firmware // to be fetched before anything else; nil = none
}

// Firmware is an image that a device must fetch: from an address, or a file of the file
// store.
type Firmware struct {
	Version  string // as the device reports it once it runs
	URL      string // http or https, without credentials in it; "" = it is a file
	Username string
	Password itms.Secret
	Size     int    // bytes; 0 = not told
	File     string // id of the file; with a Problem, id or name as the rule has it
	Problem  string // why there is no such file for the device, in words; then Version is ""
}

// FileFinder finds the file that a rule names, by its id or else its name, for a device.
// Without one the text says why there is none that the device could have.
type FileFinder func(d *itms.Device, name string) (f *itms.File, problem string)

// LoadRules reads the rules of a file; an empty path and a missing file have none.
// Errors are those of ParseRules; KindUnavailable when the file cannot be read.
func LoadRules(path string) (*Rules, error) {
	if path == "" {
		return &Rules{}, nil
	}
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return &Rules{}, nil
	}
	if err != nil {
		return nil, itms.Errorf(itms.KindUnavailable, itms.CodeConfig, "model rules: cannot read file").Because(err)
	}
	defer func() { _ = f.Close() }() // only read
	return ParseRules(path, f)
}

// ParseRules reads a document of rules; name stands for it in messages, e.g. its file
// name. All faults found are returned together as Problems, the cause of an
// *itms.Error of KindInvalid. No error quotes a password or an address.
func ParseRules(name string, in io.Reader) (*Rules, error) {
	r := &reader{file: name}
	var rules *Rules
	if top := r.document(in, "the key rules"); top != nil {
		rules = r.rules(top)
	}
	if err := r.problems.errOf("model rules"); err != nil {
		return nil, err
	}
	return rules, nil
}

// rules reads the top mapping.
func (r *reader) rules(n *yaml.Node) *Rules {
	f := r.fields(n, "model rules", "rules")
	if f["rules"] == nil {
		r.fail(n, "model rules: key \"rules\" is missing; an empty list stands for none")
	}
	out := &Rules{}
	for _, item := range r.list(f["rules"]) {
		out.rules = append(out.rules, r.rule(item))
	}
	return out
}

// rule reads one entry.
func (r *reader) rule(n *yaml.Node) rule {
	f := r.fields(n, "rule", "area", "vendor", "model", "hardware", "below", "allow", "reason", "firmware")
	q := rule{area: r.glob(f["area"], "area", false), vendor: r.glob(f["vendor"], "vendor", true),
		model: r.glob(f["model"], "model", true), hardware: r.glob(f["hardware"], "hardware", true)}
	if q.below = r.ruleText(f["below"], "below"); f["below"] != nil && len(versionNumbers(q.below)) == 0 {
		r.fail(f["below"], "below: expected a version with a number in it, such as 2.4.0")
	}
	q.verdict = Verdict{Allowed: r.flag(f["allow"], "allow", true), Reason: r.ruleText(f["reason"], "reason"),
		Firmware: r.firmware(f["firmware"])}
	if !q.verdict.Allowed && q.verdict.Reason == "" {
		q.verdict.Reason = "forbidden by the rule at " + r.where(n)
	}
	return q
}

// firmware reads the mapping of that name.
func (r *reader) firmware(n *yaml.Node) *Firmware {
	if n == nil {
		return nil
	}
	f := r.fields(n, "firmware", "version", "url", "size", "username", "password", "file")
	if f["file"] != nil {
		return r.firmwareFile(n, f)
	}
	out := &Firmware{Version: r.ruleText(f["version"], "version"), URL: r.ruleText(f["url"], "url"),
		Size: r.number(f["size"], "size", 0, maxImageSize), Username: r.ruleText(f["username"], "username"),
		Password: itms.NewSecret(r.ruleText(f["password"], "password"))}
	if out.Version == "" || out.URL == "" {
		r.fail(n, "firmware: expected the key file, or the keys version and url")
	} else if !isImageURL(out.URL) {
		r.fail(f["url"], "url: expected http://HOST/FILE or https://HOST/FILE; credentials go into username and password")
	}
	if !out.Password.IsZero() && out.Username == "" {
		r.fail(f["password"], "password: expected username beside it")
	}
	return out
}

// firmwareFile reads an image of the file store, which tells the rest itself.
func (r *reader) firmwareFile(n *yaml.Node, f map[string]*yaml.Node) *Firmware {
	out := &Firmware{File: r.ruleText(f["file"], "file")}
	if out.File == "" {
		r.fail(f["file"], "file: expected the id or the name of a file of the file store")
	}
	if len(f) > 1 {
		r.fail(n, "firmware: expected no key beside file: version and size are those of the file")
	}
	return out
}

// isImageURL reports whether an address can be given to a device.
func isImageURL(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Hostname() != "" && u.User == nil
}

// ruleText reads a text of one line.
func (r *reader) ruleText(n *yaml.Node, what string) string {
	s := r.text(n, what)
	if len(s) > maxRuleText || checkText(s) != nil {
		r.fail(n, "%s: expected a text of at most %d bytes without control characters", what, maxRuleText)
	}
	return s
}

// Judge returns the verdict of the first rule that fits the device and the area of
// its line; when none fits everything is allowed. A rule whose firmware the device
// runs already fits no longer. Rules that would send it back and forth between
// versions bring none. find is asked for the files that rules name; nil finds none.
func (r *Rules) Judge(d *itms.Device, area string, find FileFinder) Verdict {
	if r == nil {
		return Verdict{Allowed: true}
	}
	if d == nil {
		d = &itms.Device{}
	}
	v := r.first(d, area, find)
	if v.Firmware != nil && r.circles(*d, area, find) {
		v.Firmware = nil
	}
	return v
}

// first returns the verdict of the first rule that fits. Its firmware is a copy: no
// caller may change the rules.
func (r *Rules) first(d *itms.Device, area string, find FileFinder) Verdict {
	for i := range r.rules {
		q := &r.rules[i]
		if !q.fits(d, area) {
			continue
		}
		v := q.verdict
		if v.Firmware != nil {
			image := v.Firmware.found(d, find)
			v.Firmware = &image
		}
		if v.Firmware == nil || v.Firmware.Problem != "" || v.Firmware.Version != d.Software {
			return v
		}
	}
	return Verdict{Allowed: true}
}

// found is the firmware with what its file tells.
func (f Firmware) found(d *itms.Device, find FileFinder) Firmware {
	if f.File == "" {
		return f
	}
	if find == nil {
		f.Problem = "there is no file store to look into"
		return f
	}
	file, problem := find(d, f.File)
	if file == nil {
		f.Problem = problem
		return f
	}
	f.File, f.Version = string(file.ID), file.Version
	return f
}

// circles reports whether the device would come back to its version by fetching what
// the rules ask for, one after the other.
func (r *Rules) circles(d itms.Device, area string, find FileFinder) bool {
	home := d.Software
	for range r.rules { // a circle has at most one step for each rule
		v := r.first(&d, area, find)
		if v.Firmware == nil || v.Firmware.Problem != "" {
			return false
		}
		if d.Software = v.Firmware.Version; d.Software == home {
			return true
		}
	}
	return false
}

// fits reports whether the rule is about the device.
func (q *rule) fits(d *itms.Device, area string) bool {
	return q.area.fits(area) && q.vendor.fits(strings.ToLower(d.Manufacturer)) &&
		q.model.fits(strings.ToLower(cmp.Or(d.Model, d.ID.ProductClass))) &&
		q.hardware.fits(strings.ToLower(d.Hardware)) && (q.below == "" || isOlder(d.Software, q.below))
}

// isOlder reports whether a version is known to be older than another.
func isOlder(version, than string) bool {
	return len(versionNumbers(version)) > 0 && compareVersions(version, than) < 0
}

// compareVersions orders versions by their numbers, from left to right: 2.10 is
// newer than 2.9, V2.4 the same as 2.4.0. What stands between the numbers differs
// from maker to maker and tells no order.
func compareVersions(a, b string) int {
	as, bs := versionNumbers(a), versionNumbers(b)
	for i := range max(len(as), len(bs)) {
		if c := compareNumbers(numberAt(as, i), numberAt(bs, i)); c != 0 {
			return c
		}
	}
	return 0
}

// versionNumbers returns the runs of digits, without leading zeros: "" is zero.
func versionNumbers(version string) []string {
	out := strings.FieldsFunc(version, func(c rune) bool { return c < '0' || c > '9' })
	for i := range out {
		out[i] = strings.TrimLeft(out[i], "0")
	}
	return out
}

// numberAt returns a number of a version, zero past its end.
func numberAt(numbers []string, i int) string {
	if i < len(numbers) {
		return numbers[i]
	}
	return ""
}

// compareNumbers compares numbers of any length, which dates and builds have.
func compareNumbers(a, b string) int {
	return cmp.Or(cmp.Compare(len(a), len(b)), strings.Compare(a, b))
}

// glob is a pattern in which * stands for any text and ? for one character; nil fits
// everything.
type glob []rune

// glob reads a pattern; one that is blind to case is to be asked in lower case.
func (r *reader) glob(n *yaml.Node, what string, blind bool) glob {
	if n == nil {
		return nil
	}
	s := r.ruleText(n, what)
	if s == "" {
		r.fail(n, "%s: expected a pattern such as EX-*", what)
	}
	if blind {
		s = strings.ToLower(s)
	}
	return glob(s)
}

// fits reports whether the whole text fits. It goes back to the last star only, which
// is enough: its work is bounded by the product of the lengths.
func (g glob) fits(text string) bool {
	if g == nil {
		return true
	}
	s, i, p, star, mark := []rune(text), 0, 0, -1, 0
	for i < len(s) {
		switch {
		case p < len(g) && g[p] == '*':
			star, mark = p, i
			p++
		case p < len(g) && (g[p] == '?' || g[p] == s[i]):
			p, i = p+1, i+1
		case star >= 0:
			mark++
			p, i = star+1, mark
		default:
			return false
		}
	}
	return !slices.ContainsFunc(g[p:], func(c rune) bool { return c != '*' })
}
