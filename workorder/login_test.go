package workorder_test

import (
	"slices"
	"strings"
	"testing"

	"itms"
	"itms/workorder"
)

const (
	loginUserPath = itms.ParamPath("Device.ManagementServer.Username")
	loginPwPath   = itms.ParamPath("Device.ManagementServer.Password")
)

// sharedProof and ownProof are how a box proves itself.
var sharedProof = itms.Proof{Kind: itms.ProofShared}

func ownProof(n int) itms.Proof { return itms.Proof{Kind: itms.ProofOwn, Generation: n} }

// withLogins is a world in which devices get credentials of their own, with a box
// that has shared ones and an order.
func withLogins(t *testing.T) (*world, *box) {
	w := newFastWorld(t)
	w.policy.DeviceCredentials = true
	w.restart()
	b := newBox(w, 1)
	b.proof = sharedProof
	b.params[loginUserPath], b.params[loginPwPath] = "cpe", "shared"
	return w, b
}

// logins lists the calls that gave credentials.
func logins(cmds []itms.Command) (found []itms.SetValues) {
	for _, cmd := range cmds {
		if set, ok := cmd.(itms.SetValues); ok && slices.ContainsFunc(set.Values, func(v itms.SetValue) bool { return v.Name == loginPwPath }) {
			found = append(found, set)
		}
	}
	return found
}

// TestOwnCredentialsAreTheLastCall: alone in it, hidden, and never to a box that
// serves nobody.
func TestOwnCredentialsAreTheLastCall(t *testing.T) {
	w, b := withLogins(t)
	if got := logins(b.contact("0 BOOTSTRAP")); len(got) != 0 {
		t.Fatal("an unbound box was given credentials")
	}
	w.post(install("WO-1", "S1", b.params[macPath]))
	cmds := b.contact("2 PERIODIC")
	got := logins(cmds)
	if len(got) != 1 || len(got[0].Values) != 2 || !got[0].Values[1].Hide {
		t.Fatalf("%+v", cmds)
	}
	if last, ok := cmds[len(cmds)-1].(itms.SetValues); !ok || last.Values[1] != got[0].Values[1] {
		t.Error("they are not the last call")
	}
	w.wantOrder("WO-1", itms.OrderDone)
	own, ok := w.engine.Credentials(b.params[loginUserPath])
	if !ok || own.Device != b.id || own.Generation != 1 || own.Password.Reveal() != b.params[loginPwPath] || len(b.params[loginPwPath]) < 20 {
		t.Errorf("%+v %v", own, ok)
	}
	b.proof = ownProof(1)
	if cmds := b.contact("2 PERIODIC"); len(cmds) != 0 {
		t.Errorf("%+v", cmds)
	}
}

// TestLostLoginAnswer: until the new ones were used, both are good; they are written
// again, three times at most.
func TestLostLoginAnswer(t *testing.T) {
	w, b := withLogins(t)
	w.post(install("WO-1", "S1", b.params[macPath]))
	total := 0
	for range 6 {
		total += len(logins(b.contact("2 PERIODIC"))) // it says yes, and comes with the shared ones
	}
	if total != w.policy.PushTries {
		t.Errorf("written %d times", total)
	}
	if d := w.device(b.id); d.Login.Failed == "" || d.Login.Confirmed != 0 {
		t.Errorf("%+v", d.Login)
	}
	b.proof = ownProof(1)
	b.contact("2 PERIODIC")
	if d := w.device(b.id); d.Login.Failed != "" || d.Login.Confirmed != 1 {
		t.Errorf("%+v", d.Login)
	}
}

