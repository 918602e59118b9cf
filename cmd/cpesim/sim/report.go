package sim

import (
	"encoding/json"
	"fmt"

	"itms/cwmp"
)

// Status is how a session ended.
type Status string

// The ends of a session.
const (
	Done    Status = "done"    // the ACS had nothing more
	Failed  Status = "failed"  // Report.Error says why
	Dropped Status = "dropped" // a quirk closed the connection
)

// Report is what happened in one session. Its JSON form shows no credentials.
type Report struct {
	Serial string   `json:"serial"`
	Events []string `json:"events"`
	// Accepted is set when the ACS answered the Inform with an InformResponse.
	Accepted bool `json:"accepted"`
	// RPCs are the requests of the ACS, in order.
	RPCs []Call `json:"rpcs"`
	// Sent are the requests of the CPE besides Inform.
	Sent   []string `json:"sent,omitempty"`
	Status Status   `json:"status"`
	// HTTPStatus is that of the last answer, 0 if there was none.
	HTTPStatus int    `json:"httpStatus,omitempty"`
	Error      string `json:"error,omitempty"`
	// Posts counts POSTs without those repeated for authentication,
	// Connections counts TCP connections.
	Posts       int `json:"posts"`
	Connections int `json:"connections"`
}

// Count returns how many RPCs of a method the ACS sent.
func (r *Report) Count(method string) int {
	n := 0
	for _, call := range r.RPCs {
		if call.Method == method {
			n++
		}
	}
	return n
}

// Values returns all values that the ACS set in the session, by name and in
// clear; of a name set twice, the last.
func (r *Report) Values() map[string]string {
	values := make(map[string]string)
	for _, call := range r.RPCs {
		if m, ok := call.Request.(*cwmp.SetParameterValues); ok {
			for _, p := range m.Parameters {
				values[p.Name] = p.Value
			}
		}
	}
	return values
}

// Faults returns the faults that the CPE answered with.
func (r *Report) Faults() []*cwmp.Fault {
	var faults []*cwmp.Fault
	for _, call := range r.RPCs {
		if fault, ok := call.Response.(*cwmp.Fault); ok {
			faults = append(faults, fault)
		}
	}
	return faults
}

// Call is a request of the ACS and the answer of the CPE. Response is nil when
// a quirk closed the connection instead.
type Call struct {
	Method   string
	Request  cwmp.Message
	Response cwmp.Message
}

// callJSON is the public form of a Call.
type callJSON struct {
	Method       string            `json:"method"`
	Names        []string          `json:"names,omitempty"`
	Values       map[string]string `json:"values,omitempty"`
	ParameterKey string            `json:"parameterKey,omitempty"`
	Arguments    map[string]any    `json:"arguments,omitempty"`
	Fault        *faultJSON        `json:"fault,omitempty"`
	Answered     bool              `json:"answered"`
}

// faultJSON leaves out the texts, which may repeat a password.
type faultJSON struct {
	Code       int            `json:"code"`
	Parameters map[string]int `json:"parameters,omitempty"`
}

// MarshalJSON writes the arguments of the request and the fault, if the answer
// was one. Of credentials only the length is written.
func (c Call) MarshalJSON() ([]byte, error) {
	public := callJSON{Method: c.Method, Answered: c.Response != nil}
	public.describe(c.Request)
	if fault, ok := c.Response.(*cwmp.Fault); ok {
		public.Fault = &faultJSON{Code: fault.Code}
		for _, p := range fault.Parameters {
			if public.Fault.Parameters == nil {
				public.Fault.Parameters = make(map[string]int)
			}
			public.Fault.Parameters[p.Name] = p.Code
		}
	}
	return json.Marshal(public)
}

// describe takes the arguments out of a request.
func (p *callJSON) describe(request cwmp.Message) {
	switch m := request.(type) {
	case *cwmp.GetParameterValues:
		p.Names = m.Names
	case *cwmp.GetParameterAttributes:
		p.Names = m.Names
	case *cwmp.GetParameterNames:
		p.Arguments = map[string]any{"path": m.Path, "nextLevel": m.NextLevel}
	case *cwmp.SetParameterValues:
		p.ParameterKey = m.ParameterKey
		p.Values = make(map[string]string)
		for _, value := range m.Parameters {
			p.Values[value.Name] = mask(value)
		}
	case *cwmp.SetParameterAttributes:
		for _, a := range m.Parameters {
			p.Names = append(p.Names, a.Name)
		}
	case *cwmp.AddObject:
		p.Names, p.ParameterKey = []string{m.ObjectName}, m.ParameterKey
	case *cwmp.DeleteObject:
		p.Names, p.ParameterKey = []string{m.ObjectName}, m.ParameterKey
	default:
		p.Arguments = commandArguments(request)
	}
}

// commandArguments are those of the RPCs that order something.
func commandArguments(request cwmp.Message) map[string]any {
	switch m := request.(type) {
	case *cwmp.Reboot:
		return map[string]any{"commandKey": m.CommandKey}
	case *cwmp.ScheduleInform:
		return map[string]any{"commandKey": m.CommandKey, "delaySeconds": m.DelaySeconds}
	case *cwmp.Download:
		return map[string]any{"commandKey": m.CommandKey, "fileType": m.FileType, "url": m.URL, "fileSize": m.FileSize}
	case *cwmp.Upload:
		return map[string]any{"commandKey": m.CommandKey, "fileType": m.FileType, "url": m.URL}
	}
	return nil
}

// mask hides the value of a credential but for its length.
func mask(p cwmp.ParameterValue) string {
	if !isSecret(p.Name) {
		return p.Value
	}
	return fmt.Sprintf("(%d characters)", len([]rune(p.Value)))
}
