package workorder_test

import (
	"context"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"go.uber.org/goleak"

	"itms"
	"itms/internal/vault"
	"itms/store/boltdb"
	"itms/workorder"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// servicePassword is the secret that no test may find anywhere but in the box.
const servicePassword = "s3cret-Service-Pw"

// models is a device model small enough to read: one profile for boxes which have
// X_TEST parameters.
type models struct {
	digest   string
	off      bool // no profile fits anything
	readable bool // the password can be read back
	reboot   bool // the account takes effect after a reboot
	odd      bool // the row has an optional parameter that boxes do not know
	row      bool // the account lies in a table row that must be added
	proof    bool // a counter shows logins at the platform
	model    bool // the model name is asked for
	quirks   itms.Quirks
	notify   []itms.WantedAttribute // what boxes that serve shall report
	judge    func(d *itms.Device, area string) workorder.Verdict
	file     string // the firmware that every box must have
}

const rowTable = itms.ParamPath("Device.X_TEST.Row.")

const (
	stbPath      = itms.ParamPath("Device.X_TEST.STBID")
	userPath     = itms.ParamPath("Device.X_TEST.UserID")
	urlPath      = itms.ParamPath("Device.X_TEST.AuthURL")
	pwPath       = itms.ParamPath("Device.X_TEST.UserPassword")
	pwPathOld    = itms.ParamPath("Device.X_TEST.Password")
	macPath      = itms.ParamPath("Device.LAN.MACAddress")
	intervalPath = itms.ParamPath("Device.ManagementServer.PeriodicInformInterval")
	promptPath   = itms.ParamPath("Device.X_TEST.Prompt")
	codePath     = itms.ParamPath("Device.X_TEST.Code")
	loidPath     = itms.ParamPath("Device.X_TEST.LogicalID")
	loidPwPath   = itms.ParamPath("Device.X_TEST.LOIDPassword")
	hostsPath    = itms.ParamPath("Device.X_TEST.Hosts")
	modelPath    = itms.ParamPath("Device.DeviceInfo.ModelName")
	loginsPath   = itms.ParamPath("Device.X_TEST.Logins")
)

// bindEvent is what announces a typed code.
const bindEvent = "X TEST BIND"

func (m *models) Match(_ *itms.Device, known *itms.ParamTree) string {
	if m.off {
		return ""
	}
	for range known.Under("Device.X_TEST.") {
		return "test"
	}
	return ""
}

func (m *models) Revision() string { return m.digest }

func (m *models) Secrets(string) []itms.ParamPath {
	return []itms.ParamPath{pwPath, pwPathOld, codePath, loidPwPath, "Device.X_TEST.LOID"}
}

func (m *models) Registration(profile string) workorder.Registration {
	if profile == "" || profile == itms.CableProfile {
		return workorder.Registration{}
	}
	return workorder.Registration{Code: []itms.ParamPath{codePath}, LOID: []itms.ParamPath{loidPath},
		Password: []itms.ParamPath{loidPwPath}, Events: []string{bindEvent}}
}

// Page writes the state, verdict and tries into one parameter, so that tests read what
// the box shows.
func (m *models) Page(_ string, in workorder.PageInput) ([]itms.WantedParam, error) {
	return []itms.WantedParam{{Names: []itms.ParamPath{promptPath}, Type: itms.TypeString,
		Value: fmt.Sprintf("%s %d %d", in.View.State, in.View.Verdict, in.View.Times)}}, nil
}

func (m *models) Hosts(_ string, known *itms.ParamTree) (hosts []itms.MAC) {
	list, _ := known.Get(hostsPath)
	for _, text := range strings.Fields(list.Value) {
		if mac, err := itms.ParseMAC(text); err == nil {
			hosts = append(hosts, mac)
		}
	}
	return hosts
}

func (m *models) Refresh(string) []string { return []string{"X TEST CHANGED"} }

func (m *models) Notifies(string) bool { return len(m.notify) > 0 }

func (m *models) Quirks(string) itms.Quirks { return m.quirks }

func (m *models) Judge(d *itms.Device, area string, find workorder.FileFinder) workorder.Verdict {
	if m.file != "" {
		return judgeByFile(d, m.file, find)
	}
	if m.judge != nil {
		return m.judge(d, area)
	}
	return workorder.Verdict{Allowed: true}
}

func (m *models) Probe(_ *itms.Device, known *itms.ParamTree) []itms.ParamPath {
	if m.Match(nil, known) != "" {
		return nil
	}
	return []itms.ParamPath{"Device."}
}

func (m *models) Digest(string) string    { return m.digest }
func (m *models) AllowsBasic(string) bool { return m.odd }

func (m *models) Accepts(_ string, t itms.ServiceType) bool { return t == itms.ServiceIPTV }
func (m *models) Identity(string) [][]itms.ParamPath {
	if m.model {
		return [][]itms.ParamPath{{stbPath}, {macPath}, {modelPath}}
	}
	return [][]itms.ParamPath{{stbPath}, {macPath}}
}
func (m *models) Identify(_ string, t *itms.ParamTree) workorder.Identity {
	stb, _ := t.Get(stbPath)
	mac, _ := t.Get(macPath)
	model, _ := t.Get(modelPath)
	return workorder.Identity{STBID: stb.Value, MAC: mac.Value, Model: model.Value}
}

func (m *models) Wanted(_ string, in workorder.ModelInput) (itms.Wanted, error) {
	interval := itms.WantedParam{Names: []itms.ParamPath{intervalPath}, Type: itms.TypeUnsignedInt, Optional: true,
		Value: strconv.Itoa(int(in.PeriodicInterval.Seconds()))}
	if in.Withdraw {
		return itms.Wanted{Read: []itms.ParamPath{"Device.X_TEST."}, Params: []itms.WantedParam{
			{Names: []itms.ParamPath{userPath}, Type: itms.TypeString},
			{Names: []itms.ParamPath{pwPath, pwPathOld}, Hide: true, WriteOnly: true, Optional: true}, interval}}, nil
	}
	if !in.Bound {
		return itms.Wanted{Params: []itms.WantedParam{interval}}, nil
	}
	want := itms.Wanted{Attributes: m.notify, Read: []itms.ParamPath{"Device.X_TEST."}, RebootAfter: m.reboot, Params: []itms.WantedParam{
		{Names: []itms.ParamPath{userPath}, Value: in.Service.Account, Type: itms.TypeString, Reboot: m.reboot},
		{Names: []itms.ParamPath{urlPath}, Value: in.Service.AuthURL, Type: itms.TypeString},
		{Names: []itms.ParamPath{pwPath, pwPathOld}, Value: in.Service.Password.Reveal(), Hide: true, WriteOnly: !m.readable},
		interval,
	}}
	if m.row {
		want.Rows = []itms.WantedRow{{Alias: "r", Table: rowTable, Match: map[string]string{"Label": "never written"}}}
		want.Params = append(want.Params, itms.WantedParam{Names: []itms.ParamPath{rowTable + "{r}.Name"}, Value: "internet", Type: itms.TypeString})
	}
	if m.proof {
		want.Proof = []itms.WantedProof{{Names: []itms.ParamPath{loginsPath}, Text: "logged in", Holds: func(v string) bool { return v != "" && v != "0" }}}
	}
	if m.odd {
		want.Params = append(want.Params, itms.WantedParam{Names: []itms.ParamPath{rowTable + "{r}.Odd"}, Value: "x", Optional: true})
	}
	return want, nil
}

// world is an engine on a real store with a clock that the test owns.
type world struct {
	t      *testing.T
	store  *boltdb.Store
	vault  *vault.Vault
	engine *workorder.Engine
	models *models
	policy workorder.Policy

	knowledge workorder.Knowledge // nil = names alone

	mu    sync.Mutex
	at    time.Time
	woken []itms.DeviceID
}

func newWorld(t *testing.T) *world {
	t.Helper()
	return openWorld(t, boltdb.Options{})
}

// newFastWorld is newWorld for tests that do thousands of transactions.
func newFastWorld(t *testing.T) *world {
	t.Helper()
	return openWorld(t, boltdb.Options{NoSync: true})
}

func openWorld(t *testing.T, o boltdb.Options) *world {
	t.Helper()
	w := &world{t: t, models: &models{digest: "d1"}, policy: workorder.DefaultPolicy(),
		at: time.Date(2026, 11, 1, 8, 0, 0, 0, time.UTC)}
	var err error
	if w.store, err = boltdb.Open(t.Context(), filepath.Join(t.TempDir(), "itms.db"), o); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.store.Close() })
	if w.vault, err = vault.OpenOrCreate(filepath.Join(t.TempDir(), "itms.key")); err != nil {
		t.Fatal(err)
	}
	w.restart()
	return w
}

