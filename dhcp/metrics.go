package dhcp

import (
	"github.com/prometheus/client_golang/prometheus"
)

// metrics are those of the DHCP door; this is the only file that names them.
type metrics struct {
	received  [numberOfMessageTypes]prometheus.Counter
	sent      [numberOfMessageTypes]prometheus.Counter
	byOutcome map[string]prometheus.Counter // by what became of the message
	dropped   *prometheus.CounterVec        // by lane
	garbage   prometheus.Counter
	limited   prometheus.Counter
	unsent    prometheus.Counter
	commits   prometheus.Counter
	reclaimed prometheus.Counter
	declined  prometheus.Counter
	troubles  prometheus.Counter
	seconds   prometheus.Histogram
}

// messageNames are the labels of message types.
var messageNames = [numberOfMessageTypes]string{"none", "discover", "offer", "request", "decline", "ack", "nak", "release", "inform",
	"force renew", "lease query", "lease unassigned", "lease unknown", "lease active"}

// newMetrics makes and registers the metrics; nil registers nowhere.
func newMetrics(r prometheus.Registerer, s *Server) (*metrics, error) {
	opts := func(name, help string) prometheus.CounterOpts {
		return prometheus.CounterOpts{Namespace: "itms", Subsystem: "dhcp", Name: name, Help: help}
	}
	one := func(name, help string) prometheus.Counter { return prometheus.NewCounter(opts(name, help)) }
	vec := func(name, help, label string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(opts(name, help), []string{label})
	}
	received, sent := vec("received_total", "Messages of clients, by type.", "type"), vec("sent_total", "Answers, by type.", "type")
	m := &metrics{
		byOutcome: map[string]prometheus.Counter{},
		dropped:   vec("dropped_total", "Messages dropped since a queue was full, by queue.", "queue"),
		garbage:   one("garbage_total", "Datagrams that were no request."),
		limited:   one("limited_total", "Messages above a rate limit."),
		unsent:    one("unsent_total", "Answers that could not be sent."),
		commits:   one("commits_total", "Transactions that wrote leases."),
		reclaimed: one("reclaimed_total", "Expired leases that were taken back."),
		declined:  one("declined_total", "Addresses that clients found in use."),
		troubles:  one("troubles_total", "Failures of storage or directory: the clients were not answered."),
		seconds: prometheus.NewHistogram(prometheus.HistogramOpts{Namespace: "itms", Subsystem: "dhcp", Name: "answer_seconds",
			Help: "Time from a message to what became of it.", Buckets: prometheus.ExponentialBuckets(0.0001, 4, 9)}), // 0.1 ms to 6.5 s
	}
	for i, name := range messageNames {
		m.received[i], m.sent[i] = received.WithLabelValues(name), sent.WithLabelValues(name)
	}
	became := vec("outcomes_total", "Messages by what became of them.", "outcome")
	for _, name := range outcomes {
		m.byOutcome[name] = became.WithLabelValues(name)
	}
	all := []prometheus.Collector{received, sent, became, m.dropped, m.garbage, m.limited, m.unsent, m.commits, m.reclaimed, m.declined,
		m.troubles, m.seconds, newUtilisation(s)}
	return m, m.register(r, all)
}

// register puts all metrics into r, or none.
func (m *metrics) register(r prometheus.Registerer, all []prometheus.Collector) error {
	if r == nil {
		return nil
	}
	for i, c := range all {
		if err := r.Register(c); err != nil {
			for _, before := range all[:i] {
				r.Unregister(before)
			}
			return err
		}
	}
	return nil
}

// utilisation shows the addresses of each scope when it is asked.
type utilisation struct {
	server *Server
	desc   *prometheus.Desc
}

func newUtilisation(s *Server) *utilisation {
	return &utilisation{s, prometheus.NewDesc("itms_dhcp_addresses", "Addresses of the pools of a scope, by state.", []string{"scope", "state"}, nil)}
}

// Describe is part of prometheus.Collector.
func (u *utilisation) Describe(ch chan<- *prometheus.Desc) { ch <- u.desc }

// Collect is part of prometheus.Collector.
func (u *utilisation) Collect(ch chan<- prometheus.Metric) {
	for _, s := range u.server.space.usage() {
		ch <- prometheus.MustNewConstMetric(u.desc, prometheus.GaugeValue, float64(s.busy), s.scope, "busy")
		ch <- prometheus.MustNewConstMetric(u.desc, prometheus.GaugeValue, float64(s.size-s.busy), s.scope, "free")
	}
}
