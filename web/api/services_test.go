package api

import (
	"testing"

	"itms"
)

func TestGetService(t *testing.T) {
	f := newFixture(t)
	f.putDevice(dashID)
	f.putService()
	o := f.putOrder(1, "WO-1", "crm")
	f.bind(dashID, o.ID)
	a := f.call(itms.RoleBSS, "GET", servicesPath+"/U1001-1", "").is(200)
	golden(t, "service.json", a.body)
	f.noSecrets(a.body)
}

func TestServiceListsBindingsByGeneration(t *testing.T) {
	f := newFixture(t)
	f.putService()
	f.update(func(tx itms.Tx) error {
		for i, state := range []itms.BindingState{itms.BindingReleased, itms.BindingConflict, itms.BindingPrebound} {
			err := tx.Bindings().Put(&itms.Binding{ID: itms.BindingID(testID(i)), Service: "U1001-1", Gen: i + 1, State: state,
				Claim: itms.DeviceClaim{Serial: "S1"}, CreatedAt: testTime, UpdatedAt: testTime})
			if err != nil {
				return err
			}
		}
		return nil
	})
	bindings := into[serviceView](f.get(servicesPath + "/U1001-1").is(200)).Bindings
	if len(bindings) != 3 {
		t.Fatalf("%+v", bindings)
	}
	for i, state := range []string{"released", "conflict", "prebound"} {
		if b := bindings[i]; b.Generation != i+1 || b.State != state || b.Device != "" || b.Claim.Serial != "S1" {
			t.Errorf("%d: %+v", i, b)
		}
	}
}

func TestServiceThatIsNotThere(t *testing.T) {
	f := newFixture(t)
	for _, id := range []string{"NONE", "a%00b", "%FF"} {
		f.get(servicesPath+"/"+id).problem(404, itms.CodeNotFound)
	}
}

func TestServiceIDsAreEscapedOnce(t *testing.T) {
	f := newFixture(t)
	f.update(func(tx itms.Tx) error {
		return tx.Services().Put(&itms.Service{ID: "U 1/2%", Type: itms.ServiceVoIP, State: itms.ServiceReserved, CreatedAt: testTime})
	})
	if v := into[serviceView](f.get(servicesPath + "/U%201%2F2%25").is(200)); v.ID != "U 1/2%" || v.Bindings == nil {
		t.Errorf("%+v", v)
	}
}