// restart makes a new engine on the same store, as a restarted process would.
func (w *world) restart() { w.engineOn(w.store) }

// engineOn makes a new engine on another view of the store.
func (w *world) engineOn(store itms.Store) {
	w.engine = workorder.New(workorder.Options{Store: store, Vault: w.vault, Models: w.models, Policy: w.policy,
		Waker: w, Knowledge: w.knowledge, Clock: w.now, Logger: zerolog.Nop()})
}

func (w *world) Wake(id itms.DeviceID) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.woken = append(w.woken, id)
}

func (w *world) now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.at = w.at.Add(time.Millisecond)
	return w.at
}

func (w *world) pass(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.at = w.at.Add(d)
}

// view reads the store.
func (w *world) view(fn func(itms.Tx) error) {
	w.t.Helper()
	if err := w.store.View(context.Background(), fn); err != nil {
		w.t.Fatal(err)
	}
}

// order reads an order by number.
func (w *world) order(no string) (o *itms.Order) {
	w.t.Helper()
	w.view(func(tx itms.Tx) (err error) { o, err = tx.Orders().ByNumber("crm", itms.OrderNo(no)); return err })
	return o
}

// wantOrder fails unless the order is in the state.
func (w *world) wantOrder(no string, state itms.OrderState) *itms.Order {
	w.t.Helper()
	o := w.order(no)
	if o.State != state {
		w.t.Fatalf("order %s is %s (%s), want %s", no, o.State, o.Reason, state)
	}
	return o
}

