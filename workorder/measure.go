package workorder

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"itms"
)

const (
	// maxRows bounds the rows of a table in a result: three times the hops that a route may
	// have, and more neighbours than a radio hears.
	maxRows = 200
	// maxMeasured bounds a text of a result, and maxListed the items of a list.
	maxMeasured = 1024
	maxListed   = 64
	// longestMeasurement is what a device's times may lie apart: beyond it, one of them was
	// taken before the clock was set.
	longestMeasurement = 24 * time.Hour
)

// resultRead records a part of the result. An object that cannot be read as a whole is
// listed first.
func (r *taskRun) resultRead(s *settlement) error {
	read, ok := s.out.Command.(itms.GetValues)
	whole := ok && len(read.Paths) == 1 && read.Paths[0] == r.object()
	switch {
	case whole && s.out.Fault != nil:
		r.task.Run.Stage = stageList
		return nil
	case whole, !ok && s.out.Fault == nil:
		s.forget(r.object()) // rows of the test before
	}
	return r.gotValues(s)
}

// measured ends a test with what the tree holds of it.
func (r *taskRun) measured() error {
	tree, err := r.params(r.device.ID)
	if err != nil {
		return err
	}
	known, _ := tree.Get(r.stateName())
	switch itms.PhaseOfDiagnostic(known.Value) {
	case itms.DiagnosticRunning:
		return r.underTest("the device is testing: its DiagnosticsState is " + clipText(known.Value))
	case itms.DiagnosticIdle:
		return r.again("the device dropped its test")
	}
	d := measure(r.test(), tree, r.object())
	d.State = clipText(known.Value)
	derive(d)
	r.task.Result = &itms.TaskResult{Diagnostic: d}
	if itms.PhaseOfDiagnostic(known.Value) == itms.DiagnosticFailed {
		return r.failTest("the device could not carry out the test: " + d.State)
	}
	return r.done(clipReason("the device has carried out the test" + summary(d)))
}

// measure reads the result of a test out of a tree.
func measure(test *itms.Diagnostic, tree *itms.ParamTree, object itms.ParamPath) *itms.DiagnosticResult {
	d := &itms.DiagnosticResult{Object: object, Values: fieldValues(test.Results, tree, object)}
	for _, table := range test.Tables {
		path := object + itms.ParamPath(table.Object)
		rows := rowsOf(tree, path)
		for _, row := range rows[:min(len(rows), maxRows)] {
			if values := fieldValues(table.Fields, tree, path+itms.ParamPath(strconv.Itoa(row))+"."); len(values) > 0 {
				if d.Tables == nil {
					d.Tables = map[string][]map[string]any{}
				}
				d.Tables[table.Name] = append(d.Tables[table.Name], values)
			}
		}
	}
	return d
}

// rowsOf lists the rows of a table in the order of their numbers: hops come in theirs.
func rowsOf(tree *itms.ParamTree, table itms.ParamPath) (rows []int) {
	for _, instance := range tree.Instances(table) {
		if n, err := strconv.Atoi(instance); err == nil {
			rows = append(rows, n)
		}
	}
	slices.Sort(rows)
	return rows
}

// fieldValues reads fields; those that the device has no value of are left out.
func fieldValues(fields []itms.DiagnosticField, tree *itms.ParamTree, object itms.ParamPath) map[string]any {
	values := map[string]any{}
	for _, f := range fields {
		for _, leaf := range f.Leaves {
			p, known := tree.Get(object + itms.ParamPath(leaf))
			if !known || p.Value == "" {
				continue
			}
			if v, ok := fieldValue(f.Form, p.Value); ok {
				values[f.Name] = v
				break
			}
		}
	}
	return values
}

// fieldValue reads one value; ok is false when it is none of its form.
func fieldValue(form itms.DiagnosticForm, text string) (value any, ok bool) {
	text = strings.TrimSpace(text)
	switch form {
	case itms.FormNumber:
		return finite(text)
	case itms.FormFlag:
		return itms.SameValue(itms.TypeBoolean, text, "1"), true
	case itms.FormTime:
		t, ok := parseMoment(text)
		return t.Format(time.RFC3339Nano), ok
	case itms.FormList:
		return fieldList(text), true
	}
	return clipMeasured(text), text != ""
}

// finite reads a number. JSON has no other.
func finite(text string) (any, bool) {
	n, err := strconv.ParseFloat(text, 64)
	return n, err == nil && !math.IsInf(n, 0) && !math.IsNaN(n)
}

