package itms_test

import (
	"encoding/json"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// arrows says which packages of this module each room may import. The longest
// prefix that fits a package is its room. "*" is all.
var arrows = map[string][]string{
	"itms":                   {},
	"itms/internal":          {"itms/internal"},
	"itms/cwmp":              {},
	"itms/acs":               {"itms", "itms/cwmp", "itms/internal"},
	"itms/workorder":         {"itms"},
	"itms/profile":           {"itms"},
	"itms/docsis":            {"itms", "itms/dhcp", "itms/tftp", "itms/docsis"},
	"itms/docsis/configfile": {},
	"itms/dhcp":              {"itms", "itms/internal"},
	"itms/tftp":              {},
	"itms/tod":               {},
	"itms/radius":            {"itms", "itms/internal"},
	"itms/people":            {"itms"},
	"itms/audit":             {"itms"},
	"itms/web":               {"itms", "itms/internal", "itms/web"},
	"itms/web/ui":            {},
	"itms/store":             {"itms", "itms/store/internal", "itms/store/storetest"},
	"itms/cmd":               {"*"},
	"itms/cmd/cpesim":        {"itms", "itms/cwmp", "itms/internal", "itms/cmd/cpesim", "itms/tftp", "itms/tod", "itms/docsis/configfile"},
}

// owners says which packages alone may import a library.
var owners = map[string][]string{
	"go.etcd.io/bbolt":                                        {"itms/store/boltdb"},
	"github.com/jackc/pgx":                                    {"itms/store/postgres"},
	"github.com/pressly/goose":                                {"itms/store/postgres"},
	"github.com/beevik/etree":                                 {"itms/cwmp"},
	"github.com/danielgtaylor/huma":                           {"itms/web"},
	"github.com/alecthomas/kong":                              {"itms/internal/command"},
	"github.com/expr-lang/expr":                               {"itms/profile", "itms/docsis"},
	"github.com/boombuler/barcode":                            {"itms/internal/label"},
	"github.com/pion/stun":                                    {"itms/internal/stun"},
	"github.com/coreos/go-oidc":                               {"itms/people/oidc"},
	"layeh.com/radius":                                        {"itms/radius"},
	"golang.org/x/oauth2":                                     {"itms/people/oidc"},
	"golang.org/x/crypto/argon2":                              {"itms/people"},
	"github.com/rs/zerolog/log":                               {"nobody"}, // the global logger
	"github.com/prometheus/client_golang/prometheus/promauto": {"nobody"},
}

type goPackage struct {
	ImportPath string
	Imports    []string
	Doc        string
	Name       string
}

// packages lists the module as "go list" sees it.
func packages(t *testing.T) []goPackage {
	t.Helper()
	out, err := exec.Command("go", "list", "-json=ImportPath,Imports,Doc,Name", "./...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var all []goPackage
	for dec := json.NewDecoder(strings.NewReader(string(out))); dec.More(); {
		var p goPackage
		if err := dec.Decode(&p); err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
	if len(all) < 8 {
		t.Fatalf("go list found %d packages only", len(all))
	}
	return all
}

// within reports whether path is the package prefix or lies below it.
func within(path, prefix string) bool {
	return path == prefix || strings.HasPrefix(path, prefix+"/")
}

// room returns the longest key of arrows that path lies in.
func room(path string) string {
	best := ""
	for r := range arrows {
		if (path == r || r != "itms" && within(path, r)) && len(r) > len(best) {
			best = r
		}
	}
	return best
}

// allowed reports whether a package of the room may import a path of this module.
func allowed(from, room, path string) bool {
	if within(path, room) && room != "itms" {
		return true // rooms within one house door
	}
	return slices.ContainsFunc(arrows[room], func(to string) bool {
		return to == "*" || path == to || to != "itms" && within(path, to)
	})
}

func TestArrows(t *testing.T) {
	for _, p := range packages(t) {
		r := room(p.ImportPath)
		if r == "" {
			t.Errorf("%s lies in no room: give it one in arrows and in docs/ARCHITECTURE.md", p.ImportPath)
			continue
		}
		for _, imp := range p.Imports {
			if within(imp, "itms") && !allowed(p.ImportPath, r, imp) {
				t.Errorf("%s must not import %s (room %s)", p.ImportPath, imp, r)
			}
		}
	}
}

func TestLibrariesHaveOneOwner(t *testing.T) {
	for _, p := range packages(t) {
		for _, imp := range p.Imports {
			for lib, owners := range owners {
				if within(imp, lib) && !slices.ContainsFunc(owners, func(o string) bool { return within(p.ImportPath, o) }) {
					t.Errorf("%s imports %s, which belongs to %v", p.ImportPath, imp, owners)
				}
			}
		}
	}
}

func TestRootImportsStandardLibraryOnly(t *testing.T) {
	for _, p := range packages(t) {
		if p.ImportPath != "itms" {
			continue
		}
		for _, imp := range p.Imports {
			if strings.Contains(strings.Split(imp, "/")[0], ".") {
				t.Errorf("the vocabulary imports %s", imp)
			}
		}
	}
}

func TestEveryPackageHasOneComment(t *testing.T) {
	for _, p := range packages(t) {
		if p.Doc == "" {
			t.Errorf("%s has no package comment", p.ImportPath)
		}
		if p.Name != "main" && !strings.HasPrefix(p.Doc, "Package "+p.Name) {
			t.Errorf("%s: the comment should begin with %q", p.ImportPath, "Package "+p.Name)
		}
	}
}