// install is a sound self-mode install of a box.
func install(no, service, mac string) itms.OrderRequest {
	return itms.OrderRequest{OrderNo: no, Source: "crm", Kind: itms.KindInstall, Mode: itms.ModeSelf,
		Subscriber: itms.Subscriber{ID: "U" + service, Phone: "555-0100"},
		Service: itms.ServiceSpec{ID: itms.ServiceID(service), Type: itms.ServiceIPTV, Account: "iptv-" + service,
			Password: itms.NewSecret(servicePassword), AuthURL: "http://auth.example.com/"},
		Device: itms.ClaimText{MAC: mac}, Callback: "http://192.0.2.10/callback"}
}

// post submits and fails the test on an error.
func (w *world) post(req itms.OrderRequest) *itms.Order {
	w.t.Helper()
	o, _, err := w.engine.Submit(context.Background(), "bss:test", req)
	if err != nil {
		w.t.Fatalf("submit %s: %v", req.OrderNo, err)
	}
	return o
}

// until runs a worker until a condition holds; a wake of the journal is the signal
// to look again.
func (w *world) until(worker func(context.Context) error, done func() bool) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	hint := w.store.Wake(ctx, itms.TopicJournal)
	stopped := make(chan error, 1)
	go func() { stopped <- worker(ctx) }()
	for !done() {
		select {
		case <-hint:
		case <-ctx.Done():
			w.t.Error("it never happened")
			return
		}
	}
	cancel()
	<-stopped
}

// callbacks lists the states that callbacks of an order are queued for.
func (w *world) callbacks(no string) (states []string) {
	w.t.Helper()
	o := w.order(no)
	w.view(func(tx itms.Tx) error {
		queued, err := tx.Outbox().List("", 1000)
		for _, q := range queued {
			if q.Stream == string(o.ID) {
				_, rest, _ := strings.Cut(string(q.Body), `"type":"itms.workorder.`)
				state, _, _ := strings.Cut(rest, `"`)
				states = append(states, state)
			}
		}
		return err
	})
	return states
}

