package main

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"itms"
	"itms/cmd/cpesim/sim"
	"itms/cmd/itms/config"
	"itms/web/api"
	"itms/web/client"
)

// demoCmd shows the system at work.
type demoCmd struct {
	Web  string `default:"127.0.0.1:18080" help:"Where the REST API listens; port 0 = any."`
	CWMP string `default:"127.0.0.1:17547" name:"cwmp" help:"Where devices come into contact; port 0 = any."`
	Data string `type:"path" placeholder:"DIR" help:"Keep the data here; without it they are thrown away at the end."`
	Once bool   `help:"End as soon as every sample order has reached its end."`
}

// Help shows an example.
func (demoCmd) Help() string {
	return "Runs a server, a small simulated fleet and a receiver of callbacks on loopback, and posts sample orders.\n\nExample: itms demo"
}

// demoStory is one order and its box.
type demoStory struct {
	no, model, mac string
	quirk          string
	service        itms.ServiceType
	says           string
	tmf            bool           // the order comes by TMF641
	code           bool           // a technician types the code on the box
	typing         time.Duration  // ... so long after its page asked; 0 = typingTime
	area, name     string         // of the line and the subscriber; "" = a sample
	kind           itms.OrderKind // of a change of a service that is there; "" = install, or swap
	of             string         // that service
	replaces       string         // MAC of the box that is swapped; its order must have ended first
	after          string         // that order
}

// demoStories are what the demo plays; the boxes are documentation devices.
var demoStories = []demoStory{
	{no: "DEMO-1", model: "ctc-stb", mac: "00:00:5E:00:53:01", service: itms.ServiceIPTV, says: "China Telecom set-top box"},
	{no: "DEMO-2", model: "cu-stb", mac: "00:00:5E:00:53:02", service: itms.ServiceIPTV, says: "China Unicom set-top box, reboots to apply"},
	{no: "DEMO-3", model: "cmcc-stb", mac: "00:00:5E:00:53:03", service: itms.ServiceIPTV, says: "China Mobile set-top box"},
	{no: "DEMO-4", model: "tr181-gateway", mac: "00:00:5E:00:53:04", service: itms.ServiceInternet, says: "TR-181 gateway with PPPoE"},
	{no: "DEMO-5", model: "tr098-gateway", mac: "00:00:5E:00:53:05", service: itms.ServiceInternet, says: "TR-098 gateway: a WAN connection is added"},
	{no: "DEMO-6", model: "ctc-stb", mac: "00:00:5E:00:53:06", quirk: "refuse-spv=0:9007", service: itms.ServiceIPTV, says: "a box that refuses everything: the order fails, with the reason"},
	{no: "DEMO-7", model: "ctc-stb", mac: "00:00:5E:00:53:07", service: itms.ServiceIPTV, code: true, says: "technician install: nobody named the box, its page asks for the code"},
	{no: "DEMO-10", model: "ctc-stb", mac: "00:00:5E:00:53:0A", service: itms.ServiceIPTV, tmf: true, says: "ordered by TMF641; the hub tells its sender"},
	{no: "DEMO-8", model: "cmcc-stb", mac: "00:00:5E:00:53:08", replaces: "00:00:5E:00:53:01", after: "DEMO-1", says: "swap: found through the old MAC; the old box is wiped"},
}

// demo is one run.
type demo struct {
	cmd      demoCmd
	env      *env
	config   *config.Config
	token    string
	password string // of everybody who may sign in
	web      string
	callback string
	hub      string             // where the sender of TMF641 orders listens
	ends     map[string]*ending // by order number
	cable    *demoCable         // nil = none
}

// ending is the end of an order that somebody waits for.
type ending struct {
	once sync.Once
	is   chan struct{}
}

// Run plays the demo until Ctrl-C.
func (cmd demoCmd) Run(e *env) error {
	dir := cmd.Data
	if dir == "" {
		var err error
		if dir, err = os.MkdirTemp("", "itms-demo-"); err != nil {
			return err
		}
		defer os.RemoveAll(dir)
	}
	d := &demo{cmd: cmd, env: e, ends: map[string]*ending{}}
	for _, no := range demoOrders() {
		d.ends[no] = &ending{is: make(chan struct{})}
	}
	var err error
	if d.config, err = demoConfig(cmd, dir); err != nil {
		return err
	}
	if d.cable, err = openDemoCable(d.config); err != nil {
		d.printf("no cable modems: %v\n", err)
	} else {
		defer d.cable.cmts.Close()
	}
	return d.play()
}

// demoOrders are the numbers of all orders of the demo.
func demoOrders() (list []string) {
	for _, s := range demoStories {
		list = append(list, s.no)
	}
	for _, s := range demoModems {
		list = append(list, s.no)
	}
	return list
}

