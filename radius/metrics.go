package radius

import (
	"github.com/prometheus/client_golang/prometheus"

	"itms"
)

// Doors are labels of metrics.
const (
	doorAuth       = "authentication"
	doorAccounting = "accounting"
)

// What becomes of a change: labels of a metric.
const (
	changeEnded   = "disconnected"
	changeChanged = "changed"
	changeSame    = "unchanged"
	changeGone    = "gone"
	changeRefused = "refused"
	changeSilent  = "silent"
)

// metrics are those of the RADIUS door; this is the only file that names them.
type metrics struct {
	received   map[string]prometheus.Counter // by door
	dropped    map[string]prometheus.Counter // by reason
	answers    map[string]prometheus.Counter // accept, walled, or the reason of a reject
	accounting map[string]prometheus.Counter // by Acct-Status-Type
	changes    map[string]prometheus.Counter
	coalesced  prometheus.Counter
	troubles   prometheus.Counter
	seconds    map[string]prometheus.Observer // by door
}

// newMetrics makes and registers the metrics; nil registers nowhere.
func newMetrics(r prometheus.Registerer) (*metrics, error) {
	var all []prometheus.Collector
	vec := func(name, help, label string, values []string) map[string]prometheus.Counter {
		v := prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: "itms", Subsystem: "radius", Name: name, Help: help}, []string{label})
		all = append(all, v)
		m := map[string]prometheus.Counter{}
		for _, value := range values {
			m[value] = v.WithLabelValues(value)
		}
		return m
	}
	one := func(name, help string) prometheus.Counter {
		c := prometheus.NewCounter(prometheus.CounterOpts{Namespace: "itms", Subsystem: "radius", Name: name, Help: help})
		all = append(all, c)
		return c
	}
	results := []string{"accept", "walled"}
	for _, why := range []itms.AccessRefusal{itms.RefusedUnknown, itms.RefusedPassword, itms.RefusedLocked, itms.RefusedSuspended, itms.RefusedTerminated,
		itms.RefusedNotOrdered, itms.RefusedBlocked, itms.RefusedLine, itms.RefusedNoRule, itms.RefusedMethod} {
		results = append(results, string(why))
	}
	doors := []string{doorAuth, doorAccounting}
	m := &metrics{
		received:   vec("received_total", "Datagrams, by port.", "door", doors),
		dropped:    vec("dropped_total", "Datagrams that were not answered, by reason.", "reason", drops),
		answers:    vec("answers_total", "Access-Requests that were answered: accept, walled, or why not.", "result", results),
		accounting: vec("accounting_total", "Accounting-Requests that were taken in, by kind.", "status", []string{"start", "interim", "stop", "on", "off", "other"}),
		changes: vec("changes_total", "Changes that access servers were to be told, by what came of it.", "result",
			[]string{changeEnded, changeChanged, changeSame, changeGone, changeRefused, changeSilent}),
		coalesced: one("coalesced_total", "Interim accounting that waited to be written with others."),
		troubles:  one("troubles_total", "Failures of storage or directory: access servers were not answered."),
		seconds:   map[string]prometheus.Observer{},
	}
	h := prometheus.NewHistogramVec(prometheus.HistogramOpts{Namespace: "itms", Subsystem: "radius", Name: "answer_seconds",
		Help: "Time from a request to its answer, by port.", Buckets: prometheus.ExponentialBuckets(0.0001, 4, 9)}, []string{"door"}) // 0.1 ms to 6.5 s
	for _, door := range doors {
		m.seconds[door] = h.WithLabelValues(door)
	}
	if r == nil {
		return m, nil
	}
	for _, c := range append(all, h) {
		if err := r.Register(c); err != nil {
			return nil, err
		}
	}
	return m, nil
}
