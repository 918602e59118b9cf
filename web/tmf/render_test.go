package tmf

import (
	"encoding/json"
	"testing"
	"time"

	"itms"
)

// TestAnOrderInTroubleIsShown: alerts, errors and milestones are in the standard's shape,
// and nothing is shown that the standard does not know.
func TestAnOrderInTroubleIsShown(t *testing.T) {
	at := time.Date(2026, 11, 1, 8, 0, 0, 0, time.UTC)
	o := &itms.ServiceOrder{ID: "O1", ExternalID: "SO-1", State: itms.ServiceOrderPartial, CreatedAt: at, UpdatedAt: at, StartedAt: at.Add(time.Second), CompletedAt: at.Add(time.Hour),
		RequestedStart: at, RequestedCompletion: at.Add(time.Minute), ExpectedCompletion: at.Add(time.Hour),
		Document: json.RawMessage(`{"serviceOrderItem":[{"id":"1","action":"add","service":{}},{"id":"2","action":"modify","service":{"id":"U1-2"}}]}`),
		Items: []itms.ServiceOrderItem{{ID: "1", Action: itms.ActionAdd, State: itms.ServiceOrderFailed, Service: "U1-1", Reason: "no answer", Trouble: itms.TroubleSilent},
			{ID: "2", Action: itms.ActionModify, State: itms.ServiceOrderCompleted, Service: "U1-2"}},
		Milestones:    []itms.Milestone{{Name: itms.MilestoneAccepted, At: at}, {Name: itms.MilestoneCompleted, Item: "2", At: at, Text: "item 2: completed"}},
		Jeopardies:    []itms.Jeopardy{{ID: "1", Text: "late", At: at}, {ID: "2", Item: "1", Trouble: itms.TroubleNeverInformed, Text: "it never came", At: at}},
		Cancellations: []itms.Cancellation{{ID: "O1-c1", State: itms.ServiceOrderFailed, RequestedAt: at, Text: "too late"}}}
	rn := renderer{"https://itms.example.com"}
	doc, err := rn.order(o)
	if err != nil {
		t.Fatal(err)
	}
	shown := mustParse(t, text(doc))
	for _, f := range orderingBook().inspect("ServiceOrder", shown, true) {
		t.Errorf("%s %s", f.Pointer, f.Text)
	}
	for _, list := range []string{"milestone", "jeopardyAlert"} {
		if n := len(things(shown[list])); n != 2 {
			t.Errorf("%d of %s", n, list)
		}
	}
	errors := things(shown["errorMessage"])
	if len(errors) != 1 || errors[0]["code"] != string(itms.TroubleSilent) || things(shown["serviceOrderItem"])[0]["errorMessage"] == nil {
		t.Errorf("errors are %v", errors)
	}
	if shown["startDate"] != "2026-11-01T08:00:01Z" || shown["cancellationDate"] != nil {
		t.Errorf("shown is %v", shown)
	}
	cancel, err := rn.cancellation(o, &o.Cancellations[0])
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range orderingBook().inspect("CancelServiceOrder", mustParse(t, text(cancel)), true) {
		t.Errorf("%s %s", f.Pointer, f.Text)
	}
	if cancel["state"] != "terminatedWithError" || cancel["errorMessage"] == nil {
		t.Errorf("the cancellation is %v", cancel)
	}
}

// TestEveryDeviceStateHasWords: each state of devices is one of the standard's.
func TestEveryDeviceStateHasWords(t *testing.T) {
	for state, words := range resourceStates {
		id, err := itms.NewDeviceID("00005E", "STB", "S1")
		if err != nil {
			t.Fatal(err)
		}
		d := &itms.Device{ID: id, State: state, MAC: itms.MAC{0, 0, 0x5e, 0, 0x53, 1}, Software: "1.0", Hardware: "1", Model: "STB", IP: "192.0.2.1", Area: "510100",
			Problem: "look at it", FirstSeen: time.Now(), LastContact: time.Now()}
		doc := mustParse(t, text(renderer{}.resource(d, &itms.Binding{Service: "U1-1"})))
		for _, f := range resourcesBook().inspect("PhysicalResource", doc, true) {
			t.Errorf("%s: %s %s", state, f.Pointer, f.Text)
		}
		if doc["resourceStatus"] != words[0] {
			t.Errorf("%s is %v", state, doc["resourceStatus"])
		}
	}
	if len(resourceStates) != 13 {
		t.Errorf("%d states have words", len(resourceStates))
	}
}
