package cwmp

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"testing"

	"github.com/beevik/etree"
)

var update = flag.Bool("update", false, "write the golden files anew")

const goldenDir = "../testdata/cwmp"

// goldenTime is 2026-03-05T11:54:14Z, written as in the golden files.
var goldenTime = ParseDateTime("2026-03-05T11:54:14Z")

// readGolden returns a golden file as it is and as the writer would write it:
// the files are indented for people.
func readGolden(t testing.TB, name string) (indented, compact []byte) {
	t.Helper()
	indented, err := os.ReadFile(filepath.Join(goldenDir, name+".xml"))
	if err != nil {
		t.Fatal(err)
	}
	return indented, regexp.MustCompile(`>\s+<`).ReplaceAll(bytes.TrimSpace(indented), []byte("><"))
}

// checkGolden checks that the golden file of a message reads as want, and that
// want is written as the golden file.
func checkGolden(t *testing.T, want Message) {
	t.Helper()
	name := want.Method()
	t.Run(name, func(t *testing.T) {
		env := &Envelope{ID: "1042", Version: Version12, Message: want}
		if *update {
			writeGolden(t, name, env.Encode())
		}
		indented, compact := readGolden(t, name)
		if got := env.Encode(); !bytes.Equal(got, compact) {
			t.Errorf("written:\n%s\nwant:\n%s", got, compact)
		}
		for _, body := range [][]byte{indented, compact} {
			got, err := Decode(body, `text/xml; charset="utf-8"`)
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(got, env) {
				t.Errorf("read:\n%#v\nwant:\n%#v", got.Message, want)
			}
		}
		checkTolerance(t, indented, want)
	})
}

func writeGolden(t *testing.T, name string, body []byte) {
	t.Helper()
	doc := etree.NewDocument()
	doc.WriteSettings.CanonicalEndTags = true
	doc.WriteSettings.CanonicalText = true
	if err := doc.ReadFromBytes(body); err != nil {
		t.Fatal(err)
	}
	doc.Indent(2)
	if err := doc.WriteToFile(filepath.Join(goldenDir, name+".xml")); err != nil {
		t.Fatal(err)
	}
}

// checkTolerance reads the message in the spellings that CPEs vary most:
// without namespaces, with false counts, in a foreign charset, cut after its
// body.
func checkTolerance(t *testing.T, golden []byte, want Message) {
	t.Helper()
	replace := func(pattern, with string) []byte {
		return regexp.MustCompile(pattern).ReplaceAll(golden, []byte(with))
	}
	for name, body := range map[string][]byte{
		"no namespaces":    replace(` xmlns:[a-z-]+="[^"]*"`, ""),
		"no prefixes":      replace(`(</?)[a-z-]+:`, "$1"),
		"other prefixes":   replace(`(</?)cwmp:`, "${1}ns1:"),
		"false counts":     replace(`\[\d+\]"`, `[04]"`),
		"no array types":   replace(` soap-enc:arrayType="[^"]*"`, ""),
		"declaration":      append([]byte("\xef\xbb\xbf<?xml version='1.0' encoding='utf-8'?>\n<!-- x -->"), golden...),
		"trailing NULs":    append(bytes.Clone(golden), 0, 0, '\n'),
		"no last end tags": golden[:bytes.LastIndex(golden, []byte("</soap-env:Body"))],
		"carriage returns": replace("\n", "\r\n"),
	} {
		got, err := Decode(body, "")
		if err != nil {
			t.Errorf("%s: %v", name, err)
		} else if !reflect.DeepEqual(got.Message, want) {
			t.Errorf("%s: read\n%#v\nwant\n%#v", name, got.Message, want)
		}
	}
}

// fuzzGolden fuzzes from golden files: nothing may panic, and whatever can be
// read must survive being written and read again.
func fuzzGolden(f *testing.F, names ...string) {
	for _, name := range names {
		indented, compact := readGolden(f, name)
		f.Add(indented)
		f.Add(compact)
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		env, err := Decode(body, "")
		if env == nil {
			t.Fatal("no envelope")
		}
		if err != nil {
			if env.Message != nil {
				t.Fatalf("a message beside the error %v", err)
			}
			return
		}
		again, err := Decode(env.Encode(), "")
		if err != nil {
			t.Fatalf("what was written cannot be read: %v\n%s", err, env.Encode())
		}
		if env.Message == nil && again.Message == nil && again.ID == env.ID {
			return
		}
		if env.Version == VersionUnknown {
			env.Version = Version10 // as which it is written
		}
		if !reflect.DeepEqual(again, env) {
			t.Fatalf("read again:\n%#v\nwant:\n%#v\n%s", again, env, env.Encode())
		}
	})
}
