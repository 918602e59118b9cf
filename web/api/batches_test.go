package api

import (
	"net/http"
	"reflect"
	"testing"

	"itms"
)

func TestBatches(t *testing.T) {
	f := newFixture(t)
	body := `{"filter":{"devices":["00005E-STB-S1"],"state":"inService","profile":"p","manufacturer":"m","model":"x","software":"1","notSoftware":"2","area":"a"},
		"task":{"kind":"get","names":["Device."],"priority":-2},"concurrency":7,"abortRate":20,"note":"why"}`
	a := f.call(itms.RoleOperator, "POST", batchesPath, body).is(http.StatusAccepted)
	at := a.header.Get("Location")
	want := itms.BatchRequest{Concurrency: 7, AbortRate: 20, Note: "why",
		Task: itms.TaskRequest{Kind: itms.TaskGet, TaskTerms: itms.TaskTerms{Priority: -2, Retries: -1}, Spec: itms.TaskSpec{Names: []itms.ParamPath{"Device."}}},
		Filter: itms.BatchFilter{Devices: []itms.DeviceID{{OUI: "00005E", ProductClass: "STB", Serial: "S1"}}, State: itms.DeviceInService, Profile: "p",
			Manufacturer: "m", Model: "x", Software: "1", NotSoftware: "2", Area: "a"}}
	if !reflect.DeepEqual(f.tasks.lastBatch, want) {
		t.Errorf("%+v", f.tasks.lastBatch)
	}
	id := itms.BatchID(testID(1))
	f.putTask(5, func(task *itms.Task) { task.Batch, task.State = id, itms.TaskFailed })
	f.putTask(6, func(task *itms.Task) { task.Batch = id })
	f.update(func(tx itms.Tx) error {
		b, err := tx.Batches().Get(id)
		if err != nil {
			return err
		}
		b.Refused, b.Refusals = 1, []itms.Refusal{{Device: dashID, Reason: "blocked"}}
		return tx.Batches().Put(b)
	})
	v := into[batchView](f.get(at).is(200))
	if v.Tasks["failed"] != 1 || v.Tasks["queued"] != 1 || v.Refusals[0].Device != dashID.String() || v.Filter.Devices[0] != "00005E-STB-S1" || v.Final {
		t.Errorf("%+v", v)
	}
	if p := into[pageOf[taskView]](f.get(at + "/tasks").is(200)); len(p.Items) != 1 || p.Items[0].ID != testID(5) {
		t.Errorf("%+v", p)
	}
	if p := into[pageOf[taskView]](f.get(at + "/tasks?state=queued&limit=1").is(200)); len(p.Items) != 1 || p.Items[0].ID != testID(6) {
		t.Errorf("%+v", p)
	}
	if p := into[pageOf[batchView]](f.get(batchesPath).is(200)); len(p.Items) != 1 || p.Items[0].Tasks["failed"] != 1 {
		t.Errorf("%+v", p)
	}
	if v := into[batchView](f.call(itms.RoleOperator, "DELETE", at, "").is(200)); v.State != "cancelled" || !v.Final {
		t.Errorf("%+v", v)
	}
	f.get(batchesPath+"/none").problem(404, itms.CodeNotFound)
	f.get(batchesPath+"/none/tasks").problem(404, itms.CodeNotFound)
	f.call(itms.RoleOperator, "DELETE", batchesPath+"/none", "").problem(404, itms.CodeNotFound)
	for body, pointer := range map[string]string{
		`{"filter":{"devices":["x"]},"task":{"kind":"reboot"}}`: "/filter/devices/0", `{"filter":{"model":"x"},"task":{"kind":"odd"}}`: "/task/kind",
		`{"filter":{"modell":"x"},"task":{"kind":"reboot"}}`: "/filter/modell", `{"filter":{"model":"x"},"task":{"kind":"reboot"},"note":"a\u0001"}`: "/note",
	} {
		if got := f.call(itms.RoleOperator, "POST", batchesPath, body).problem(422, itms.CodeInvalid).pointers(); got != pointer {
			t.Errorf("%s: %s", body, got)
		}
	}
}
