package cwmp

import "testing"

func TestDeleteObject(t *testing.T) {
	checkGolden(t, &DeleteObject{ObjectName: "Device.NAT.PortMapping.7.", ParameterKey: "rev-17"})
	checkGolden(t, &DeleteObjectResponse{Status: StatusPending})
}

func FuzzDeleteObject(f *testing.F) { fuzzGolden(f, "DeleteObject", "DeleteObjectResponse") }