// TestSharedCredentialsAfterItsOwn: refused without a factory reset; after one, others
// are given, and the old ones end with their first use.
func TestSharedCredentialsAfterItsOwn(t *testing.T) {
	w, b := withLogins(t)
	w.post(install("WO-1", "S1", b.params[macPath]))
	b.contact("2 PERIODIC")
	b.proof = ownProof(1)
	b.contact("2 PERIODIC")
	refused := func(what string) {
		t.Helper()
		if _, err := b.tryContact("2 PERIODIC"); !itms.IsKind(err, itms.KindUnauthenticated) || itms.CodeOf(err) != itms.CodeFactory {
			t.Errorf("%s: %v", what, err)
		}
	}
	b.proof = sharedProof
	refused("shared ones")
	if got := logins(b.contact("0 BOOTSTRAP", "1 BOOT")); len(got) != 1 || !strings.HasSuffix(got[0].Values[0].Value, "/2") {
		t.Fatalf("after the reset: %+v", got)
	}
	b.contact("2 PERIODIC") // still with the shared ones: the answer may have got lost
	b.proof = ownProof(1)
	b.contact("2 PERIODIC") // or with those before
	b.proof = ownProof(2)
	b.contact("2 PERIODIC")
	b.proof = ownProof(1)
	refused("replaced ones")
	b.proof = sharedProof
	refused("shared ones again")
	if _, err := w.engine.Block(t.Context(), "ops", b.id, false); err != nil {
		t.Fatal(err)
	}
	b.contact("2 PERIODIC")
	w.policy.FactoryCredentials = true
	w.restart()
	b.proof = ownProof(2)
	b.contact("2 PERIODIC")
	b.proof = sharedProof
	b.contact("2 PERIODIC")
}

// TestRefusedLogin: a box that does not take them serves all the same.
func TestRefusedLogin(t *testing.T) {
	w, b := withLogins(t)
	b.refuse = func(set itms.SetValues) *itms.DeviceFault {
		if len(logins([]itms.Command{set})) > 0 {
			return &itms.DeviceFault{Code: itms.FaultNotWritable, Text: "no"}
		}
		return nil
	}
	w.post(install("WO-1", "S1", b.params[macPath]))
	b.contact("2 PERIODIC")
	w.wantOrder("WO-1", itms.OrderDone)
	if got := logins(b.contact("2 PERIODIC")); len(got) != 0 || w.device(b.id).Login.Failed == "" {
		t.Errorf("%+v %+v", got, w.device(b.id).Login)
	}
}

// TestRestoredBackup: a device that has newer credentials than the data know is let in.
func TestRestoredBackup(t *testing.T) {
	w, b := withLogins(t)
	b.proof = ownProof(7)
	b.contact("2 PERIODIC")
	if d := w.device(b.id); d.Login.Confirmed != 7 || d.Login.Wanted != 7 {
		t.Errorf("%+v", d.Login)
	}
}

func TestCredentialNames(t *testing.T) {
	w := newFastWorld(t)
	for _, name := range []string{"", "cpe", "/", "00005E-STB-1", "00005E-STB-1/", "00005E-STB-1/0", "00005E-STB-1/-1", "00005E-STB-1/01", "00005E-STB-1/x",
		"00005E-A%2dB-1/1", "x/1", "00005E-STB-" + strings.Repeat("1", 300) + "/1"} {
		if own, ok := w.engine.Credentials(name); ok {
			t.Errorf("%q is %+v", name, own)
		}
	}
	one, _ := w.engine.Credentials("00005E-STB-1/1")
	two, _ := w.engine.Credentials("00005E-STB-1/2")
	other, _ := w.engine.Credentials("00005E-STB-2/1")
	if one.Password == two.Password || one.Password == other.Password || one.Password.IsZero() {
		t.Error("passwords repeat")
	}
}

// FuzzCredentials: a name that is taken is the one that is made for its device.
func FuzzCredentials(f *testing.F) {
	f.Add("00005E-STB-1/1")
	f.Add("00005E-A%2DB-1-2/12")
	e := workorder.New(workorder.Options{Vault: plainVault{}})
	f.Fuzz(func(t *testing.T, name string) {
		if own, ok := e.Credentials(name); ok && (own.Username != name || own.Device.Serial == "" || own.Generation < 1) {
			t.Errorf("%q: %+v", name, own)
		}
	})
}

// plainVault makes fingerprints of nothing.
type plainVault struct{}

func (plainVault) Seal(string) []byte                 { return nil }
func (plainVault) Unseal([]byte) (string, error)      { return "", nil }
func (plainVault) Fingerprint(_, value string) string { return value }
