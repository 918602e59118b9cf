package cwmp

import "testing"

func TestGetRPCMethods(t *testing.T) {
	checkGolden(t, &GetRPCMethods{})
	checkGolden(t, &GetRPCMethodsResponse{Methods: []string{"Inform", "GetRPCMethods", "TransferComplete", "X_00005E_Probe"}})
}

func FuzzGetRPCMethods(f *testing.F) { fuzzGolden(f, "GetRPCMethods", "GetRPCMethodsResponse") }
