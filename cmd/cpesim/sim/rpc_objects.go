package sim

import (
	"maps"
	"slices"
	"strings"

	"itms/cwmp"
)

func addObject(s *session, m cwmp.Message) cwmp.Message {
	request := m.(*cwmp.AddObject)
	t := s.cpe.tree
	r := t.Tables[request.ObjectName]
	if r == nil || !t.objectWritable(request.ObjectName) {
		return cwmp.NewFault(cwmp.FaultName, "Invalid object name "+request.ObjectName)
	}
	number := 1
	if r.Last > 0 {
		number = r.Last + t.schema.tables[t.schema.pattern(request.ObjectName)].Step
	}
	t.addRow(request.ObjectName, number, false)
	s.cpe.keepKey(request.ParameterKey)
	return &cwmp.AddObjectResponse{InstanceNumber: uint32(number)}
}

func deleteObject(s *session, m cwmp.Message) cwmp.Message {
	request := m.(*cwmp.DeleteObject)
	t := s.cpe.tree
	if !strings.HasSuffix(request.ObjectName, ".") || !t.isRow(request.ObjectName) || !t.objectWritable(request.ObjectName) {
		return cwmp.NewFault(cwmp.FaultName, "Invalid object name "+request.ObjectName)
	}
	t.deleteRow(request.ObjectName)
	s.cpe.keepKey(request.ParameterKey)
	return &cwmp.DeleteObjectResponse{}
}

// deleteRow removes a row and everything below it.
func (t *tree) deleteRow(row string) {
	table, number, _ := t.splitRow(row)
	r := t.Tables[table]
	r.Numbers = slices.DeleteFunc(r.Numbers, func(n int) bool { return n == number })
	below := func(name string) bool { return strings.HasPrefix(name, row) }
	maps.DeleteFunc(t.Values, func(name, _ string) bool { return below(name) })
	maps.DeleteFunc(t.Tables, func(name string, _ *rows) bool { return below(name) })
	maps.DeleteFunc(t.Attributes, func(name string, _ attribute) bool { return below(name) })
	t.sorted = nil
}

func getParameterAttributes(s *session, m cwmp.Message) cwmp.Message {
	answer := &cwmp.GetParameterAttributesResponse{}
	for _, name := range m.(*cwmp.GetParameterAttributes).Names {
		found, fault := s.cpe.tree.expand(name)
		if fault != nil {
			return fault
		}
		for _, leaf := range found {
			a := s.cpe.tree.attribute(leaf)
			answer.Parameters = append(answer.Parameters, cwmp.ParameterAttribute{
				Name: leaf, Notification: a.Notification, AccessList: a.AccessList,
			})
		}
	}
	return answer
}

func setParameterAttributes(s *session, m cwmp.Message) cwmp.Message {
	t := s.cpe.tree
	if fault := s.cpe.refuseAttributes(m.(*cwmp.SetParameterAttributes)); fault != nil {
		return fault
	}
	changed := make(map[string]attribute)
	for _, p := range m.(*cwmp.SetParameterAttributes).Parameters {
		found, fault := t.expand(p.Name)
		if fault != nil {
			return fault
		}
		if p.NotificationChange && (p.Notification < cwmp.NotificationOff || p.Notification > cwmp.NotificationPassiveAndActiveLightweight) {
			return cwmp.NewFault(cwmp.FaultArguments, "no such notification")
		}
		for _, leaf := range found {
			before, again := changed[leaf]
			if !again {
				before = t.attribute(leaf)
			}
			changed[leaf] = before.with(p)
		}
	}
	if t.Attributes == nil { // a state without any leaves it out
		t.Attributes = make(map[string]attribute)
	}
	maps.Copy(t.Attributes, changed)
	return &cwmp.SetParameterAttributesResponse{}
}

// with returns the attributes after a change.
func (a attribute) with(p cwmp.SetParameterAttribute) attribute {
	if p.NotificationChange {
		a.Notification = p.Notification
	}
	if p.AccessListChange {
		a.AccessList = p.AccessList
	}
	return a
}

// refuseAttributes is the quirk refuse-attributes.
func (c *CPE) refuseAttributes(request *cwmp.SetParameterAttributes) *cwmp.Fault {
	if !c.quirks.has(quirkRefuseAttributes) {
		return nil
	}
	code, path, _ := c.quirks.attributeRefusal() // read before, by validate
	if !slices.ContainsFunc(request.Parameters, func(p cwmp.SetParameterAttribute) bool { return strings.HasPrefix(p.Name, path) }) {
		return nil
	}
	return cwmp.NewFault(code, "")
}

// attributeRefusal is the argument of refuse-attributes: the code of the fault, and how
// the names start that it is for.
func (q QuirkSet) attributeRefusal() (code int, path string, err error) {
	text, path, _ := strings.Cut(q[quirkRefuseAttributes], ":")
	code, err = count(text, cwmp.FaultNotification)
	return code, path, err
}
