package tmf

import (
	"encoding/json"
	"maps"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"itms"
	"itms/web/api"
	"itms/web/api/frozen"
)

// TestErrorsAreTheStandards: whoever is refused, and why, the answer is the standard's
// error.
func TestErrorsAreTheStandards(t *testing.T) {
	w := newWorld(t)
	w.token(t, "reader", nil)
	if err := w.store.Update(t.Context(), func(tx itms.Tx) error {
		return tx.Tokens().Put(&itms.Token{Hash: api.HashToken("itms_reader"), Name: "reader", Role: itms.RoleReadOnly})
	}); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		as, method, path, body string
		status                 int
	}{
		{"", "GET", "/serviceOrder", "", 401},
		{"reader", "POST", "/serviceOrder", "{}", 403},
		{"legacy", "GET", "/serviceOrder/none", "", 404},
		{"legacy", "GET", "/nothing", "", 404},
		{"legacy", "DELETE", "/serviceOrder", "", 405},
		{"legacy", "POST", "/serviceOrder", `{"description":"` + strings.Repeat("x", maxBody) + `"}`, 413},
		{"legacy", "POST", "/serviceOrder", strings.Repeat(`{"a":`, 30) + "1" + strings.Repeat("}", 30), 400},
		{"legacy", "POST", "/serviceOrder", `[]`, 400},
		{"legacy", "POST", "/serviceOrder", `{} {}`, 400},
		{"legacy", "POST", "/hub", `{"callback":"ftp://example.com"}`, 400},
		{"legacy", "GET", "/hub/none", "", 404},
	} {
		a := w.call(t, c.as, c.method, OrderingBase+c.path, c.body)
		doc := a.object(t)
		if a.status != c.status || doc["@type"] != "Error" || doc["code"] == nil || doc["reason"] == nil {
			t.Errorf("%s %s as %q: %d %v, want %d", c.method, c.path, c.as, a.status, doc, c.status)
		}
	}
}

// TestOtherMediaTypesAreRefused: a document is JSON.
func TestOtherMediaTypesAreRefused(t *testing.T) {
	w := newWorld(t)
	for media, want := range map[string]int{"text/xml": 415, "application/merge-patch+json": 400, "application/json; charset=utf-8": 400} {
		req, err := http.NewRequestWithContext(t.Context(), "POST", w.server.URL+OrderingBase+"/serviceOrder", strings.NewReader("{}"))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+w.tokens["legacy"])
		req.Header.Set("Content-Type", media)
		resp, err := w.server.Client().Do(req)
		if err != nil {
			t.Fatal(err)
		}
		if err := resp.Body.Close(); err != nil || resp.StatusCode != want {
			t.Errorf("%s: %d %v, want %d", media, resp.StatusCode, err, want)
		}
	}
}

// TestAreasOfCallers: who is of some areas orders within them, and sees nothing else.
func TestAreasOfCallers(t *testing.T) {
	w := newWorld(t)
	w.token(t, "north", itms.Areas{"51"})
	order := func(as, number, area string) answer {
		return w.call(t, as, "POST", OrderingBase+"/serviceOrder", `{"externalId":"`+number+`","serviceOrderItem":[{"id":"1","action":"add","service":{"id":"`+number+
			`","serviceType":"internet","subscriberId":"U1","area":"`+area+`","mac":"00005E00530`+number+`"}}]}`)
	}
	if a := order("north", "1", "510100"); a.status != 201 {
		t.Errorf("an order within the areas: %d %s", a.status, a.body)
	}
	if a := order("north", "2", "610100"); a.status != 403 {
		t.Errorf("an order outside of the areas: %d %s", a.status, a.body)
	}
	id := text(order("legacy", "3", "610100").object(t)["id"])
	for _, path := range []string{"/serviceOrder/" + id} {
		for _, method := range []string{"GET", "DELETE"} {
			if a := w.call(t, "north", method, OrderingBase+path, ""); a.status != 404 {
				t.Errorf("%s of an order elsewhere: %d", method, a.status)
			}
		}
	}
	if a := w.call(t, "north", "POST", OrderingBase+"/cancelServiceOrder", `{"serviceOrder":{"id":"`+id+`"}}`); a.status != 400 {
		t.Errorf("a cancellation elsewhere: %d", a.status)
	}
	for path, want := range map[string]string{OrderingBase + "/serviceOrder": "1", ServicesBase + "/service": "1"} {
		if a := w.call(t, "north", "GET", path, ""); a.header.Get("X-Total-Count") != want {
			t.Errorf("%s lists %s, want %s: %s", path, a.header.Get("X-Total-Count"), want, a.body)
		}
	}
	if a := w.call(t, "north", "GET", ServicesBase+"/service/3", ""); a.status != 404 {
		t.Errorf("a service elsewhere: %d", a.status)
	}
}

