package sim

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"itms/cwmp"
)

// CPE is a simulated CPE. Its methods may be called from several goroutines;
// sessions run one after the other.
type CPE struct {
	config Config
	quirks QuirkSet

	turn chan struct{} // holds a token while no session runs
	wake chan struct{} // tells Run that something is due

	mu sync.Mutex // guards what follows
	*state
	booted    time.Time
	cookies   *jar
	listening string                 // the ConnectionRequestURL while Run listens
	pressing  bool                   // an urgent event has come since the last session began
	seen      Page                   // what the person in front of the box saw last
	kept      map[string]*connection // by the quirk keep-socket, by host
}

// New makes a CPE from its state file, if there is one, and the Config. It
// opens no connection. Errors: an unknown model, a MAC address or quirk that
// cannot be read, hosts behind a box that is no gateway, a state file that cannot
// be read, ErrOtherDevice.
func New(config Config) (*CPE, error) {
	state, err := load(config.StatePath)
	if err != nil {
		return nil, err
	}
	model, err := state.recognise(config)
	if err != nil {
		return nil, err
	}
	quirks, err := state.chooseQuirks(config.Quirks)
	if err != nil {
		return nil, err
	}
	c := &CPE{config: config.withDefaults(), quirks: quirks, state: state, cookies: &jar{},
		turn: make(chan struct{}, 1), wake: make(chan struct{}, 1)}
	c.turn <- struct{}{}
	c.booted = c.config.Clock()
	c.plant(model)
	if err := c.place(); err != nil {
		return nil, err
	}
	c.seen = c.page()
	return c, nil
}

// recognise takes the identity of the Config into the state and returns the model.
func (s *state) recognise(config Config) (Model, error) {
	wanted, err := config.identity()
	if err != nil {
		return Model{}, err
	}
	if err := s.Identity.merge(wanted); err != nil {
		return Model{}, err
	}
	return s.Identity.complete()
}

// place puts the box where the Config wants it: with the hosts behind it, and
// elsewhere than before.
func (c *CPE) place() error {
	if c.config.Hosts != nil {
		hosts, err := c.schema.model.hosts(c.config.Hosts)
		if err != nil {
			return err
		}
		c.attach(hosts)
	}
	if c.config.Move {
		c.move()
	}
	return nil
}

// chooseQuirks joins those of the Config and the lasting ones of the state file.
func (s *state) chooseQuirks(config QuirkSet) (QuirkSet, error) {
	quirks, err := ParseQuirks(s.Quirks...)
	if err != nil {
		return nil, err
	}
	if config.has(quirkNoUserPassword) && !quirks.has(quirkNoUserPassword) && s.Values != nil {
		return nil, fmt.Errorf("%w: one with UserPassword", ErrOtherDevice)
	}
	maps.Copy(quirks, config)
	s.Quirks = quirks.lasting().Strings()
	return quirks, quirks.validate()
}

// plant gives the state a tree, or its tree a schema.
func (c *CPE) plant(model Model) {
	if c.quirks.has(quirkNoUserPassword) {
		model = model.withoutUserPassword()
	}
	if c.quirks.has(quirkNAT) {
		model = model.withSTUN()
	}
	c.schema = compile(model)
	c.tell()
	c.vars = c.variables()
	if len(c.Values) == 0 {
		c.tree.reset()
	}
	for _, m := range []*map[string]string{&c.Staged, &c.Overwritten, &c.Addresses} {
		if *m == nil {
			*m = make(map[string]string)
		}
	}
	if c.Used == nil {
		c.Used = make(map[string]int)
	}
	c.settings()
}

// tell notes the settings of the Config that are new.
func (c *CPE) tell() {
	if len(c.config.ACS) > 0 {
		c.renew("ManagementServer.URL", &c.Told.ACS, c.config.ACS[0])
	}
	c.renew("ManagementServer.Username", &c.Told.Username, c.config.Username)
	c.renew("ManagementServer.Password", &c.Told.Password, c.config.Password)
	if c.config.Software != "" && c.config.Software != c.Told.Software {
		c.Told.Software, c.Software = c.config.Software, ""
	}
}

