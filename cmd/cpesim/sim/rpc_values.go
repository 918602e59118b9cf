package sim

import (
	"maps"
	"slices"
	"strings"

	"itms/cwmp"
)

// maxParameterKey is the length of the ParameterKey argument (TR-069 Amd 6
// A.3.2.1), in bytes.
const maxParameterKey = 32

func getParameterValues(s *session, m cwmp.Message) cwmp.Message {
	answer := &cwmp.GetParameterValuesResponse{}
	for _, name := range m.(*cwmp.GetParameterValues).Names {
		found, fault := s.cpe.found(name)
		if fault != nil {
			return fault
		}
		answer.Parameters = append(answer.Parameters, found...)
	}
	return answer
}

// expand returns the parameters that a full or partial name stands for. A
// partial path of an object without parameters is no fault.
func (t *tree) expand(name string) ([]string, *cwmp.Fault) {
	if _, ok := t.Values[name]; ok {
		return []string{name}, nil
	}
	if t.isObject(name) {
		return t.under(name), nil
	}
	return nil, cwmp.NewFault(cwmp.FaultName, "Invalid parameter name "+name)
}

func setParameterValues(s *session, m cwmp.Message) cwmp.Message {
	request := m.(*cwmp.SetParameterValues)
	if fault := s.cpe.refuse(request); fault != nil {
		return fault
	}
	if len(request.ParameterKey) > maxParameterKey {
		return cwmp.NewFault(cwmp.FaultArguments, "the ParameterKey is longer than 32 characters")
	}
	values, faults := s.cpe.check(request.Parameters)
	if len(faults) > 0 {
		fault := cwmp.NewFault(cwmp.FaultArguments, "")
		fault.Parameters = faults
		return fault
	}
	s.cpe.keepKey(request.ParameterKey)
	return &cwmp.SetParameterValuesResponse{Status: s.cpe.store(values)}
}

// check judges all parameters before any is changed, since the RPC is atomic.
func (c *CPE) check(list []cwmp.ParameterValue) (values map[string]string, faults []cwmp.ParameterFault) {
	values = make(map[string]string, len(list))
	for _, p := range list {
		kept, fault := c.tree.checkWrite(p, c.quirks.has(quirkStrictTypes))
		if _, twice := values[p.Name]; fault == nil && twice && !c.quirks.has(quirkTwice) {
			fault = &cwmp.ParameterFault{Code: cwmp.FaultArguments, String: "named twice"}
		}
		if fault == nil {
			values[p.Name] = kept
			continue
		}
		if fault.Code == cwmp.FaultNotWritable && c.quirks.has(quirkReadOnlyTaken) {
			continue
		}
		fault.Name = p.Name
		if c.quirks.has(quirkPasswordInFault) {
			fault.String += ": " + p.Value
		}
		faults = append(faults, *fault)
	}
	return values, faults
}

// checkWrite judges one parameter that the ACS wants to write.
func (t *tree) checkWrite(p cwmp.ParameterValue, strict bool) (string, *cwmp.ParameterFault) {
	spec, known := t.schema.spec(p.Name)
	if _, exists := t.Values[p.Name]; !exists || !known {
		return "", &cwmp.ParameterFault{Code: cwmp.FaultName, String: "Invalid parameter name"}
	}
	if spec.Access == ReadOnly {
		return "", &cwmp.ParameterFault{Code: cwmp.FaultNotWritable, String: "Attempt to set a non-writable parameter"}
	}
	return spec.checkValue(p.Value, p.Type, strict)
}

// store keeps accepted values and returns the status of the answer.
func (c *CPE) store(values map[string]string) int {
	maps.DeleteFunc(values, func(name, _ string) bool { return c.quirks.covers(quirkIgnoreSPV, name) })
	if c.quirks.has(quirkStatusOne) {
		maps.Copy(c.Staged, values)
		return cwmp.StatusPending
	}
	for name, value := range values {
		c.write(name, value)
	}
	c.started(values)
	c.judged(values)
	c.ownChange(values)
	return cwmp.StatusApplied
}

// write makes one value effective.
func (c *CPE) write(name, value string) {
	if _, before := c.Overwritten[name]; !before && c.quirks.covers(quirkLoseAfterReboot, name) {
		c.Overwritten[name] = c.Values[name]
	}
	if name == c.path("ManagementServer.URL") && value != c.Values[name] {
		// A new ACS is a first contact (TR-069 Amd 6 3.7.1.5).
		c.Bootstrapped = false
	}
	c.Values[name] = value
	c.loginWith(name)
}

func getParameterNames(s *session, m cwmp.Message) cwmp.Message {
	request := m.(*cwmp.GetParameterNames)
	t := s.cpe.tree
	if _, leaf := t.Values[request.Path]; leaf && !request.NextLevel {
		return &cwmp.GetParameterNamesResponse{Parameters: []cwmp.ParameterInfo{t.info(request.Path)}}
	} else if leaf {
		return cwmp.NewFault(cwmp.FaultArguments, "NextLevel of a parameter")
	}
	if !t.isObject(request.Path) {
		return cwmp.NewFault(cwmp.FaultName, "Invalid parameter name "+request.Path)
	}
	answer := &cwmp.GetParameterNamesResponse{}
	for _, name := range t.listing(request.Path, request.NextLevel) {
		answer.Parameters = append(answer.Parameters, t.info(name))
	}
	answer.Parameters = append(answer.Parameters, s.cpe.ghosts(request)...)
	return answer
}

// listing returns objects and parameters in order: those directly below a path,
// or all of them and the object itself (TR-069 Amd 6 A.3.2.3).
func (t *tree) listing(path string, nextLevel bool) []string {
	found := make(map[string]bool)
	for _, name := range slices.Concat(t.under(path), t.tablesUnder(path)) {
		for i := len(path); i < len(name); i++ {
			if name[i] == '.' || i == len(name)-1 {
				found[name[:i+1]] = true
				if nextLevel {
					break
				}
			}
		}
	}
	if !nextLevel && path != "" {
		found[path] = true
	}
	list := make([]string, 0, len(found))
	for name := range found {
		list = append(list, name)
	}
	slices.Sort(list)
	return list
}

// tablesUnder returns the paths of tables and rows below a path: those without
// parameters are listed too.
func (t *tree) tablesUnder(path string) []string {
	var list []string
	for table := range t.Tables {
		if strings.HasPrefix(table, path) && table != path {
			list = append(list, table)
		}
	}
	return list
}

// info describes a parameter or, when the name ends with a dot, an object.
func (t *tree) info(name string) cwmp.ParameterInfo {
	if strings.HasSuffix(name, ".") {
		return cwmp.ParameterInfo{Name: name, Writable: t.objectWritable(name)}
	}
	spec, _ := t.schema.spec(name)
	return cwmp.ParameterInfo{Name: name, Writable: spec.Access != ReadOnly}
}
