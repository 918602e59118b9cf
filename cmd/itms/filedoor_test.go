package main

import (
	"encoding/json"
	"net/http"

	"github.com/rogpeppe/go-internal/testscript"
)

// cmdFileID sets a variable to the id of the newest file of a kind.
func cmdFileID(ts *testscript.TestScript, _ bool, args []string) {
	req, err := http.NewRequest(http.MethodGet, ts.Getenv("WEB")+filesPath+"?limit=1&kind="+args[0], nil)
	ts.Check(err)
	req.Header.Set("Authorization", "Bearer "+ts.Getenv("TOKEN"))
	resp, err := http.DefaultClient.Do(req)
	ts.Check(err)
	defer resp.Body.Close()
	var page struct{ Items []struct{ ID string } }
	ts.Check(json.NewDecoder(resp.Body).Decode(&page))
	if len(page.Items) == 0 {
		ts.Fatalf("no file of kind %s", args[0])
	}
	ts.Setenv(args[1], page.Items[0].ID)
}
