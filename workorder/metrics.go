package workorder

import (
	"github.com/prometheus/client_golang/prometheus"

	"itms"
)

// Metrics counts what the domain does.
type Metrics struct {
	orders     *prometheus.CounterVec
	pushes     *prometheus.CounterVec
	callbacks  *prometheus.CounterVec
	wishes     *prometheus.CounterVec
	latency    prometheus.Histogram
	webhooks   *prometheus.CounterVec
	lag        *prometheus.GaugeVec
	neighbours *prometheus.CounterVec
}

// NewMetrics makes the metrics and registers them; nil registers nowhere.
func NewMetrics(r prometheus.Registerer) *Metrics {
	m := &Metrics{
		orders: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "itms_order_transitions_total",
			Help: "Order states entered, by kind and state."}, []string{"kind", "state"}),
		pushes: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "itms_pushes_total",
			Help: "SetParameterValues of service values, by result."}, []string{"result"}),
		callbacks: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "itms_callbacks_total",
			Help: "Callback deliveries tried, by result."}, []string{"result"}),
		wishes: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "itms_download_requests_total",
			Help: "Files that devices asked for by themselves, by what came of it: offered, none, current, repeated, refused."}, []string{"result"}),
		webhooks: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "itms_webhooks_total",
			Help: "Deliveries to subscribers, by result: delivered, failed (tried again), abandoned (a dead letter)."}, []string{"result"}),
		lag: prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "itms_webhook_lag_seconds",
			Help: "Age of the oldest event that waits in the journal because a subscriber's window is full, by subscription; at most 250 of them."}, []string{"subscription"}),
		neighbours: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "itms_neighbour_calls_total",
			Help: "Calls to neighbours tried, by neighbour and result: done, failed (tried again), givenUp."}, []string{"neighbour", "result"}),
		latency: prometheus.NewHistogram(prometheus.HistogramOpts{Name: "itms_order_seconds",
			Help: "Time from an order's arrival to done.", Buckets: prometheus.ExponentialBuckets(0.1, 4, 12)}),
	}
	if r != nil {
		r.MustRegister(m.orders, m.pushes, m.callbacks, m.wishes, m.latency, m.webhooks, m.lag, m.neighbours)
	}
	return m
}

// order counts the state an order entered. A transaction that runs again counts
// again: these are rates for a graph, not books.
func (m *Metrics) order(o *itms.Order) {
	m.orders.WithLabelValues(string(o.Kind), string(o.State)).Inc()
	if o.State == itms.OrderDone {
		m.latency.Observe(o.UpdatedAt.Sub(o.CreatedAt).Seconds())
	}
}
