package dhcp

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"

	"itms"
)

// Sizes of the machinery.
const (
	// workers decide: each may wait for the store.
	workers = 4
	// workBatch messages share one look into the store.
	workBatch = 32
	// committers write leases: while one waits for the disk the next fills its batch. In a
	// store that is shared they would only be in each other's way: its transactions collide
	// by page.
	committers, sharedCommitters = 2, 1
	// commitBatch leases share a commit.
	commitBatch = 512
	// maxAge is when an answer is of no use any more: clients repeat after four seconds
	// (RFC 2131 §4.1), and take the answer to the second message for one to the first.
	maxAge = 3 * time.Second
	// lookTime and commitTime bound the wait for the store.
	lookTime   = 2 * time.Second
	commitTime = 5 * time.Second
)

// Options are the parts a Server is made of. Config, Store and Directory are required.
type Options struct {
	Config    Config
	Store     itms.Store
	Directory Directory
	// Shared says that other nodes give leases out of the same store.
	Shared     bool
	Clock      func() time.Time      // nil: time.Now
	Logger     zerolog.Logger        // the zero value is silent
	Registerer prometheus.Registerer // nil: metrics are counted but not shown
}

// Server answers DHCP clients. It is safe for concurrent use.
type Server struct {
	opt     Options
	config  Config
	plan    *plan
	space   *space
	queue   *queue
	jobs    *jobs
	metrics *metrics
	news    *news
	limits  *limiter
	sockets []*socket
	framer  *framer // nil: not to be had, or no direct clients
	prober  *prober // nil: not to be had, or not wanted
	ifaces  ifaces
	ids     map[netip.Addr]bool // addresses of this machine; written before the readers start
	ctx     context.Context     // of all that runs; ends with Close
	stop    context.CancelFunc
	wg      sync.WaitGroup
}

// New makes a server that does not run yet. It fails with KindInvalid for a configuration
// that Config.Check finds wrong, and when metrics of these names are registered already.
func New(o Options) (*Server, error) {
	if o.Store == nil || o.Directory == nil {
		return nil, itms.Invalid("/dhcp", "needs a store and a directory")
	}
	if err := o.Config.Check(); err != nil {
		return nil, err
	}
	if o.Clock == nil {
		o.Clock = time.Now
	}
	c := o.Config.withDefaults()
	p, err := newPlan(c)
	if err != nil {
		return nil, itms.Invalid("/dhcp", "%v", err)
	}
	s := &Server{opt: o, config: c, plan: p, space: newSpace(p), ids: map[netip.Addr]bool{}, ifaces: ifaces{known: map[int]iface{}}}
	if s.metrics, err = newMetrics(o.Registerer, s); err != nil {
		return nil, err
	}
	s.queue = newQueue(c.Limits.Queue, func(l lane) { s.metrics.dropped.WithLabelValues(laneNames[l]).Inc() })
	s.jobs = newJobs(max(c.Limits.Queue, 4*committers*commitBatch))
	s.news = newNews(o.Directory.Event)
	s.limits = newLimiter(c.Limits)
	s.ctx, s.stop = context.WithCancel(context.Background())
	return s, nil
}

// Start reads which addresses are busy, binds the sockets and begins to answer. When it
// fails nothing is left running. It obeys ctx.
func (s *Server) Start(ctx context.Context) error {
	if err := s.load(ctx); err != nil {
		return fmt.Errorf("read leases: %w", err)
	}
	if s.opt.Shared {
		s.space.scatter()
	}
	s.localAddresses()
	for _, addr := range s.config.Listen {
		sock, err := openSocket(ctx, addr)
		if err != nil {
			return errors.Join(fmt.Errorf("listen on %s: %w", addr, err), s.Close())
		}
		s.sockets = append(s.sockets, sock)
	}
	s.openFramer()
	s.openProber()
	s.run()
	return nil
}

// openFramer makes answers to direct clients without an address possible.
func (s *Server) openFramer() {
	if !s.plan.direct {
		return
	}
	f, err := newFramer()
	if err != nil {
		s.opt.Logger.Warn().Err(err).Msg("dhcp: clients without an address are answered by broadcast: frames cannot be sent")
		return
	}
	s.framer = f
}

// openProber makes probing possible where it is wanted.
func (s *Server) openProber() {
	if s.config.Probe == ProbeNone {
		return
	}
	p, err := newProber(s.config.ProbeTimeout)
	if err != nil {
		s.opt.Logger.Warn().Err(err).Msg("dhcp: addresses are offered without probing: echoes (ICMP) cannot be sent")
		return
	}
	s.prober = p
}

// run starts all goroutines.
func (s *Server) run() {
	for range workers {
		s.wg.Go(s.work)
	}
	writers := committers
	if s.opt.Shared {
		writers = sharedCommitters
	}
	for range writers {
		s.wg.Go(s.commit)
	}
	s.wg.Go(s.sweep)
	for _, sock := range s.sockets {
		s.wg.Go(func() {
			sock.read(s.opt.Clock, s.receive)
		})
	}
}

// Close ends the server: its sockets are closed, leases that wait for their commit are
// given up without an answer. It returns once nothing of it runs. A second call does nothing.
func (s *Server) Close() error {
	if s.ctx.Err() != nil {
		return nil
	}
	s.stop()
	var errs []error
	for _, sock := range s.sockets {
		errs = append(errs, sock.conn.Close())
	}
	if s.prober != nil {
		errs = append(errs, s.prober.close())
	}
	s.queue.close()
	s.jobs.close()
	s.wg.Wait()
	if s.framer != nil {
		errs = append(errs, s.framer.close())
	}
	return errors.Join(errs...)
}

// Addrs are the addresses of the sockets, in the order of Config.Listen.
func (s *Server) Addrs() []netip.AddrPort {
	addrs := make([]netip.AddrPort, len(s.sockets))
	for i, sock := range s.sockets {
		addrs[i] = sock.addr
	}
	return addrs
}

// receive takes one datagram in.
func (s *Server) receive(raw []byte, at arrival) {
	m, err := parse(raw)
	if err != nil {
		s.metrics.garbage.Inc()
		return
	}
	s.metrics.received[m.kind()].Inc()
	if !s.limits.allow(m, at.time) {
		s.metrics.limited.Inc()
		return
	}
	if m.kind() == typeDiscover && s.jobs.long() {
		s.metrics.dropped.WithLabelValues(laneNames[laneDiscover]).Inc() // to begin what cannot be ended in time helps nobody
		return
	}
	if !m.giaddr().IsValid() {
		at.direct = s.directNetwork(at.iface)
	}
	s.queue.put(newRequest(m, at, s.plan))
}

// serverID is what the server is called in answers to a message: by what the relay says
// (RFC 5107), by its configuration, or by the address that the message came to.
func (s *Server) serverID(r *request) netip.Addr {
	switch id := s.config.ServerID; {
	case r.relay.serverID.IsValid():
		return r.relay.serverID
	case id.IsValid():
		return id
	case r.at.dst.IsValid() && s.ids[r.at.dst]:
		return r.at.dst
	}
	return s.addressOf(r.at)
}

// called reports whether a message is meant for this server: it names it, or none.
func (s *Server) called(r *request) bool {
	v := r.option(optServerID)
	if v == nil {
		return true
	}
	id := r.optionAddress(optServerID)
	return id.IsValid() && (id == s.serverID(r) || id == s.config.ServerID || !s.config.ServerID.IsValid() && s.ids[id])
}
