package cwmp

import "testing"

func TestGetRPCMethods(t *testing.T) {
	checkGolden(t, &GetRPCMethods{})
	checkGolden(t, &GetRPCMethodsResponse{Methods: []string{"Inform", "GetRPCMethods", "TransferComplete", "X_00005E_Probe"}})
}

func TestGetRPCMethodsForms(t *testing.T) {
	for list, want := range map[string][]string{
		`<MethodList/>`: nil,
		``:              nil,
		`<MethodList soap-enc:arrayType="xsd:string[2]"><string> Inform </string><string/></MethodList>`: {"Inform", ""},
		`<MethodList><MethodName>Reboot</MethodName><cwmp:string>X_00005E_A</cwmp:string></MethodList>`:  {"Reboot", "X_00005E_A"},
	} {
		checkBody(t, `<cwmp:GetRPCMethodsResponse>`+list+`</cwmp:GetRPCMethodsResponse>`, &GetRPCMethodsResponse{Methods: want})
	}
}

func TestGetRPCMethodsWritten(t *testing.T) {
	checkWritten(t, &GetRPCMethods{}, `<cwmp:GetRPCMethods></cwmp:GetRPCMethods>`)
	checkWritten(t, &GetRPCMethodsResponse{Methods: []string{"Inform", "X_<>"}},
		`<cwmp:GetRPCMethodsResponse><MethodList soap-enc:arrayType="xsd:string[2]">`+
			`<string>Inform</string><string>X_&lt;&gt;</string></MethodList></cwmp:GetRPCMethodsResponse>`)
}

func FuzzGetRPCMethods(f *testing.F) { fuzzGolden(f, "GetRPCMethods", "GetRPCMethodsResponse") }