// demoConfig is a complete configuration with fresh random credentials.
func demoConfig(cmd demoCmd, dir string) (*config.Config, error) {
	c := config.Default()
	c.SetFile(filepath.Join(dir, "itms.yaml"))
	c.Data, c.Profiles = dir, filepath.Join(dir, "profiles")
	c.Web.Listen, c.Web.PublicURL = freeOr(cmd.Web), ""
	c.CWMP.Listen = freeOr(cmd.CWMP)
	c.Files.Listen = "127.0.0.1:0"
	c.CWMP.Username, c.CWMP.Password = "demo", rand.Text()
	c.BSS.CallbackSecret = "whsec_" + base64.StdEncoding.EncodeToString([]byte(rand.Text()+rand.Text()))
	c.BSS.CallbackAllow = []string{"127.0.0.0/8"}
	c.Radius = demoRadius(c.Radius)
	c.Log.Format, c.Log.Level = "text", "warn"
	return c, c.Validate()
}

// freeOr returns the address, or any free port of its host when it is taken: a demo
// should not fail because another one runs.
func freeOr(address string) string {
	l, err := net.Listen("tcp", address)
	if err != nil {
		host, _, _ := net.SplitHostPort(address)
		return net.JoinHostPort(host, "0")
	}
	l.Close()
	return address
}

// play runs server, receiver and fleet, and ends them in reverse.
func (d *demo) play() error {
	ctx, cancel := context.WithCancel(d.env.ctx)
	defer cancel()
	receiver, err := d.listenForCallbacks()
	if err != nil {
		return err
	}
	defer receiver.Close()
	if err := d.makeToken(ctx); err != nil {
		return err
	}
	ready, served := make(chan map[string]string, 1), make(chan error, 1)
	go func() {
		served <- serve(ctx, d.config, newLogger(d.config, d.env), nil, func(a map[string]string) { ready <- a })
	}()
	select {
	case addresses := <-ready:
		err = d.act(ctx, addresses)
	case err := <-served:
		return err
	}
	cancel()
	return errors.Join(err, <-served)
}

// makeToken stores an administrator's token before the server starts, in place of
// that of an earlier run on the same data.
func (d *demo) makeToken(ctx context.Context) error {
	b, err := openBase(ctx, d.config, newLogger(d.config, d.env), nil)
	if err != nil {
		return err
	}
	d.token = api.NewTokenText()
	fresh := itms.Token{Hash: api.HashToken(d.token), Name: "demo", Role: itms.RoleAdmin, CreatedAt: itms.Timestamp(time.Now())}
	if err := d.addPeople(ctx, b); err != nil {
		return errors.Join(err, b.Close())
	}
	err = b.store.Update(ctx, func(tx itms.Tx) error {
		old, err := tx.Tokens().List()
		for _, t := range old {
			if t.Name == fresh.Name {
				err = errors.Join(err, tx.Tokens().Delete(t.Hash))
			}
		}
		return errors.Join(err, tx.Tokens().Put(&fresh))
	})
	return errors.Join(err, b.Close())
}

// demoPeople may sign in to the console.
var demoPeople = []itms.UserRequest{
	{Name: "admin", DisplayName: "Administrator", Role: itms.RoleAdmin},
	{Name: "desk", DisplayName: "Front desk", Role: itms.RoleOperator},
	{Name: "help", DisplayName: "Help desk", Role: itms.RoleHelpDesk},
	{Name: "tech", DisplayName: "Technician", Role: itms.RoleTechnician},
}

// addPeople stores those who may sign in, with one random password that is kept beside the
// data for the next run.
func (d *demo) addPeople(ctx context.Context, b *base) error {
	kept := filepath.Join(d.config.Data, "demo-password")
	password, err := os.ReadFile(kept)
	if errors.Is(err, os.ErrNotExist) {
		password = []byte(strings.ToLower(rand.Text()))
		err = replaceFile(kept, password)
	}
	if err != nil {
		return err
	}
	d.password = string(password)
	for _, r := range demoPeople {
		r.Password, r.Settled = itms.NewSecret(d.password), true
		if _, _, err := b.people.AddUser(ctx, r); err != nil && !itms.IsKind(err, itms.KindConflict) {
			return fmt.Errorf("add user %s: %w", r.Name, err)
		}
	}
	return nil
}

// listenForCallbacks plays the BSS. Its address is part of the orders, and what an
// earlier run on the same data did not deliver goes there: so it is kept.
func (d *demo) listenForCallbacks() (*http.Server, error) {
	kept := filepath.Join(d.config.Data, "demo-callback")
	address, err := os.ReadFile(kept)
	if errors.Is(err, os.ErrNotExist) {
		address, err = []byte("127.0.0.1:0"), os.MkdirAll(d.config.Data, 0o700)
	}
	if err != nil {
		return nil, err
	}
	l, err := net.Listen("tcp", string(address))
	if err != nil {
		return nil, fmt.Errorf("receiver of callbacks, at its address of the first run: %w", err)
	}
	if err := replaceFile(kept, []byte(l.Addr().String())); err != nil {
		return nil, errors.Join(err, l.Close())
	}
	hs := &http.Server{Handler: d.playBSS(l), ReadHeaderTimeout: 10 * time.Second}
	go hs.Serve(l) //nolint:errcheck // ends with ErrServerClosed
	return hs, nil
}

