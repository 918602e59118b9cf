package profile

import (
	"bytes"
	"embed"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"itms"
)

// builtin holds the profiles that come with the program.
//
//go:embed builtin/*.yaml
var builtin embed.FS

// extension of a profile document.
const extension = ".yaml"

// Builtin returns the embedded profiles.
func Builtin() (*Set, error) { return Load("") }

// Load returns the embedded profiles overlaid by the documents dir/*.yaml: a file
// replaces the built-in profile of the same file name, any other adds one. Each
// profile must bear the name of its file. An empty or missing dir gives the
// built-in ones. Wrong documents are reported all together as Problems, the cause
// of an *itms.Error of KindInvalid; a directory that cannot be read is
// KindUnavailable.
func Load(dir string) (*Set, error) { return LoadOver(dir, nil) }

// LoadOver is Load with documents from a store over those of the directory, by the name
// of the profile.
func LoadOver(dir string, stored map[string]string) (*Set, error) {
	files, err := baseDocuments(dir)
	if err != nil {
		return nil, err
	}
	for name, text := range stored {
		files[name+extension] = source{label: "store:" + name, content: []byte(text), stored: true}
	}
	return compile(files)
}

// baseDocuments returns the embedded documents overlaid by those of a directory.
func baseDocuments(dir string) (map[string]source, error) {
	sub, err := fs.Sub(builtin, "builtin")
	if err != nil {
		return nil, itms.Errorf(itms.KindInternal, itms.CodeInternal, "embedded profiles").Because(err)
	}
	files, err := documents(sub, "builtin:")
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(dir); dir == "" || errors.Is(err, fs.ErrNotExist) {
		return files, nil
	}
	own, err := documents(os.DirFS(dir), dir+string(filepath.Separator))
	if err != nil {
		return nil, err
	}
	maps.Copy(files, own)
	return files, nil
}

// source is one document before it is read.
type source struct {
	label   string // for messages
	content []byte
	builtin bool
	stored  bool
}

// documents returns the profile documents of a directory by file name. Hidden
// files are passed over: editors and Kubernetes leave such beside the real ones.
func documents(dir fs.FS, prefix string) (map[string]source, error) {
	entries, err := fs.ReadDir(dir, ".")
	if err != nil {
		return nil, itms.Errorf(itms.KindUnavailable, itms.CodeConfig, "profiles: cannot read directory").Because(err)
	}
	out := map[string]source{}
	for _, e := range entries {
		if e.IsDir() || strings.HasPrefix(e.Name(), ".") {
			continue
		}
		if filepath.Ext(e.Name()) == ".yml" {
			return nil, Problems{{File: prefix + e.Name(), Text: "would be passed over: expected a file name ending in .yaml"}}.err()
		}
		if filepath.Ext(e.Name()) != extension {
			continue
		}
		content, err := fs.ReadFile(dir, e.Name())
		if err != nil {
			return nil, itms.Errorf(itms.KindUnavailable, itms.CodeConfig, "profiles: cannot read file").Because(err)
		}
		out[e.Name()] = source{label: prefix + e.Name(), content: content, builtin: prefix == "builtin:"}
	}
	return out, nil
}

// compile reads all documents and gathers their faults.
func compile(files map[string]source) (*Set, error) {
	var profiles []*Profile
	var problems Problems
	for _, name := range slices.Sorted(maps.Keys(files)) {
		file := files[name]
		p, err := Parse(file.label, bytes.NewReader(file.content))
		var found Problems
		if errors.As(err, &found) {
			problems = append(problems, found...)
			continue
		}
		if p.Name+extension != name {
			problems = append(problems, Problem{File: file.label, Line: 1, Column: 1,
				Text: "name: expected " + strings.TrimSuffix(name, extension) + ", the name of the file, not " + p.Name})
			continue
		}
		p.Builtin, p.Stored, p.Source, p.Text = file.builtin, file.stored, file.label, string(file.content)
		profiles = append(profiles, p)
	}
	if err := problems.err(); err != nil {
		return nil, err
	}
	return newSet(profiles), nil
}
