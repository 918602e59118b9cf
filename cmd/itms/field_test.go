package main

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// issuedCode is where an answer tells an activation code.
var issuedCode = regexp.MustCompile(`"activationCode": ?"([0-9]{4}-[0-9]{4}-[0-9]{3})"`)

// cmdActivation sets $CODE, or the variable that is named, to the activation code
// that the last command printed. Negated, none may have been printed.
func cmdActivation(ts *testscript.TestScript, neg bool, args []string) {
	name := "CODE"
	if len(args) > 0 {
		name = args[0]
	}
	switch found := issuedCode.FindStringSubmatch(ts.ReadFile("stdout")); {
	case neg != (found == nil):
		ts.Fatalf("an activation code was told: %v", found != nil)
	case !neg:
		ts.Setenv(name, found[1])
	}
}

// taskID finds the id of the first task that was printed.
var taskID = regexp.MustCompile(`"id": ?"([0-9A-Z]{26})"`)

// cmdTaskID takes it.
func cmdTaskID(ts *testscript.TestScript, neg bool, args []string) {
	found := taskID.FindStringSubmatch(ts.ReadFile("stdout"))
	if neg || len(args) > 0 || found == nil {
		ts.Fatalf("usage: taskid, after a task was printed")
	}
	ts.Setenv("TASK", found[1])
}

// startedTrace is where an answer tells a recording.
var startedTrace = regexp.MustCompile(`Location: /api/v1/traces/(\S+)`)

// cmdRecording sets $TRACE to the recording that the last call started.
func cmdRecording(ts *testscript.TestScript, _ bool, _ []string) {
	found := startedTrace.FindStringSubmatch(ts.ReadFile("stdout"))
	if found == nil {
		ts.Fatalf("no recording was started")
	}
	ts.Setenv("TRACE", found[1])
}

// shownCode is how an activation code is shown.
var shownCode = regexp.MustCompile(`^[0-9]{4}-[0-9]{4}-[0-9]{3}$`)

// spellings lists how a secret may have been written: an activation code also
// without its dashes.
func spellings(secret string) []string {
	if shownCode.MatchString(secret) {
		return []string{secret, strings.ReplaceAll(secret, "-", "")}
	}
	return []string{secret}
}

// cmdUntil asks the REST API until the answer matches.
func cmdUntil(ts *testscript.TestScript, _ bool, args []string) {
	want := regexp.MustCompile(`(?s)` + args[1])
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	answer := ""
	for end := time.Now().Add(time.Minute); time.Now().Before(end); <-tick.C {
		req, err := http.NewRequest(http.MethodGet, ts.Getenv("WEB")+args[0], nil)
		ts.Check(err)
		req.Header.Set("Authorization", "Bearer "+ts.Getenv("TOKEN"))
		resp, err := http.DefaultClient.Do(req)
		ts.Check(err)
		body, err := io.ReadAll(resp.Body)
		ts.Check(errors.Join(err, resp.Body.Close()))
		if answer = string(body); want.MatchString(answer) {
			return
		}
	}
	ts.Fatalf("%s never matched %s:\n%s", args[0], args[1], answer)
}

// cmdFiles serves a folder on a loopback port and sets $FILES to its address. It
// plays the operator's file server, or a source of line evidence that answers JSON.
func cmdFiles(ts *testscript.TestScript, _ bool, args []string) {
	server := httptest.NewServer(http.FileServer(http.Dir(ts.MkAbs(args[0]))))
	ts.Defer(server.Close)
	ts.Setenv("FILES", server.URL)
}

// cmdExpand replaces the variables in files by their values.
func cmdExpand(ts *testscript.TestScript, _ bool, args []string) {
	for _, name := range args {
		text := os.Expand(ts.ReadFile(name), ts.Getenv)
		ts.Check(os.WriteFile(ts.MkAbs(name), []byte(text), 0o600))
	}
}

// mediaType is what a file is posted as.
func mediaType(name string) string {
	switch filepath.Ext(name) {
	case ".csv":
		return "text/csv"
	case ".bin":
		return "application/octet-stream"
	}
	return "application/json"
}