// TestInventoriesArePagedByKey: the link to the next page names where it begins, and each
// thing is on one page.
func TestInventoriesArePagedByKey(t *testing.T) {
	w := newWorld(t)
	err := w.store.Update(t.Context(), func(tx itms.Tx) error {
		for _, serial := range []string{"S1", "S2", "S3", "S4", "S5"} {
			id, err := itms.NewDeviceID("00005E", "STB", serial)
			if err != nil {
				return err
			}
			if err := tx.Devices().Put(&itms.Device{ID: id, State: itms.DeviceInStock, Software: "1"}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	var seen []string
	path := ResourcesBase + "/resource?limit=2&resourceStatus=available"
	for range 4 {
		a := w.call(t, "legacy", "GET", path, "")
		for _, part := range strings.Split(string(a.body), `"serialNumber":"`)[1:] {
			seen = append(seen, part[:2])
		}
		link := a.header.Get("Link")
		if link == "" {
			break
		}
		path, _, _ = strings.Cut(strings.TrimPrefix(link, "<"), ">")
	}
	if got := strings.Join(seen, " "); got != "S1 S2 S3 S4 S5" {
		t.Errorf("the pages hold %s", got)
	}
	a := w.call(t, "legacy", "GET", ResourcesBase+"/resource?offset=3&limit=1", "")
	if a.header.Get("X-Total-Count") != "5" || !strings.Contains(string(a.body), `"serialNumber":"S4"`) {
		t.Errorf("behind an offset: %s of %s", a.body, a.header.Get("X-Total-Count"))
	}
	for query, want := range map[string]string{"serialNumber=S3": "1", "resourceStatus=alarm": "0", "id=00005E-STB-S2,00005E-STB-S9": "1", "resourceCharacteristic.value=S5": "1", "limit=0": "5"} {
		if a := w.call(t, "legacy", "GET", ResourcesBase+"/resource?"+query, ""); a.header.Get("X-Total-Count") != want {
			t.Errorf("%s: %s, want %s: %s", query, a.header.Get("X-Total-Count"), want, a.body)
		}
	}
}

// TestDescriptions: each API describes every call of its own, with the schemas that
// documents are checked against, to anybody.
func TestDescriptions(t *testing.T) {
	w := newWorld(t)
	for base, d := range descriptions {
		doc := w.call(t, "", "GET", base+"/openapi.json", "").object(t)
		schemas := doc["components"].(object)["schemas"].(object)
		count := 0
		for path, item := range doc["paths"].(object) {
			for method, op := range item.(object) {
				count++
				if text(op.(object)["summary"]) == "" {
					t.Errorf("%s: %s %s has no summary", base, method, path)
				}
			}
		}
		if count != len(d.summaries) || doc["openapi"] != "3.1.0" {
			t.Errorf("%s: %d calls, want %d", base, count, len(d.summaries))
		}
		for _, resources := range []map[string]string{d.takes, d.gives} {
			for id, resource := range resources {
				if schemas[resource] == nil {
					t.Errorf("%s: no schema %s", id, resource)
				}
			}
		}
	}
}

// frozenDescription is what senders were promised of all APIs.
const frozenDescription = "testdata/openapi.json"

// TestOneDescription: /openapi.json tells of these APIs too, whole, and breaks no sender.
// What is new is frozen by: go test ./web/tmf -run Description -update.
func TestOneDescription(t *testing.T) {
	doc := newWorld(t).call(t, "", "GET", "/openapi.json", "").object(t)
	paths := object{}
	for path, item := range doc["paths"].(object) {
		if strings.HasPrefix(path, "/tmf-api/") {
			paths[path] = item
		}
	}
	if paths[OrderingBase+"/serviceOrder"] == nil || paths[ActivationBase+"/monitor/{id}"] == nil {
		t.Errorf("paths of %d calls, the first are missing", len(paths))
	}
	doc["paths"] = paths
	schemas := doc["components"].(object)["schemas"].(object)
	maps.DeleteFunc(schemas, func(name string, _ any) bool { return !strings.HasPrefix(name, "TMF6") })
	served, err := json.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	for _, ref := range regexp.MustCompile(`"#/components/schemas/(TMF\w+)"`).FindAllSubmatch(served, -1) {
		if schemas[string(ref[1])] == nil {
			t.Errorf("no schema %s", ref[1])
		}
	}
	contract, err := frozen.Contract(served)
	if err != nil {
		t.Fatal(err)
	}
	kept, err := os.ReadFile(frozenDescription)
	if err == nil {
		breaks, wrong := frozen.Breaks(kept, served)
		for _, b := range breaks {
			t.Error(b)
		}
		err = wrong
	}
	switch {
	case *update && !t.Failed():
		err = os.WriteFile(frozenDescription, contract, 0o644)
	case err == nil && string(contract) != string(kept):
		t.Errorf("%s lacks what is new: go test ./web/tmf -run Description -update", frozenDescription)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// TestExamplesAreInShape: each document of the description has an example that a strict
// sender could send, or be sent.
func TestExamplesAreInShape(t *testing.T) {
	for base, d := range descriptions {
		b := mustReadBook(d.file)
		resources := []string{"Error"}
		for _, of := range []map[string]string{d.takes, d.gives} {
			resources = slices.AppendSeq(resources, maps.Values(of))
		}
		for _, resource := range resources {
			example, _ := exampleDocuments()[resource].(object)
			if example == nil {
				t.Errorf("%s: no example of %s", base, resource)
			}
			for _, wrong := range b.inspect(resource, example, true) {
				t.Errorf("%s: example of %s: %v", base, resource, wrong)
			}
		}
	}
}
