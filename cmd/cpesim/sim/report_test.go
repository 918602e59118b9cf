package sim

import (
	"encoding/json"
	"strings"
	"testing"

	"itms/cwmp"
)

func TestReportJSON(t *testing.T) {
	secret := &cwmp.Fault{Code: 9003, String: "bad: hidden-1", Parameters: []cwmp.ParameterFault{{Name: "Device.A", Code: 9007, String: "hidden-2"}}}
	for want, call := range map[string]Call{
		`{"method":"GetParameterValues","names":["Device."],"answered":true}`:                                         {Request: &cwmp.GetParameterValues{Names: []string{"Device."}}, Response: &cwmp.GetParameterValuesResponse{}},
		`{"method":"GetParameterNames","arguments":{"nextLevel":true,"path":"Device."},"answered":false}`:             {Request: &cwmp.GetParameterNames{Path: "Device.", NextLevel: true}},
		`{"method":"AddObject","names":["Device.T."],"parameterKey":"k","answered":false}`:                            {Request: &cwmp.AddObject{ObjectName: "Device.T.", ParameterKey: "k"}},
		`{"method":"DeleteObject","names":["Device.T.1."],"answered":false}`:                                          {Request: &cwmp.DeleteObject{ObjectName: "Device.T.1."}},
		`{"method":"SetParameterAttributes","names":["Device.A"],"answered":false}`:                                   {Request: &cwmp.SetParameterAttributes{Parameters: []cwmp.SetParameterAttribute{{Name: "Device.A"}}}},
		`{"method":"GetParameterAttributes","names":["Device.A"],"answered":false}`:                                   {Request: &cwmp.GetParameterAttributes{Names: []string{"Device.A"}}},
		`{"method":"Reboot","arguments":{"commandKey":"k"},"answered":false}`:                                         {Request: &cwmp.Reboot{CommandKey: "k"}},
		`{"method":"ScheduleInform","arguments":{"commandKey":"k","delaySeconds":5},"answered":false}`:                {Request: &cwmp.ScheduleInform{CommandKey: "k", DelaySeconds: 5}},
		`{"method":"FactoryReset","answered":true}`:                                                                   {Request: &cwmp.FactoryReset{}, Response: &cwmp.FactoryResetResponse{}},
		`{"method":"Upload","arguments":{"commandKey":"","fileType":"2 Vendor Log File","url":"u"},"answered":false}`: {Request: &cwmp.Upload{FileType: "2 Vendor Log File", URL: "u", Password: "hidden"}},
		`{"method":"Download","arguments":{"commandKey":"","fileSize":3,"fileType":"","url":"u"},"answered":false}`:   {Request: &cwmp.Download{URL: "u", FileSize: 3, Password: "hidden"}},
		`{"method":"SetParameterValues","values":{"Device.A":"v","Device.Password":"(6 characters)"},"parameterKey":"k","fault":{"code":9003,"parameters":{"Device.A":9007}},"answered":true}`: {
			Request: &cwmp.SetParameterValues{ParameterKey: "k", Parameters: []cwmp.ParameterValue{{Name: "Device.A", Value: "v"}, {Name: "Device.Password", Value: "hidden"}}}, Response: secret},
	} {
		call.Method = call.Request.Method()
		got, err := json.Marshal(call)
		if err != nil || string(got) != want {
			t.Errorf("%s\nwant %s, error %v", got, want, err)
		}
		if strings.Contains(string(got), "hidden") {
			t.Errorf("%s shows a secret", got)
		}
	}
}

func TestEverySpecIsMasked(t *testing.T) {
	for _, m := range Models() {
		for _, spec := range m.Specs {
			if spec.Access == WriteOnly && !isSecret(spec.Path) {
				t.Errorf("%s: %s would be printed", m.Name, spec.Path)
			}
		}
	}
}