// hear prints one callback.
func (d *demo) hear(w http.ResponseWriter, r *http.Request) {
	var event struct {
		Data struct {
			OrderNo, State, Reason, DeviceID string
			Final                            bool
		} `json:"data"`
	}
	if !readDemo(w, r, &event) {
		return
	}
	x := event.Data
	d.printf("  callback  %-7s %-13s %s\n", x.OrderNo, x.State, x.Reason)
	if x.Final {
		d.end(x.OrderNo)
	}
}

// end notes that an order has reached its end.
func (d *demo) end(no string) {
	if e, ours := d.ends[no]; ours {
		e.once.Do(func() { close(e.is) })
	}
}

// wait waits for the end of an order and reports whether it came.
func (d *demo) wait(ctx context.Context, no string) bool {
	select {
	case <-d.ends[no].is:
		return true
	case <-ctx.Done():
		return false
	}
}

// printf prints for the person who watches.
func (d *demo) printf(format string, args ...any) { fmt.Fprintf(d.env.out, format, args...) }

// act posts the orders, powers the boxes on and waits.
func (d *demo) act(ctx context.Context, addresses map[string]string) error {
	d.web = "http://" + addresses["web"]
	d.printf("\nitms %[1]s is running.\n\n  console    %[2]s/\n  sign in    as admin, desk, help or tech\n  password   %[3]s\n\n"+
		"  technician %[2]s/t   (390 px wide; orders wait for their codes there)\n  REST API   %[2]s/api/v1   (description: %[2]s/openapi.json)\n"+
		"  TM Forum   %[2]s/tmf-api/serviceOrdering/v4/serviceOrder   (TMF641; TMF638, 639 and 640 beside it)\n"+
		"  token      Authorization: Bearer %[4]s\n  devices    http://%[5]s/\n  RADIUS     %[6]s\n\n", versionText(), d.web, d.password, d.token, addresses["cwmp"], addresses["radius"])
	var boxes sync.WaitGroup
	defer boxes.Wait()
	boxesCtx, off := context.WithCancel(ctx)
	defer off()
	acs := "http://" + addresses["cwmp"] + "/"
	if err := d.listenAtHub(ctx); err != nil {
		return err
	}
	for _, s := range demoStories {
		if s.after != "" {
			boxes.Go(func() {
				if d.wait(boxesCtx, s.after) {
					d.complain(d.begin(boxesCtx, &boxes, s, acs))
				}
			})
		} else if err := d.begin(boxesCtx, &boxes, s, acs); err != nil {
			return err
		}
	}
	if err := d.playCable(boxesCtx, &boxes, addresses); err != nil {
		return err
	}
	return d.watch(ctx, addresses, func(ctx context.Context) {
		(&demoTown{demo: d, acs: acs, addresses: addresses, devices: &boxes}).live(ctx)
	})
}

// complain prints why a story could not be played.
func (d *demo) complain(err error) {
	if err != nil {
		d.printf("  %v\n", err)
	}
}

// begin posts the order of a story and powers its box on.
func (d *demo) begin(ctx context.Context, boxes *sync.WaitGroup, s demoStory, acs string) error {
	code, err := d.post(ctx, s)
	if err != nil {
		return fmt.Errorf("order %s: %w", s.no, err)
	}
	d.printf("  posted    %-7s %s\n", s.no, s.says)
	box, err := d.box(s, code, acs)
	if err != nil {
		return err
	}
	boxes.Go(func() { _ = box.Run(ctx) }) // ends with the context
	return nil
}

// watch waits for the orders' ends, then goes on until Ctrl-C.
func (d *demo) watch(ctx context.Context, addresses map[string]string, then func(context.Context)) error {
	for _, no := range demoOrders() {
		if !d.wait(ctx, no) {
			return nil
		}
	}
	d.printf("\nEvery sample order has reached its end. Look around:\n\n"+
		"  curl -s -H 'Authorization: Bearer %[2]s' %[1]s/api/v1/work-orders/DEMO-6\n"+
		"  curl -s -H 'Authorization: Bearer %[2]s' %[1]s/api/v1/search?q=00:00:5E:00:53:01\n"+
		"  curl -s -H 'Authorization: Bearer %[2]s' %[1]s/api/v1/devices/00005E-CM-00005E005309/cable\n"+
		"  curl -s -H 'Authorization: Bearer %[2]s' %[1]s/api/v1/stats/zero-touch?by=model\n"+
		"  curl -s -H 'Authorization: Bearer %[2]s' '%[1]s/tmf-api/serviceOrdering/v4/serviceOrder?fields=state,milestone'\n"+
		"  curl -sN -H 'Authorization: Bearer %[2]s' %[1]s/api/v1/events\n"+
		"  echo 'User-Name=00-00-5E-00-53-02,Message-Authenticator=0x00' | radclient -x %[3]s auth %[4]s\n",
		d.web, d.token, addresses["radius"], d.config.Radius.NAS[0].Secret)
	if d.cmd.Once {
		return nil
	}
	d.printf("\nA small town goes on from here. Ctrl-C ends it.\n\n")
	then(ctx)
	return nil
}

