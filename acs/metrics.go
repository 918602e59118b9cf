package acs

import (
	"strconv"

	"github.com/prometheus/client_golang/prometheus"

	"itms"
)

// metrics are those of the CWMP door; this is the only file that names them.
type metrics struct {
	sessions    *prometheus.CounterVec // by end
	ends        map[string]prometheus.Counter
	seconds     prometheus.Histogram
	rpcs        *prometheus.CounterVec // by method
	faults      *prometheus.CounterVec // by code
	authFails   *prometheus.CounterVec // by reason
	refusals    *prometheus.CounterVec // by status
	forwards    *prometheus.CounterVec // by result
	connections *prometheus.CounterVec // by result and way
	stun        *prometheus.CounterVec // by result
	bindings    func() int
	claims      *prometheus.CounterVec                 // by reason
	informs     *prometheus.CounterVec                 // by class and outcome
	byClass     [numberOfClasses][2]prometheus.Counter // of informs: turned away, taken
	liveCount   func() int
	all         []prometheus.Collector
}

// Fault codes are the device's to choose; outside the standard's ranges they are
// one label, so that no device can make labels without end.
const (
	firstFault = 8000
	lastFault  = 9900
)

// newMetrics makes and registers the metrics; nil registers nowhere.
func newMetrics(r prometheus.Registerer) (*metrics, error) {
	vec := func(name, help, label string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: "itms", Subsystem: "cwmp", Name: name, Help: help}, []string{label})
	}
	m := &metrics{
		sessions:  vec("sessions_total", "Sessions that are over, by how they ended.", "end"),
		rpcs:      vec("rpcs_total", "Requests sent to devices, by method.", "method"),
		faults:    vec("faults_total", "Faults devices answered with, by code.", "code"),
		authFails: vec("auth_failures_total", "Posts without right credentials, by reason.", "reason"),
		refusals:  vec("refused_posts_total", "Posts outside of a session that were refused, by HTTP status.", "status"),
		forwards:  vec("forwarded_posts_total", "Posts of sessions held by another node, by result.", "result"),
		connections: prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: "itms", Subsystem: "cwmp", Name: "connection_requests_total",
			Help: "Connection requests, by result and by way (http, udp, empty when none was tried)."}, []string{"result", "way"}),
		stun:   vec("stun_requests_total", "Datagrams at the STUN server, by what became of them.", "result"),
		claims: vec("refused_claims_total", "Posts that were not from whom they said: the identity proved was another, or the domain refuses it, by reason.", "reason"),
		informs: prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: "itms", Subsystem: "cwmp", Name: "informs_total",
			Help: "Informs by class, and whether they were taken or turned away since the node was too busy."}, []string{"class", "outcome"}),
		seconds: prometheus.NewHistogram(prometheus.HistogramOpts{Namespace: "itms", Subsystem: "cwmp", Name: "session_seconds",
			Help: "Duration of sessions.", Buckets: prometheus.ExponentialBuckets(0.002, 4, 9)}), // 2 ms to 131 s
		liveCount: func() int { return 0 },
		bindings:  func() int { return 0 },
	}
	m.ends = map[string]prometheus.Counter{}
	for _, end := range []string{itms.SessionDone, itms.SessionTimeout, itms.SessionFenced, itms.SessionError} {
		m.ends[end] = m.sessions.WithLabelValues(end)
	}
	for c, name := range classNames {
		m.byClass[c] = [2]prometheus.Counter{m.informs.WithLabelValues(name, "shed"), m.informs.WithLabelValues(name, "taken")}
	}
	gauge := prometheus.NewGaugeFunc(prometheus.GaugeOpts{Namespace: "itms", Subsystem: "cwmp", Name: "live_sessions",
		Help: "Sessions that are open on this node."}, func() float64 { return float64(m.liveCount()) })
	bound := prometheus.NewGaugeFunc(prometheus.GaugeOpts{Namespace: "itms", Subsystem: "cwmp", Name: "udp_bindings",
		Help: "Devices whose UDP binding this node holds."}, func() float64 { return float64(m.bindings()) })
	m.all = []prometheus.Collector{m.sessions, m.seconds, m.rpcs, m.faults, m.authFails, m.refusals, m.forwards, m.connections, m.stun, m.claims, m.informs, gauge, bound}
	return m, m.register(r)
}

// register puts all metrics into r, or none.
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

// live names the source of the gauge.
func (m *metrics) live(count func() int) { m.liveCount = count }

// bound names the source of the gauge of bindings.
func (m *metrics) bound(count func() int) { m.bindings = count }

// ended counts a session.
func (m *metrics) ended(s *itms.SessionSummary) {
	m.ends[s.End].Inc()
	m.seconds.Observe(s.Duration.Seconds())
}

// rpc counts a request of ours.
func (m *metrics) rpc(method string) { m.rpcs.WithLabelValues(method).Inc() }

// inform counts an Inform.
func (m *metrics) inform(of class, taken bool) {
	outcome := 0
	if taken {
		outcome = 1
	}
	m.byClass[of][outcome].Inc()
}

// refusedClaim counts a POST that was not from whom it said.
func (m *metrics) refusedClaim(reason string) { m.claims.WithLabelValues(reason).Inc() }

// fault counts a fault of a device.
func (m *metrics) fault(code int) {
	label := "other"
	if code >= firstFault && code < lastFault {
		label = strconv.Itoa(code)
	}
	m.faults.WithLabelValues(label).Inc()
}

// authFailed counts a POST without right credentials.
func (m *metrics) authFailed(reason string) { m.authFails.WithLabelValues(reason).Inc() }

// refused counts a POST refused outside of a session.
func (m *metrics) refused(status int) { m.refusals.WithLabelValues(strconv.Itoa(status)).Inc() }

// forwarded counts a POST for another node.
func (m *metrics) forwarded(result string) { m.forwards.WithLabelValues(result).Inc() }

// callDropped is the result of a wake for which there was no room.
const callDropped itms.CallResult = "dropped"

// connection counts a connection request.
func (m *metrics) connection(result itms.CallResult, way itms.ReachWay) {
	m.connections.WithLabelValues(string(result), string(way)).Inc()
}

// stunned counts a datagram at the STUN server.
func (m *metrics) stunned(result string) { m.stun.WithLabelValues(result).Inc() }
