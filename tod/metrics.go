package tod

import "github.com/prometheus/client_golang/prometheus"

// What becomes of a question; the words are labels.
const (
	answered = iota
	limited
	ignored
	failed
)

// results are those words.
var results = []string{answered: "answered", limited: "limited", ignored: "ignored", failed: "failed"}

// metrics are those of the time server; this is the only file that names them.
type metrics struct {
	requests *prometheus.CounterVec // by transport and result
	udp, tcp []prometheus.Counter   // by result
}

// newMetrics makes the metrics.
func newMetrics() *metrics {
	m := &metrics{requests: prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: "itms", Subsystem: "tod", Name: "requests_total",
		Help: "Questions for the time of day, by transport, and whether they were answered, too many, no question, or the answer could not be sent."},
		[]string{"transport", "result"})}
	for _, result := range results {
		m.udp = append(m.udp, m.requests.WithLabelValues("udp", result))
		m.tcp = append(m.tcp, m.requests.WithLabelValues("tcp", result))
	}
	return m
}

// register puts the metrics into r; nil is nowhere.
func (m *metrics) register(r prometheus.Registerer) error {
	if r == nil {
		return nil
	}
	return r.Register(m.requests)
}

// unregister takes them out again, so that another server can take their place.
func (m *metrics) unregister(r prometheus.Registerer) {
	if r != nil {
		r.Unregister(m.requests)
	}
}
