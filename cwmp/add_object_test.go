package cwmp

import "testing"

func TestAddObject(t *testing.T) {
	checkGolden(t, &AddObject{ObjectName: "Device.NAT.PortMapping.[cpe-1].", ParameterKey: "rev-17"})
	checkGolden(t, &AddObjectResponse{InstanceNumber: 7, Status: StatusApplied})
}

func FuzzAddObject(f *testing.F) { fuzzGolden(f, "AddObject", "AddObjectResponse") }
