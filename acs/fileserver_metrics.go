package acs

import (
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
)

// The results of requests at the file door, as metrics and log name them.
const (
	resultServed    = "served"    // all of a file, or its head
	resultPartial   = "partial"   // a range of it
	resultUnchanged = "unchanged" // the device has it
	resultRange     = "range"     // 416
	resultReceived  = "received"  // an upload
	resultBroken    = "broken"    // the device went away, stalled or sent half
	resultAsked     = "asked"     // 401 without credentials: the usual first request
	resultStale     = "stale"     // 401 for an old nonce
	resultWrong     = "wrong"     // 401 for wrong credentials
	resultShut      = "shut"      // 403 for a source that guessed too often
	resultUnknown   = "unknown"   // 404
	resultMethod    = "method"    // 405
	resultTooLarge  = "too-large" // 413
	resultBusy      = "busy"      // 503 for want of a place
	resultFailed    = "failed"    // ours
)

// fileMetrics are those of the file door; this is the only file that names them.
type fileMetrics struct {
	requests *prometheus.CounterVec // by direction and result
	bytes    *prometheus.CounterVec // by direction
	active   prometheus.Gauge
	all      []prometheus.Collector
}

// newFileMetrics makes and registers the metrics; nil registers nowhere.
func newFileMetrics(r prometheus.Registerer) (*fileMetrics, error) {
	opts := func(name, help string) prometheus.CounterOpts {
		return prometheus.CounterOpts{Namespace: "itms", Subsystem: "files", Name: name, Help: help}
	}
	m := &fileMetrics{
		requests: prometheus.NewCounterVec(opts("requests_total", "Requests of devices at the file door, by direction and result."), []string{"direction", "result"}),
		bytes:    prometheus.NewCounterVec(opts("bytes_total", "Content moved at the file door, by direction."), []string{"direction"}),
		active: prometheus.NewGauge(prometheus.GaugeOpts{Namespace: "itms", Subsystem: "files", Name: "active_transfers",
			Help: "Requests that are moving content on this node."}),
	}
	m.all = []prometheus.Collector{m.requests, m.bytes, m.active}
	if r == nil {
		return m, nil
	}
	for i, c := range m.all {
		if err := r.Register(c); err != nil {
			m.all = m.all[:i]
			m.unregister(r)
			return nil, err
		}
	}
	return m, nil
}

// unregister takes them out again, so that another server can take their place.
func (m *fileMetrics) unregister(r prometheus.Registerer) {
	if r == nil {
		return
	}
	for _, c := range m.all {
		r.Unregister(c)
	}
}

// request counts a request that is over.
func (m *fileMetrics) request(e *errand) {
	direction := "out"
	if e.r.Method == http.MethodPut || e.r.Method == http.MethodPost {
		direction = "in"
	}
	m.requests.WithLabelValues(direction, e.result).Inc()
	m.bytes.WithLabelValues(direction).Add(float64(e.bytes))
}