// fieldList reads a comma-separated list: numbers where they are some, else texts.
func fieldList(text string) []any {
	list := []any{}
	for item := range strings.SplitSeq(text, ",") {
		if item = strings.TrimSpace(item); item == "" || len(list) == maxListed {
			continue
		}
		if n, ok := finite(item); ok {
			list = append(list, n)
			continue
		}
		list = append(list, clipMeasured(item))
	}
	return list
}

// clipMeasured bounds a text of a result.
func clipMeasured(text string) string {
	return strings.ToValidUTF8(text[:min(len(text), maxMeasured)], "")
}

// parseMoment reads a time of a device, with or without a zone; ok is false for one that
// it does not know (TR-106 §3.2: year 1, and what lies in the device's own era before it).
func parseMoment(text string) (time.Time, bool) {
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999"} {
		if t, err := time.Parse(layout, text); err == nil {
			return t.UTC(), t.Year() > 1
		}
	}
	return time.Time{}, false
}

// parseWhole reads a whole number.
func parseWhole(text string) (int64, error) { return strconv.ParseInt(text, 10, 64) }

// derive adds what follows from the values: the share that was lost, how fast a file was
// moved.
func derive(d *itms.DiagnosticResult) {
	v := d.Values
	if lost, ok := v["failureCount"].(float64); ok {
		if answered, ok := v["successCount"].(float64); ok && lost >= 0 && answered+lost > 0 {
			v["lossPercent"] = round(100 * lost / (answered + lost))
		}
	}
	deriveSpeed(v, true)
	for _, row := range d.Tables["connections"] {
		deriveSpeed(row, false)
	}
}

// deriveSpeed adds figures to the results of TR-143: throughputKbps is everything that
// went over the interface between the request and the end, testThroughputKbps the file
// itself between its first byte and its last. Times that make no sense give no figure.
func deriveSpeed(v map[string]any, whole bool) {
	bytes := func(names ...string) float64 {
		for _, name := range names {
			if n, ok := v[name].(float64); ok && n > 0 {
				return n
			}
		}
		return 0
	}
	set := func(name string, n float64, span time.Duration) {
		if n > 0 && span > 0 && span <= longestMeasurement {
			v[name] = round(n * 8 / span.Seconds() / 1000)
		}
	}
	_, uploads := v["testBytesSent"]
	_, sized := v["testFileBytes"]
	total, full := "totalBytesReceived", "totalBytesReceivedUnderFullLoading"
	if uploads || sized {
		total, full = "totalBytesSent", "totalBytesSentUnderFullLoading"
	}
	test := bytes("testBytesReceived", "testBytesSent", "testFileBytes")
	sum := bytes(total)
	if sum == 0 {
		sum = test
	}
	set("throughputKbps", sum, span(v, "romTime", "eomTime"))
	set("testThroughputKbps", test, span(v, "bomTime", "eomTime"))
	if whole {
		set("fullLoadingKbps", bytes(full), time.Duration(min(bytes("periodOfFullLoadingUs"), float64(longestMeasurement.Microseconds())))*time.Microsecond)
	}
	for name, d := range map[string]time.Duration{"durationMs": span(v, "romTime", "eomTime"), "tcpOpenMs": span(v, "tcpOpenRequestTime", "tcpOpenResponseTime"),
		"firstByteMs": span(v, "romTime", "bomTime")} {
		if d > 0 && d <= longestMeasurement {
			v[name] = round(float64(d) / float64(time.Millisecond))
		}
	}
}

// span is how long two times of a result lie apart; 0 or less when they make no sense.
func span(v map[string]any, from, to string) time.Duration {
	first, ok := v[from].(string)
	last, also := v[to].(string)
	if !ok || !also {
		return 0
	}
	a, _ := parseMoment(first) // written by fieldValue
	b, _ := parseMoment(last)
	return b.Sub(a)
}

// round keeps three decimals.
func round(n float64) float64 { return math.Round(n*1000) / 1000 }

// summary is the figure that a person looks for first.
func summary(d *itms.DiagnosticResult) string {
	for _, s := range []struct{ name, format string }{
		{"throughputKbps", ": %v kbit/s"}, {"lossPercent", ": %v %% lost"}, {"fastestHost", ": %v is the fastest"},
	} {
		if v, ok := d.Values[s.name]; ok {
			return fmt.Sprintf(s.format, v)
		}
	}
	if test := d.Values["testBytesReceived"]; test != nil {
		return "; its times make no sense, so its throughput is not known"
	}
	for name, rows := range d.Tables {
		return fmt.Sprintf(": %d %s", len(rows), name)
	}
	return ""
}
