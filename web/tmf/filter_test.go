package tmf

import (
	"net/url"
	"reflect"
	"testing"
)

const shownOrder = `{"id":"1","href":"/x","state":"inProgress","priority":"2","orderDate":"2026-11-01T08:00:00Z","externalId":"A, B",
 "serviceOrderItem":[{"id":"1","state":"completed","quantity":1,"service":{"id":"U1-1"}},{"id":"2","state":"inProgress","service":{"id":"U1-2"}}],"note":[{"text":"n"}]}`

func TestFilters(t *testing.T) {
	doc := mustParse(t, shownOrder)
	for query, want := range map[string]bool{
		"state=inProgress":                               true,
		"state=INPROGRESS":                               true,
		"state=%22inProgress%22":                         true,
		"state= completed , inProgress ":                 true,
		"state=completed":                                false,
		"state=completed&state=inProgress":               true,
		"state=held;inProgress":                          true,
		"externalId='A, B'":                              true,
		"externalId=A, B":                                false,
		"serviceOrderItem.state=completed":               true,
		"serviceOrderItem.service.id=U1-3":               false,
		"serviceOrderItem.quantity.gte=1":                true,
		"serviceOrderItem.quantity.gt=1":                 false,
		"orderDate.gt=2026-10-01":                        true,
		"orderDate.gt=2026-11-01T08:00:00Z":              false,
		"orderDate.gte=2026-11-01T08:00:00Z":             true,
		"orderDate.lt=2026-11-01T10:00:00+01:00":         true,
		"orderDate%3E=2026-11-01T08:00:00Z":              true,
		"orderDate%3E2026-11-02":                         false,
		"orderDate.gt=never":                             false,
		"colour=blue":                                    false,
		"priority=2&state=completed":                     false,
		"priority.lte=2":                                 true,
		"":                                               true,
		"fields=state&offset=1&limit=2&state=inProgress": true,
	} {
		q, err := parseQuery(query)
		if err != nil {
			t.Errorf("%s: %v", query, err)
			continue
		}
		if got := q.match(doc); got != want {
			t.Errorf("%s: %v, want %v", query, got, want)
		}
	}
}

func TestWrongQueriesAreRefused(t *testing.T) {
	for _, query := range []string{"offset=-1", "offset=x", "limit=1.5", "state=%zz", "%zz=1"} {
		if _, err := parseQuery(query); err == nil {
			t.Errorf("%s is taken", query)
		}
	}
	q, err := parseQuery("colour=blue")
	if err != nil || q.known(orderingBook(), "ServiceOrder") == nil {
		t.Errorf("an unknown attribute is known: %v", err)
	}
	q, err = parseQuery("serviceOrderItem.service.serviceCharacteristic.value.deep=1&fields=serviceOrderItem.id")
	if err != nil || q.known(orderingBook(), "ServiceOrder") != nil {
		t.Errorf("a known attribute is unknown: %v %v", err, q.known(orderingBook(), "ServiceOrder"))
	}
}

func TestFields(t *testing.T) {
	for fields, want := range map[string]string{
		"state":               `{"id":"1","state":"inProgress"}`,
		" state , externalId": `{"id":"1","state":"inProgress","externalId":"A, B"}`,
		"none":                `{"id":"1","href":"/x"}`,
		`"state"`:             `{"id":"1","state":"inProgress"}`,
		"serviceOrderItem.id": `{"id":"1","serviceOrderItem":[{"id":"1"},{"id":"2"}]}`,
		"serviceOrderItem.id,serviceOrderItem.service.id": `{"id":"1","serviceOrderItem":[{"id":"1","service":{"id":"U1-1"}},{"id":"2","service":{"id":"U1-2"}}]}`,
		"colour":     `{"id":"1"}`,
		"":           shownOrder,
		"state.deep": `{"id":"1"}`,
	} {
		set, err := parseFields([]string{fields})
		if err != nil {
			t.Fatal(err)
		}
		if got, want := set.pick(mustParse(t, shownOrder)), mustParse(t, want); !reflect.DeepEqual(got, want) {
			t.Errorf("%q: %v, want %v", fields, got, want)
		}
	}
}

// FuzzQuery: whatever a query says, it is read or refused, and comparing does not fail.
func FuzzQuery(f *testing.F) {
	for _, seed := range []string{"state=a,b", "fields= a . b &offset=1", "x>=1", `a.gt="x,y";z`, "orderDate.lt=2026-01-01T00:00:00+01:00"} {
		f.Add(seed)
	}
	doc, err := parseDocument([]byte(shownOrder))
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		q, err := parseQuery(raw)
		if err != nil {
			if _, known := asDomain(err); !known {
				t.Fatal(err)
			}
			return
		}
		q.match(doc)
		picked := q.fields.pick(doc)
		if picked["id"] != "1" {
			t.Fatalf("picked %v", picked)
		}
		_, _ = selection(q)
	})
}

// FuzzFields: whatever is asked for, what is shown is part of the document.
func FuzzFields(f *testing.F) {
	f.Add("state, serviceOrderItem.service.id")
	f.Add("none")
	f.Fuzz(func(t *testing.T, names string) {
		set, err := parseFields([]string{names})
		if err != nil {
			return
		}
		doc, err := parseDocument([]byte(shownOrder))
		if err != nil {
			t.Fatal(err)
		}
		for name := range set.pick(doc) {
			if _, is := doc[name]; !is {
				t.Fatalf("%q shows %q (%s)", names, name, url.QueryEscape(name))
			}
		}
	})
}