// renew puts a setting into an existing tree if it differs from the last told.
func (c *CPE) renew(path string, last *string, now string) {
	if now == "" || now == *last {
		return
	}
	*last = now
	if c.Values != nil {
		c.Values[c.path(path)] = now
	}
}

// variables replace the placeholders in the factory values of the model.
func (c *CPE) variables() *strings.Replacer {
	mac := c.state.Identity.MAC
	if c.quirks.has(quirkOtherMAC) {
		mac = c.quirks.otherMAC()
	}
	return strings.NewReplacer(
		"{serial}", c.state.Identity.Serial, "{mac}", mac, "{stbid}", c.state.Identity.STBID, "{oui}", c.state.Identity.OUI,
		"{class}", c.state.Identity.ProductClass, "{maker}", c.schema.model.Manufacturer,
		"{acs}", c.Told.ACS, "{user}", c.Told.Username, "{password}", c.Told.Password)
}

// settings puts into the tree what is no default of the factory.
func (c *CPE) settings() {
	if c.quirks.has(quirkClonedSTBID) {
		c.clone(c.quirks.clonedSTBID())
	}
	if version := cmp.Or(c.Software, c.Told.Software); version != "" {
		c.Values[c.path("DeviceInfo.SoftwareVersion")] = version
	}
	c.Values[c.path("ManagementServer.ConnectionRequestURL")] = c.listening
	c.plantSTUN()
	if c.config.PeriodicInterval >= time.Second {
		c.Values[c.path("ManagementServer.PeriodicInformInterval")] = fmt.Sprint(int(c.config.PeriodicInterval / time.Second))
	}
}

// clone makes the box report another STBID than its own, which may have changed
// since the factory.
func (c *CPE) clone(stbid string) {
	for path, spec := range c.schema.specs {
		if _, exists := c.Values[path]; exists && spec.Value == "{stbid}" {
			c.Values[path] = stbid
		}
	}
}

// path returns the full name of a path relative to the root.
func (c *CPE) path(relative string) string { return c.schema.model.Root + relative }

// Identity returns which box it is.
func (c *CPE) Identity() Identity { return c.state.Identity }

// Get returns the value of a parameter as the box itself knows it: also that of
// a password. ok is false when there is no such parameter.
func (c *CPE) Get(path string) (value string, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.own(path)
}

// Names returns the names of all parameters, in order.
func (c *CPE) Names() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.names())
}

// Set changes a parameter from the side of the box, read-only ones too: a user
// at its page, or a change in the network. If the ACS wants to be notified, the
// change is in the next Inform, and is the reason for one when the notification
// is active. Errors: no such parameter, no value of its type, or the state file
// could not be written.
func (c *CPE) Set(path, value string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	kept, err := c.valid(path, value)
	if err != nil {
		return err
	}
	c.change(path, kept)
	return c.save(c.config.StatePath)
}

// valid returns a value in the form that the box keeps. Its errors repeat no
// value.
func (c *CPE) valid(path, value string) (string, error) {
	spec, known := c.schema.spec(path)
	if _, exists := c.Values[path]; !exists || !known {
		return "", fmt.Errorf("there is no parameter %s", path)
	}
	kept, fault := spec.checkValue(value, "", false)
	if fault != nil {
		return "", fmt.Errorf("%s: %s", path, fault.String)
	}
	return kept, nil
}

// change gives a parameter another value from the side of the box.
func (c *CPE) change(path, kept string) {
	before := c.Values[path]
	c.Values[path] = kept
	c.loginWith(path)
	if kept != before {
		c.notice(path)
	}
}

// notice queues the notification of a change.
func (c *CPE) notice(path string) {
	switch c.attribute(path).Notification {
	case cwmp.NotificationActive, cwmp.NotificationActiveLightweight, cwmp.NotificationPassiveAndActiveLightweight:
		c.enqueue(cwmp.Event{Code: cwmp.EventValueChange})
	case cwmp.NotificationOff:
		return
	}
	if !slices.Contains(c.Changed, path) {
		c.Changed = append(c.Changed, path)
	}
}

