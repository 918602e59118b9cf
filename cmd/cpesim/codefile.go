package main

import (
	"os"
	"strings"
	"sync"

	"itms/cmd/cpesim/sim"
)

// codeFile is a technician who types what a file says, as soon as it is there.
type codeFile struct {
	paths map[*sim.CPE]string

	mu   sync.Mutex // guards last
	last map[*sim.CPE]string
}

// assign gives the first box of a fleet the file itself and the others one with
// their MAC appended, as with state files. It is called before the boxes run.
func (f *codeFile) assign(path string, boxes []*sim.CPE) {
	f.paths, f.last = make(map[*sim.CPE]string), make(map[*sim.CPE]string)
	for n, cpe := range boxes {
		f.paths[cpe] = path
		if n > 0 {
			f.paths[cpe] += "." + strings.ReplaceAll(cpe.Identity().MAC, ":", "")
		}
	}
}

// typed reads the file. What was typed is not typed again until the file has been
// written again: a wrong code must not use up all tries.
func (f *codeFile) typed(cpe *sim.CPE, _ sim.Page) (sim.Typed, bool) {
	info, err := os.Stat(f.paths[cpe])
	if err != nil {
		return sim.Typed{}, false // not there yet
	}
	text, err := os.ReadFile(f.paths[cpe])
	if err != nil {
		return sim.Typed{}, false
	}
	typed, ok := parseTyped(string(text))
	return typed, ok && f.fresh(cpe, info.ModTime().String()+"\n"+string(text))
}

// fresh notes a version of the file and tells whether it is a new one.
func (f *codeFile) fresh(cpe *sim.CPE, version string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	before := f.last[cpe]
	f.last[cpe] = version
	return before != version
}

// parseTyped reads a code in the first line, or a LOID when its password follows
// in the second. A file that is still empty holds nothing.
func parseTyped(text string) (sim.Typed, bool) {
	first, rest, _ := strings.Cut(text, "\n")
	second, _, _ := strings.Cut(rest, "\n")
	first, second = strings.TrimSpace(first), strings.TrimSpace(second)
	if second != "" {
		return sim.Typed{LOID: first, Password: second}, first != ""
	}
	return sim.Typed{Code: first}, first != ""
}