// box is a device that holds parameters and does what it is told, or refuses.
type box struct {
	w            *world
	id           itms.DeviceID
	params       map[itms.ParamPath]string
	inform       []itms.ParamPath // what it tells in an Inform
	refuse       func(itms.SetValues) *itms.DeviceFault
	forget       bool                              // accepts values and does not keep them
	answer       func(itms.Command, *itms.Outcome) // has the last word on an answer
	readsSecrets bool                              // passwords read back in clear
	status       int
	sent         []itms.Command
	remote       string // source address
	proof        itms.Proof
	boots        int
	downloads    []itms.Download
	session      string             // of notices
	most         int                // commands of a session, when it is more than 30
	methods      []string           // that it lists; none = it tells nothing
	hear         func(itms.Command) // what is sent, as it is sent
}

// newBox makes a box with the last byte of its documentation MAC.
func newBox(w *world, last byte) *box {
	mac := fmt.Sprintf("00:00:5E:00:53:%02X", last)
	id, err := itms.NewDeviceID("00005E", "STB", fmt.Sprintf("SN%02X", last))
	if err != nil {
		w.t.Fatal(err)
	}
	return &box{w: w, id: id, remote: "192.0.2.1", inform: []itms.ParamPath{"Device.DeviceInfo.SoftwareVersion", stbPath, macPath},
		params: map[itms.ParamPath]string{"Device.DeviceInfo.SoftwareVersion": "1.0",
			stbPath: "00" + "000001" + "990001" + "001" + "1" + "00" + strings.ReplaceAll(mac, ":", ""), macPath: mac,
			userPath: "", urlPath: "", pwPath: "", intervalPath: "86400", promptPath: "", loginsPath: "0"}}
}

// contact informs and obeys until nothing is left; it returns what was sent.
func (b *box) contact(events ...string) []itms.Command {
	b.w.t.Helper()
	cmds, err := b.tryContact(events...)
	if err != nil {
		b.w.t.Fatalf("contact of %s: %v", b.id, err)
	}
	return cmds
}

// begin opens a session by an Inform.
func (b *box) begin(events ...string) (session string, err error) {
	at := b.w.now()
	c := &itms.Contact{Device: b.id, Manufacturer: "Example", CWMP: "1-0", Events: events, Remote: b.remote, Proof: b.proof, Session: itms.NewID(at), At: at}
	for _, name := range b.inform {
		c.Params = append(c.Params, itms.Param{Name: name, Value: b.params[name], Type: itms.TypeString})
	}
	return c.Session, b.w.engine.Contact(context.Background(), c)
}

// carryOut obeys a command as the door has it obeyed: request by request, when it asks
// singly.
func (b *box) carryOut(cmd itms.Command) []itms.Outcome {
	all, ok := cmd.(itms.GetValues)
	if !ok || !all.Singly {
		return []itms.Outcome{b.request(cmd)}
	}
	told := itms.Outcome{Command: itms.GetValues{Key: all.Key, Why: all.Why}}
	for i, path := range all.Paths {
		out := b.request(itms.GetValues{Paths: []itms.ParamPath{path}, Key: all.Key, Why: all.Why})
		if out.Fault != nil && i > 0 {
			return []itms.Outcome{told, out}
		} else if out.Fault != nil {
			return []itms.Outcome{out}
		}
		told.Command = itms.GetValues{Paths: all.Paths[:i+1], Key: all.Key, Why: all.Why}
		told.Values = append(told.Values, out.Values...)
	}
	return []itms.Outcome{told}
}

// request is one request and its answer.
func (b *box) request(cmd itms.Command) itms.Outcome {
	b.sent = append(b.sent, cmd)
	if b.hear != nil {
		b.hear(cmd)
	}
	return b.obey(cmd)
}

// tryContact is contact for tests that expect an error.
func (b *box) tryContact(events ...string) ([]itms.Command, error) {
	ctx := context.Background()
	b.sent = nil
	session, err := b.begin(events...)
	if err != nil {
		return nil, err
	}
	cmd, err := b.w.engine.Next(ctx, b.id, session)
	for {
		if err != nil || cmd == nil {
			return b.sent, err
		}
		if len(b.sent) > max(b.most, 30) {
			b.w.t.Fatalf("session of %s never ends; last command %#v", b.id, cmd)
		}
		_, reboot := cmd.(itms.Reboot)
		cmd, err = b.w.engine.Advance(ctx, b.id, session, b.carryOut(cmd)...)
		if reboot && err == nil {
			b.boots++
			return b.sent, nil
		}
	}
}