// Trigger queues events for the next Inform and makes Run send one at once. The
// error says that the state file could not be written.
func (c *CPE) Trigger(events ...cwmp.Event) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.enqueue(events...)
	return c.save(c.config.StatePath)
}

// enqueue adds events that are not queued yet and wakes Run.
func (c *CPE) enqueue(events ...cwmp.Event) {
	for _, e := range events {
		if !slices.Contains(c.Queue, e) {
			c.Queue = append(c.Queue, e)
		}
		c.pressing = c.pressing || c.urgent(e)
	}
	select {
	case c.wake <- struct{}{}:
	default: // it will wake already
	}
}

// FactoryReset puts the CPE into the state of the factory; the next Inform is
// 0 BOOTSTRAP. It waits for a session under way. The error says that the state
// file could not be written, or that ctx ended.
func (c *CPE) FactoryReset(ctx context.Context) error {
	if err := c.acquire(ctx); err != nil {
		return err
	}
	defer c.release()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.wipe()
	return c.save(c.config.StatePath)
}

// wipe is FactoryReset without the lock and the file.
func (c *CPE) wipe() {
	kept := c.credentials()
	c.tree.reset()
	c.settings()
	c.apply(c.Addresses)
	c.listHosts()
	maps.Copy(c.Values, kept)
	c.Bootstrapped = false
	if !c.quirks.has(quirkKeepCredentials) {
		c.Typing = typingNone
	}
	c.Queue, c.Changed, c.Diagnosing, c.Transfers, c.Scheduled = nil, nil, nil, nil, nil
	clear(c.Staged)
	clear(c.Overwritten)
	c.boot()
}

// credentials are what the quirk keeps over a reset: everything writable below
// the carrier's own object, and what was typed into the page.
func (c *CPE) credentials() map[string]string {
	kept := make(map[string]string)
	if !c.quirks.has(quirkKeepCredentials) {
		return kept
	}
	code := c.path(c.schema.model.Registration.Code)
	for _, name := range c.under(c.path("X_")) {
		if spec, _ := c.schema.spec(name); spec.Access != ReadOnly || name == code {
			kept[name] = c.Values[name]
		}
	}
	return kept
}

// boot queues the events of a start. A first contact drops what else was
// queued (TR-069 Amd 6 3.7.1.5).
func (c *CPE) boot(causes ...cwmp.Event) {
	c.booted = c.config.Clock()
	c.Retries = 0
	c.cookies.clear()
	c.newAddress()
	if !c.Bootstrapped {
		c.Queue = nil
		c.enqueue(cwmp.Event{Code: cwmp.EventBootstrap})
	}
	c.enqueue(cwmp.Event{Code: cwmp.EventBoot})
	c.enqueue(causes...)
	c.loginAtBoot()
}

// reboot applies what waits for a reboot and loses what does not survive one.
func (c *CPE) reboot(causes ...cwmp.Event) {
	c.renumber()
	c.apply(c.Overwritten)
	c.apply(c.Staged)
	c.judged(c.Staged)
	clear(c.Overwritten)
	clear(c.Staged)
	c.Diagnosing = nil
	c.boot(causes...)
}

// apply sets those of the values whose parameter still exists.
func (c *CPE) apply(values map[string]string) {
	for name, value := range values {
		if _, exists := c.Values[name]; exists {
			c.Values[name] = value
		}
	}
}

// sockets are the connections that a session begins with.
func (c *CPE) sockets() map[string]*connection {
	if c.kept == nil || !c.quirks.has(quirkKeepSocket) {
		c.kept = make(map[string]*connection)
	}
	return c.kept
}

// hangUp closes what was kept. No session runs any more.
func (c *CPE) hangUp() {
	for _, conn := range c.kept {
		_ = conn.Close() // nobody waits for an answer
	}
	c.kept = nil
}

// acquire waits for the turn of a session.
func (c *CPE) acquire(ctx context.Context) error {
	select {
	case <-c.turn:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (c *CPE) release() { c.turn <- struct{}{} }
