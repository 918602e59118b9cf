package cwmp

import (
	"strings"
	"testing"
)

func TestAddObject(t *testing.T) {
	checkGolden(t, &AddObject{ObjectName: "Device.NAT.PortMapping.[cpe-1].", ParameterKey: "rev-17"})
	checkGolden(t, &AddObjectResponse{InstanceNumber: 7, Status: StatusApplied})
}

// TestAddObjectForms are the answers of CPEs that name the instance badly.
func TestAddObjectForms(t *testing.T) {
	for body, want := range map[string]AddObjectResponse{
		`<Status>1</Status><InstanceNumber> 12 </InstanceNumber>`: {12, StatusPending},
		`<InstanceNumber>0</InstanceNumber><Status/>`:             {0, StatusApplied},
		`<InstanceNumber>-3</InstanceNumber>`:                     {0, StatusApplied},
		`<InstanceNumber>new</InstanceNumber>`:                    {0, StatusApplied},
		`<instanceNumber>5</instanceNumber>`:                      {5, StatusApplied},
	} {
		checkBody(t, `<cwmp:AddObjectResponse>`+body+`</cwmp:AddObjectResponse>`, &want)
	}
}

func TestAddObjectWritten(t *testing.T) {
	checkWritten(t, &AddObject{ObjectName: "Device.X_00005E_T&C."},
		`<cwmp:AddObject><ObjectName>Device.X_00005E_T&amp;C.</ObjectName><ParameterKey></ParameterKey></cwmp:AddObject>`)
	checkWritten(t, &AddObjectResponse{InstanceNumber: 4294967295, Status: StatusPending},
		`<cwmp:AddObjectResponse><InstanceNumber>4294967295</InstanceNumber><Status>1</Status></cwmp:AddObjectResponse>`)
}

func TestAddObjectLimits(t *testing.T) {
	checkRefused(t, KindTooLong, `<AddObject><ObjectName>`+strings.Repeat("A.", MaxNameBytes)+`</ObjectName></AddObject>`)
	checkRefused(t, KindTooLong, `<AddObject><ParameterKey>`+strings.Repeat("k", MaxFieldBytes+1)+`</ParameterKey></AddObject>`)
}

func FuzzAddObject(f *testing.F) { fuzzGolden(f, "AddObject", "AddObjectResponse") }
