package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime/debug"
	"time"

	"github.com/rs/zerolog"

	"itms"
	"itms/acs"
	"itms/audit"
	"itms/cmd/itms/config"
	"itms/internal/lifecycle"
	"itms/radius"
	"itms/web/api"
	"itms/workorder"
)

// serveCmd runs the server.
type serveCmd struct {
	Config string `required:"" type:"path" placeholder:"FILE" help:"Configuration file."`
}

// Help shows an example.
func (serveCmd) Help() string { return "Example: itms serve --config /etc/itms/itms.yaml" }

// Run serves until a signal ends it.
func (cmd serveCmd) Run(e *env) error {
	c, err := config.Load(cmd.Config, e.environ)
	if err != nil {
		return err
	}
	return serve(e.ctx, c, newLogger(c, e), e.environ, nil)
}

// checkCmd validates a configuration.
type checkCmd struct {
	Config string `required:"" type:"path" placeholder:"FILE" help:"Configuration file."`
}

// Help shows an example.
func (checkCmd) Help() string { return "Example: itms check --config /etc/itms/itms.yaml" }

// Run reads configuration, certificates, profiles and rules and starts nothing.
func (cmd checkCmd) Run(e *env) error {
	c, err := config.Load(cmd.Config, e.environ)
	if err != nil {
		return err
	}
	if err := errors.Join(checkTLS(c), checkProfiles(c.Profiles), checkRules(c.Rules), checkCable(c), checkRadius(c)); err != nil {
		return err
	}
	_, err = fmt.Fprintf(e.out, "%s is valid\n", cmd.Config)
	return err
}

// server is a running itms: the base and its doors.
type server struct {
	*base
	node       string
	acs        *acs.Server
	files      *acs.FileServer // nil = off
	cable      cable
	radius     *radius.Server // nil = off
	api        *api.Server
	dispatcher *workorder.Dispatcher
	group      *lifecycle.Group
	addresses  map[string]string
	ready      func(addresses map[string]string) // told once everything listens
}

// gcPercent lets the heap grow to five times what lives: a server of idle devices
// has a heap of some 20 MB, and at the default of 100 spends a tenth of its time
// collecting it. GOGC in the environment has the last word.
const gcPercent = 400

// serve opens the base and runs all doors until ctx ends.
func serve(ctx context.Context, c *config.Config, log zerolog.Logger, environ []string, ready func(map[string]string)) error {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	if err := removeStaleAddresses(c); err != nil {
		return err
	}
	b, err := openBase(ctx, c, log, environ)
	if err != nil {
		return err
	}
	s := &server{base: b, node: newNodeName(), group: &lifecycle.Group{Log: slog.New(zerolog.NewSlogHandler(log))},
		addresses: map[string]string{}, ready: ready}
	if err := s.assemble(); err != nil {
		return errors.Join(err, b.Close())
	}
	if c.CWMP.Auth == "none" {
		log.Warn().Msg("cwmp.auth is none: any device may come into contact and receive what orders hold for it")
	}
	warnLegacy(c, log)
	return errors.Join(s.group.Run(ctx), b.Close())
}

// newNodeName names this process among the nodes; a restarted process is another
// node, since the sessions of its predecessor are gone.
func newNodeName() string {
	var b [6]byte
	_, _ = rand.Read(b[:]) // never fails (crypto/rand)
	return hex.EncodeToString(b[:])
}

// assemble makes the doors and orders them: what is needed by others starts first
// and stops last.
func (s *server) assemble() error {
	secret, err := workorder.ParseCallbackSecret(s.config.BSS.CallbackSecret)
	if err != nil {
		return err
	}
	nodes := &nodes{store: s.store, self: s.node}
	c := s.config.CWMP
	s.acs, err = acs.New(acs.Options{Planner: planner{s.engine}, Tracer: s.engine, Secret: secretNames(s.models), Peers: nodes, Node: s.node, Auth: acs.Auth(c.Auth),
		Username: c.Username, Password: itms.NewSecret(c.Password), DigestKey: s.vault.Derive("cwmp digest nonces"),
		ForwardKey: s.vault.Derive("cwmp forwarding"), Own: s.engine.Credentials, Alarm: s.engine.Alarm, Hint: s.engine.Urgency,
		Limits: acs.Limits{Serving: c.MaxServing}, SessionTimeout: c.SessionTimeout, TrustedProxies: s.config.Proxies(), Logger: s.log, Registerer: s.metrics,
		Called: s.called, Bound: s.engine.NoteBindings})
	if err != nil {
		return err
	}
	s.engine.SetWaker(s.acs)
	if err := s.makeFiles(); err != nil {
		return err
	}
	if err := s.makeCable(); err != nil {
		return err
	}
	if err := s.makeRadius(); err != nil {
		return err
	}
	desk := newCableDesk(s.base, &s.cable)
	s.metrics.MustRegister(newLeaseGauge(desk.counts, time.Now))
	s.api, err = newAPI(s.base, s.acs, desk, systemDesk{s.base, nodes, time.Now()}, s.node, s.metrics)
	if err != nil {
		return err
	}
	s.dispatcher = workorder.NewDispatcher(s.engine, secret)
	s.group.Add(lifecycle.Service{Name: "acs", Stop: s.acs.Close})
	s.group.Add(lifecycle.Service{Name: "cable desk", Stop: desk.close})
	if c.Legacy.Listen != "" {
		s.group.Add(s.door("cwmp.legacy", c.Legacy.Listen, s.acs.HTTPServer(), legacyCertificates(c)))
	}
	s.group.Go("profiles", s.models.use.follow)
	s.group.Go("agenda", s.engine.RunAgenda)
	s.group.Go("outbox", s.dispatcher.Run)
	s.group.Go("neighbours", workorder.NewNeighbours(s.engine).Run)
	s.group.Go("webhooks", workorder.NewWebhooks(s.engine).Run)
	s.group.Go("audit", audit.NewSealer(s.store, func(err error) { s.log.Error().Err(err).Msg("audit: seal entries; tried again") }).Run)
	s.addFiles() // before devices come that are told its address
	s.addCable()
	s.addRadius()
	s.group.Add(
		s.stunDoor(),
		s.door("cwmp", c.Listen, s.acs.HTTPServer(), cwmpCertificates(c)),
		nodes.service(s.nodeURL),
		s.door("web", s.config.Web.Listen, api.HTTPServer(s.api), certificates{files: s.config.Web.TLS}),
		lifecycle.Service{Name: "event streams", Stop: s.api.Close},
		s.localSocket(),
		lifecycle.Service{Name: "addresses", Start: s.announceAddresses, Stop: func(context.Context) error { return removeAddresses(s.config) }},
	)
	return nil
}

