package main

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// sessionPrefix tells a session's cookie in $TOKEN from a token.
const sessionPrefix = "itms_session="

// identify makes a request that of a token, or of a session.
func identify(req *http.Request, token string) {
	if strings.HasPrefix(token, sessionPrefix) {
		req.Header.Set("Cookie", token)
		return
	}
	req.Header.Set("Authorization", "Bearer "+token)
}

// cmdSignIn signs in over the REST API.
func cmdSignIn(ts *testscript.TestScript, neg bool, args []string) {
	body, err := json.Marshal(map[string]string{"name": args[0], "password": args[1]})
	ts.Check(err)
	resp, err := http.Post(ts.Getenv("WEB")+"/api/v1/sign-in", "application/json", strings.NewReader(string(body)))
	ts.Check(err)
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	ts.Check(err)
	if failed := resp.StatusCode >= 300; failed != neg {
		ts.Fatalf("sign in as %s: %s\n%s", args[0], resp.Status, answer)
	}
	for _, c := range resp.Cookies() {
		if strings.HasPrefix(sessionPrefix, c.Name) {
			ts.Setenv("TOKEN", c.Name+"="+c.Value)
		}
	}
}
