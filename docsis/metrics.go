package docsis

import "github.com/prometheus/client_golang/prometheus"

// metrics counts what the package does.
type metrics struct {
	files   *prometheus.CounterVec
	dropped *prometheus.CounterVec
}

// newMetrics registers them with r; nil = counted nowhere.
func newMetrics(r prometheus.Registerer) *metrics {
	m := &metrics{
		files: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "itms_cable_files_total",
			Help: "Configuration files that were asked for, by what became of the request."}, []string{"outcome"}),
		dropped: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "itms_cable_notes_dropped_total",
			Help: "What could not be recorded of leases, fetched files and events."}, []string{"what"}),
	}
	if r != nil {
		r.MustRegister(m.files, m.dropped)
	}
	return m
}
