package cwmp

import "testing"

func TestDeleteObject(t *testing.T) {
	checkGolden(t, &DeleteObject{ObjectName: "Device.NAT.PortMapping.7.", ParameterKey: "rev-17"})
	checkGolden(t, &DeleteObjectResponse{Status: StatusPending})
}

// TestDeleteObjectForms are requests and answers as CPEs and simulators vary
// them.
func TestDeleteObjectForms(t *testing.T) {
	checkBody(t, `<cwmp:DeleteObject><ParameterKey/><ObjectName>
			Device.NAT.PortMapping.7.
		</ObjectName></cwmp:DeleteObject>`, &DeleteObject{ObjectName: "Device.NAT.PortMapping.7."})
	for body, want := range map[string]int{
		`<Status>0</Status>`:                      StatusApplied,
		`<cwmp:Status>1</cwmp:Status>`:            StatusPending,
		`<Status xsi:type="xsd:int"> 1 </Status>`: StatusPending,
		`<Status></Status>`:                       StatusApplied,
		``:                                        StatusApplied,
	} {
		checkBody(t, `<cwmp:DeleteObjectResponse>`+body+`</cwmp:DeleteObjectResponse>`, &DeleteObjectResponse{Status: want})
	}
}

func TestDeleteObjectWritten(t *testing.T) {
	checkWritten(t, &DeleteObject{ObjectName: "Device.A.[a<b].", ParameterKey: `"k"`},
		`<cwmp:DeleteObject><ObjectName>Device.A.[a&lt;b].</ObjectName><ParameterKey>"k"</ParameterKey></cwmp:DeleteObject>`)
	checkWritten(t, &DeleteObjectResponse{}, `<cwmp:DeleteObjectResponse><Status>0</Status></cwmp:DeleteObjectResponse>`)
}

func FuzzDeleteObject(f *testing.F) { fuzzGolden(f, "DeleteObject", "DeleteObjectResponse") }