// planner is the Engine as the CWMP door needs it.
type planner struct{ *workorder.Engine }

var _ acs.Planner = planner{}

// Target implements acs.Planner.
func (p planner) Target(ctx context.Context, id itms.DeviceID) (acs.ConnectionTarget, error) {
	r, err := p.Reach(ctx, id)
	return acs.ConnectionTarget(r), err
}

// door is one HTTP listener as a service.
func (s *server) door(name, listen string, hs *http.Server, cert certificates) lifecycle.Service {
	return lifecycle.Service{Name: name,
		Start: func(context.Context) error {
			l, err := net.Listen("tcp", listen)
			if err != nil {
				return fmt.Errorf("%s.listen: %w", name, err)
			}
			s.addresses[name] = l.Addr().String()
			if l, err = cert.wrap(l); err != nil {
				return err
			}
			go func() {
				if err := hs.Serve(l); !errors.Is(err, http.ErrServerClosed) {
					s.group.Report(name, err)
				}
			}()
			return nil
		},
		Stop: func(ctx context.Context) error {
			if err := hs.Shutdown(ctx); err != nil {
				return errors.Join(err, hs.Close())
			}
			return nil
		}}
}

// addressesFile tells others, scripts above all, which ports were bound.
func addressesFile(c *config.Config) string { return filepath.Join(c.Data, "addresses.json") }

// announceAddresses is the last thing to start: its file means "ready".
func (s *server) announceAddresses(context.Context) error {
	text, err := json.MarshalIndent(s.addresses, "", "  ")
	if err != nil {
		return err
	}
	if err := replaceFile(addressesFile(s.config), append(text, '\n')); err != nil {
		return err
	}
	s.log.Info().Interface("addresses", s.addresses).Str("node", s.node).Str("version", versionText()).Msg("ready")
	if s.ready != nil {
		s.ready(s.addresses)
	}
	return nil
}

// removeStaleAddresses takes down the sign that a killed server left, before anything
// of this start can fail. A server that runs keeps its own.
func removeStaleAddresses(c *config.Config) error {
	if answers(socketPath(c)) {
		return nil
	}
	return removeAddresses(c)
}

// removeAddresses takes the sign down, first when the server stops.
func removeAddresses(c *config.Config) error {
	if err := os.Remove(addressesFile(c)); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}

// replaceFile writes a file that readers see whole or not at all.
func replaceFile(path string, data []byte) error {
	tmp := path + ".new"
	if err := os.WriteFile(tmp, data, 0o644); err != nil {
		return err
	}
	return os.Rename(tmp, path)
}

// nodeURL is how other nodes reach this one's CWMP door.
func (s *server) nodeURL() string {
	if s.config.CWMP.NodeURL != "" {
		return s.config.CWMP.NodeURL
	}
	return s.boundURL("cwmp", s.config.CWMP.TLS.Cert != "")
}

// boundURL is the address of a door of this node as others may reach it.
func (s *server) boundURL(name string, secure bool) string {
	scheme := "http"
	if secure {
		scheme = "https"
	}
	host, port, err := net.SplitHostPort(s.addresses[name])
	if ip := net.ParseIP(host); err == nil && ip != nil && ip.IsUnspecified() {
		host = ownAddress()
	}
	return scheme + "://" + net.JoinHostPort(host, port)
}

// ownAddress is the host's first address that is not loopback, else loopback.
func ownAddress() string {
	all, err := net.InterfaceAddrs()
	if err == nil {
		for _, a := range all {
			if n, ok := a.(*net.IPNet); ok && n.IP.IsGlobalUnicast() {
				return n.IP.String()
			}
		}
	}
	return "127.0.0.1"
}
