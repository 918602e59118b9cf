package tftp

import "github.com/prometheus/client_golang/prometheus"

// refusal says why a packet did not lead to a transfer; the words are labels.
type refusal uint8

const (
	refusedGarbage  refusal = iota // no packet of TFTP, or none that has a place there: silence
	refusedWrite                   // WRQ: ERROR 2
	refusedMode                    // mail, or no mode at all: ERROR 4
	refusedNotFound                // the source has no such file for the client: ERROR 1
	refusedFailed                  // the source failed: silence
	refusedRate                    // too many requests of the client: silence
	refusedClient                  // too many transfers of the client: silence
	refusedBusy                    // too many transfers in all: silence
	refusedLate                    // a repeated request of a transfer that is under way: silence
	refusedStranger                // an ACK that belongs to no transfer: ERROR 5
)

// refusals are those words.
var refusals = [...]string{refusedGarbage: "garbage", refusedWrite: "write", refusedMode: "mode", refusedNotFound: "not_found",
	refusedFailed: "failed", refusedRate: "rate", refusedClient: "client", refusedBusy: "busy", refusedLate: "late", refusedStranger: "stranger"}

// metrics are those of the TFTP server; this is the only file that names them.
type metrics struct {
	transfers [len(outcomes)]prometheus.Counter
	refused   [len(refusals)]prometheus.Counter
	bytes     prometheus.Counter
	resent    prometheus.Counter
	unsent    prometheus.Counter
	seconds   prometheus.Histogram
	all       []prometheus.Collector
}

// newMetrics makes the metrics; live is how many transfers are in flight.
func newMetrics(live func() int) *metrics {
	opts := func(name, help string) prometheus.Opts {
		return prometheus.Opts{Namespace: "itms", Subsystem: "tftp", Name: name, Help: help}
	}
	count := func(name, help string) prometheus.Counter {
		return prometheus.NewCounter(prometheus.CounterOpts(opts(name, help)))
	}
	transfers := prometheus.NewCounterVec(prometheus.CounterOpts(opts("transfers_total", "Transfers that are over, by how they ended.")), []string{"outcome"})
	refused := prometheus.NewCounterVec(prometheus.CounterOpts(opts("refused_total", "Packets that led to no transfer, by reason.")), []string{"reason"})
	m := &metrics{
		bytes:  count("acknowledged_bytes_total", "Octets of files that clients have acknowledged."),
		resent: count("resent_packets_total", "Packets that were sent again since no acknowledgement came."),
		unsent: count("unsent_packets_total", "Packets that the system did not take."),
		seconds: prometheus.NewHistogram(prometheus.HistogramOpts{Namespace: "itms", Subsystem: "tftp", Name: "transfer_seconds",
			Help: "Duration of complete transfers.", Buckets: prometheus.ExponentialBuckets(0.0005, 4, 10)}), // 0.5 ms to 131 s
	}
	for i, word := range outcomes {
		m.transfers[i] = transfers.WithLabelValues(word)
	}
	for i, word := range refusals {
		m.refused[i] = refused.WithLabelValues(word)
	}
	gauge := prometheus.NewGaugeFunc(prometheus.GaugeOpts(opts("live_transfers", "Transfers that are in flight.")), func() float64 { return float64(live()) })
	m.all = []prometheus.Collector{transfers, refused, m.bytes, m.resent, m.unsent, m.seconds, gauge}
	return m
}

// ended counts a transfer.
func (m *metrics) ended(r *Result) {
	m.transfers[r.Outcome].Inc()
	m.bytes.Add(float64(r.Bytes))
	if r.Resent > 0 {
		m.resent.Add(float64(r.Resent))
	}
	if r.Complete {
		m.seconds.Observe(r.Duration.Seconds())
	}
}

// register puts all metrics into r, or none; nil is nowhere.
func (m *metrics) register(r prometheus.Registerer) error {
	if r == nil {
		return nil
	}
	for i, c := range m.all {
		if err := r.Register(c); err != nil {
			m.all = m.all[:i]
			m.unregister(r)
			return err
		}
	}
	return nil
}

// unregister takes them out again, so that another server can take their place.
func (m *metrics) unregister(r prometheus.Registerer) {
	if r == nil {
		return
	}
	for _, c := range m.all {
		r.Unregister(c)
	}
}
