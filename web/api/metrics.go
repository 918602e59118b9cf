package api

import (
	"slices"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// metrics counts what happens at this door.
type metrics struct {
	requests *prometheus.CounterVec
	latency  *prometheus.HistogramVec
	refused  prometheus.Counter
	streams  prometheus.Gauge
}

// newMetrics registers with reg; nil leaves the counters unread.
func newMetrics(reg prometheus.Registerer) *metrics {
	m := &metrics{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "itms_http_requests_total", Help: "REST calls by route, method and status.",
		}, []string{"route", "method", "status"}),
		latency: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "itms_http_request_seconds", Help: "Time to answer a REST call; event streams are left out.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 10},
		}, []string{"route", "method"}),
		refused: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "itms_http_refused_tokens_total", Help: "Calls with an unknown token.",
		}),
		streams: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "itms_http_event_streams", Help: "Event streams that are open.",
		}),
	}
	if reg != nil {
		reg.MustRegister(m.requests, m.latency, m.refused, m.streams)
	}
	return m
}

// request counts one answer. Methods are a caller's free text: those that no route
// takes are counted together.
func (m *metrics) request(route, method string, status int, took time.Duration) {
	if !slices.Contains(methods, method) {
		method = "other"
	}
	m.requests.WithLabelValues(route, method, strconv.Itoa(status)).Inc()
	if route != eventsPath {
		m.latency.WithLabelValues(route, method).Observe(took.Seconds())
	}
}