// document is the order of a story as a BSS writes it.
func (d *demo) document(s demoStory) map[string]any {
	if s.replaces != "" {
		return map[string]any{"orderNo": s.no, "source": "demo", "kind": itms.KindSwap, "mode": itms.ModeSelf,
			"oldDevice": map[string]any{"mac": s.replaces}, "device": map[string]any{"mac": s.mac}, "callback": d.callback}
	}
	if s.kind != "" {
		return map[string]any{"orderNo": s.no, "source": "demo", "kind": s.kind, "mode": itms.ModeSelf, "service": map[string]any{"id": s.of}, "callback": d.callback}
	}
	account, mode, device := "acct-"+s.no, itms.ModeSelf, map[string]any{"mac": s.mac}
	if s.code {
		mode, device = itms.ModeTechnician, map[string]any{}
	}
	return map[string]any{
		"orderNo": s.no, "source": "demo", "kind": itms.KindInstall, "mode": mode,
		"subscriber": map[string]any{"id": "U-" + s.no, "name": cmp.Or(s.name, "Sample Subscriber"), "phone": "555-0100"},
		"service": map[string]any{"id": s.no + "-1", "type": s.service, "package": "SAMPLE", "account": account, "password": samplePassword(s.no, "service"),
			"authUrl": "http://auth.example.com:8080/",
			"access":  map[string]any{"type": itms.AccessPPPoE, "account": account + "@example.com", "password": samplePassword(s.no, "access")}},
		"device": device, "line": map[string]any{"area": cmp.Or(s.area, "510100")}, "callback": d.callback,
	}
}

// post posts one order as a BSS would, and returns the activation code in the answer.
func (d *demo) post(ctx context.Context, s demoStory) (code string, err error) {
	if s.tmf {
		return "", d.postTMF(ctx, s)
	}
	c, err := client.New(d.web, d.token)
	if err != nil {
		return "", err
	}
	resp, err := c.Do(ctx, client.Call{Method: http.MethodPost, Path: "/api/v1/work-orders", Body: d.document(s)})
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	if resp.StatusCode == http.StatusOK { // a repeat: an earlier run on the same data played it
		d.end(s.no)
	}
	var answer client.Order
	err = json.NewDecoder(io.LimitReader(resp.Body, 1<<20)).Decode(&answer)
	return answer.ActivationCode, err
}

// samplePassword makes the same password in each run, so that a second run on the
// same data posts the same orders.
func samplePassword(no, use string) string {
	sum := sha256.Sum256([]byte(no + " " + use))
	const length = 12
	return hex.EncodeToString(sum[:])[:length]
}

// typingTime is how long the technician looks for the work order.
const typingTime = 2 * time.Second

// box makes one simulated device.
func (d *demo) box(s demoStory, code, acs string) (*sim.CPE, error) {
	c := sim.Config{Model: s.model, MAC: s.mac, ACS: []string{acs}, Listen: "127.0.0.1:0",
		Username: d.config.CWMP.Username, Password: d.config.CWMP.Password}
	if s.quirk != "" {
		var err error
		if c.Quirks, err = sim.ParseQuirks(s.quirk); err != nil {
			return nil, err
		}
	}
	if s.code {
		c.OnPage = func(_ *sim.CPE, p sim.Page) { d.printf("  the box   %-7s %s\n", s.no, p) }
		c.Technician = d.technician(s, code)
	}
	return sim.New(c)
}

// technician types the code of a story's order some time after the page asked for it.
func (d *demo) technician(s demoStory, code string) func(*sim.CPE, sim.Page) (sim.Typed, bool) {
	var since time.Time
	return func(*sim.CPE, sim.Page) (sim.Typed, bool) {
		if since.IsZero() {
			since = time.Now()
		}
		if code == "" || time.Since(since) < cmp.Or(s.typing, typingTime) {
			return sim.Typed{}, false
		}
		d.printf("  types     %-7s %s\n", s.no, code)
		typed := sim.Typed{Code: code}
		code = "" // once
		return typed, true
	}
}
