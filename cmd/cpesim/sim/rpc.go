package sim

import (
	"maps"
	"slices"
	"strings"
	"time"

	"itms/cwmp"
)

// handlers are the RPCs that every simulated CPE knows. They are called with
// the lock of the CPE held.
var handlers = map[string]func(*session, cwmp.Message) cwmp.Message{
	"SetParameterValues":     setParameterValues,
	"GetParameterValues":     getParameterValues,
	"GetParameterNames":      getParameterNames,
	"SetParameterAttributes": setParameterAttributes,
	"GetParameterAttributes": getParameterAttributes,
	"AddObject":              addObject,
	"DeleteObject":           deleteObject,
	"Reboot":                 rebootRPC,
	"FactoryReset":           factoryReset,
	"ScheduleInform":         scheduleInform,
	"Download":               download,
	"Upload":                 upload,
	"GetQueuedTransfers":     getQueuedTransfers,
	"GetAllQueuedTransfers":  getAllQueuedTransfers,
}

// getRPCMethods is what lists the handlers, so it cannot be one of them.
const getRPCMethods = "GetRPCMethods"

// answer runs an RPC of the ACS and notes it.
func (s *session) answer(request cwmp.Message) cwmp.Message {
	s.cpe.mu.Lock()
	defer s.cpe.mu.Unlock()
	var response cwmp.Message
	method := request.Method()
	switch handler, known := handlers[method]; {
	case s.cpe.objection(request, s.raw) != nil:
		response = s.cpe.objection(request, s.raw)
	case known:
		response = handler(s, request)
	case method == getRPCMethods:
		response = methods()
	default:
		response = cwmp.NewFault(cwmp.FaultMethod, "")
	}
	s.report.RPCs = append(s.report.RPCs, Call{Method: method, Request: request, Response: response})
	return response
}

func methods() cwmp.Message {
	names := append(slices.Collect(maps.Keys(handlers)), getRPCMethods)
	slices.Sort(names)
	return &cwmp.GetRPCMethodsResponse{Methods: names}
}

func rebootRPC(s *session, m cwmp.Message) cwmp.Message {
	s.rebooting, s.rebootKey = true, m.(*cwmp.Reboot).CommandKey
	return &cwmp.RebootResponse{}
}

func factoryReset(s *session, _ cwmp.Message) cwmp.Message {
	s.resetting = true
	return &cwmp.FactoryResetResponse{}
}

func scheduleInform(s *session, m cwmp.Message) cwmp.Message {
	request := m.(*cwmp.ScheduleInform)
	if request.DelaySeconds == 0 {
		return cwmp.NewFault(cwmp.FaultArguments, "DelaySeconds must not be 0")
	}
	due := time.Now().Add(time.Duration(request.DelaySeconds) * time.Second)
	s.cpe.Scheduled = append(s.cpe.Scheduled, scheduled{Due: due, CommandKey: request.CommandKey})
	return &cwmp.ScheduleInformResponse{}
}

// refuse is the quirk refuse-spv. A code of a single parameter comes inside
// 9003, as TR-069 Amd 6 A.3.2.1 wants it.
func (c *CPE) refuse(request *cwmp.SetParameterValues) *cwmp.Fault {
	if !c.quirks.has(quirkRefuseSPV) {
		return nil
	}
	r, _ := c.quirks.refusal() // read before, by validate
	refused := slices.DeleteFunc(slices.Clone(request.Parameters), func(p cwmp.ParameterValue) bool {
		return !strings.HasPrefix(p.Name, r.path)
	})
	if len(refused) == 0 || !c.spend(quirkRefuseSPV, r.times) {
		return nil
	}
	if r.code < cwmp.FaultName || r.code > cwmp.FaultNotWritable {
		return cwmp.NewFault(r.code, c.complaint(r.code, refused...))
	}
	fault := cwmp.NewFault(cwmp.FaultArguments, "")
	for _, p := range refused {
		fault.Parameters = append(fault.Parameters, cwmp.ParameterFault{Name: p.Name, Code: r.code, String: c.complaint(r.code, p)})
	}
	return fault
}

// complaint is the text of a fault, which a quirk makes repeat the values.
func (c *CPE) complaint(code int, refused ...cwmp.ParameterValue) string {
	text := cwmp.FaultText(code)
	for _, p := range refused {
		if c.quirks.has(quirkPasswordInFault) {
			text += ": " + p.Value
		}
	}
	return text
}