// reboots counts the reboots asked for in the last session.
func (b *box) reboots() (n int) {
	for _, c := range b.sent {
		if _, ok := c.(itms.Reboot); ok {
			n++
		}
	}
	return n
}

// rows counts the rows of the box's table.
func (b *box) rows() (n int) {
	for name := range b.params {
		if name.Under(rowTable) && name.Leaf() == "Name" {
			n++
		}
	}
	return n
}

// obey executes one command.
func (b *box) obey(cmd itms.Command) itms.Outcome {
	out := b.execute(cmd)
	if b.answer != nil {
		b.answer(cmd, &out)
	}
	return out
}

// execute does what a sound box does.
func (b *box) execute(cmd itms.Command) itms.Outcome {
	out := itms.Outcome{Command: cmd}
	switch c := cmd.(type) {
	case itms.AddObject:
		out.Instance = strconv.Itoa(b.rows() + 4)
		b.params[c.Table+itms.ParamPath(out.Instance)+".Name"] = ""
	case itms.DeleteObject:
		maps.DeleteFunc(b.params, func(name itms.ParamPath, _ string) bool { return name.Under(c.Object) })
	case itms.GetMethods:
		out.Methods = b.methods
	case itms.GetNames:
		if !c.NextLevel {
			out.Values = b.names(c.Path)
			return out
		}
		for name := range b.params {
			rest := strings.TrimPrefix(string(name), string(c.Path))
			head, _, deeper := strings.Cut(rest, ".")
			switch {
			case !name.Under(c.Path):
			case deeper:
				out.Values = append(out.Values, itms.Param{Name: c.Path + itms.ParamPath(head) + "."})
			default:
				out.Values = append(out.Values, itms.Param{Name: name, Writable: true})
			}
		}
	case itms.GetValues:
		b.read(c, &out)
	case itms.Upload:
		out.Status = 1
	case itms.Download:
		out.Status = 1
		b.downloads = append(b.downloads, c)
	case itms.SetValues:
		if b.refuse != nil && c.Values[0].Name != promptPath {
			if out.Fault = b.refuse(c); out.Fault != nil {
				return out
			}
		}
		b.write(c, &out)
	}
	return out
}

// names lists the parameters below a path.
func (b *box) names(path itms.ParamPath) (list []itms.Param) {
	for name := range b.params {
		if name.Under(path) {
			list = append(list, itms.Param{Name: name, Writable: true})
		}
	}
	return list
}

func (b *box) read(c itms.GetValues, out *itms.Outcome) {
	for _, path := range c.Paths {
		found := false
		for _, name := range slices.Sorted(maps.Keys(b.params)) {
			if !name.Under(path) {
				continue
			}
			found = true
			value := b.params[name]
			if name.IsSecret() && !b.readsSecrets {
				value = ""
			}
			out.Values = append(out.Values, itms.Param{Name: name, Value: value, Type: itms.TypeString})
		}
		if !found {
			out.Values, out.Fault = nil, &itms.DeviceFault{Code: itms.FaultName, Text: "Invalid parameter name"}
			return
		}
	}
}

func (b *box) write(c itms.SetValues, out *itms.Outcome) {
	for _, v := range c.Values {
		if _, ok := b.params[v.Name]; !ok {
			out.Fault = &itms.DeviceFault{Code: itms.FaultArguments, Text: "Invalid arguments",
				Params: []itms.ParamFault{{Name: v.Name, Code: itms.FaultName, Text: "Invalid parameter name"}}}
			return
		}
	}
	out.Status = b.status
	if b.forget {
		return
	}
	for _, v := range c.Values {
		b.params[v.Name] = v.Value
	}
}

// pushes filters the writes out of a session.
func pushes(cmds []itms.Command) (out []itms.SetValues) {
	for _, c := range cmds {
		if s, ok := c.(itms.SetValues); ok {
			out = append(out, s)
		}
	}
	return out
}
