package storetest

import (
	"testing"

	"itms"
)

func testTokens(t *testing.T, h Harness) {
	token := func(hash string) itms.Token {
		return itms.Token{Hash: hash, Name: "ops", Role: itms.RoleOperator, CreatedAt: stored}
	}
	t.Run("Kept", func(t *testing.T) {
		both(t, h, func(s itms.Store) {
			update(t, s, func(tx itms.Tx) error {
				for _, hash := range []string{"ff", "a0", "a"} {
					k := token(hash)
					k.CreatedAt = epoch
					if err := tx.Tokens().Put(&k); err != nil {
						return err
					}
				}
				return nil
			})
		}, func(s itms.Store) {
			all := read(t, s, func(tx itms.Tx) ([]itms.Token, error) { return tx.Tokens().List() })
			equal(t, "tokens", all, []itms.Token{token("a"), token("a0"), token("ff")})
		})
	})
	h.cases(t, map[string]func(*testing.T, itms.Store){"Outcomes": func(t *testing.T, s itms.Store) {
		k := token("a0")
		update(t, s, func(tx itms.Tx) error { return tx.Tokens().Put(&k) })
		k.Name = "renamed"
		update(t, s, func(tx itms.Tx) error {
			wantCode(t, "no hash", tx.Tokens().Put(&itms.Token{}), itms.KindInvalid, itms.CodeInvalid)
			wantNotFound(t, "Delete", tx.Tokens().Delete("a"))
			wantNotFound(t, "Delete of nothing", tx.Tokens().Delete(""))
			_, err := tx.Tokens().Get("a")
			wantNotFound(t, "Get", err)
			return tx.Tokens().Put(&k)
		})
		equal(t, "token", *read(t, s, func(tx itms.Tx) (*itms.Token, error) { return tx.Tokens().Get("a0") }), k)
		update(t, s, func(tx itms.Tx) error { return tx.Tokens().Delete("a0") })
		all := read(t, s, func(tx itms.Tx) ([]itms.Token, error) { return tx.Tokens().List() })
		equal(t, "tokens left", len(all), 0)
	}})
}

func testSettings(t *testing.T, h Harness) {
	t.Run("Kept", func(t *testing.T) {
		both(t, h, func(s itms.Store) {
			update(t, s, func(tx itms.Tx) error { return tx.Settings().Put("node/1", []byte{0, 255, 0}) })
		}, func(s itms.Store) { equal(t, "value", setting(t, s, "node/1"), []byte{0, 255, 0}) })
	})
	h.cases(t, map[string]func(*testing.T, itms.Store){"Outcomes": settingOutcomes, "Prefix": settingPrefix})
}

// setting reads one value.
func setting(t *testing.T, s itms.Store, key string) []byte {
	t.Helper()
	return read(t, s, func(tx itms.Tx) ([]byte, error) { return tx.Settings().Get(key) })
}

func settingOutcomes(t *testing.T, s itms.Store) {
	value := []byte("one")
	update(t, s, func(tx itms.Tx) error {
		wantCode(t, "no key", tx.Settings().Put("", nil), itms.KindInvalid, itms.CodeInvalid)
		if err := tx.Settings().Delete("unknown"); err != nil {
			return err
		}
		if err := tx.Settings().Put("empty", nil); err != nil {
			return err
		}
		return tx.Settings().Put("k", value)
	})
	value[0] = 'X'
	equal(t, "value", setting(t, s, "k"), []byte("one"))
	equal(t, "empty value", setting(t, s, "empty"), []byte{})
	equal(t, "no value", setting(t, s, "unknown"), []byte(nil))
	equal(t, "no key", setting(t, s, ""), []byte(nil))
	update(t, s, func(tx itms.Tx) error { return tx.Settings().Delete("k") })
	equal(t, "deleted value", setting(t, s, "k"), []byte(nil))
}

func settingPrefix(t *testing.T, s itms.Store) {
	update(t, s, func(tx itms.Tx) error {
		for _, key := range []string{"node/1", "node/2", "node", "nodes", "node_1", "n%", "é"} {
			if err := tx.Settings().Put(key, []byte(key)); err != nil {
				return err
			}
		}
		return nil
	})
	for prefix, want := range map[string]map[string][]byte{
		"node/": {"node/1": []byte("node/1"), "node/2": []byte("node/2")},
		"node_": {"node_1": []byte("node_1")},
		"n%":    {"n%": []byte("n%")},
		"é":     {"é": []byte("é")},
		"x":     {},
	} {
		equal(t, prefix, read(t, s, func(tx itms.Tx) (map[string][]byte, error) { return tx.Settings().List(prefix) }), want)
	}
	all := read(t, s, func(tx itms.Tx) (map[string][]byte, error) { return tx.Settings().List("") })
	equal(t, "all", len(all), 7)
}

func testTerms(t *testing.T, h Harness) {
	h.cases(t, map[string]func(*testing.T, itms.Store){"Find": termFind})
}

// wantRefs checks what a term finds.
func wantRefs(t *testing.T, s itms.Store, term itms.Term, want []itms.Ref) {
	t.Helper()
	got := read(t, s, func(tx itms.Tx) ([]itms.Ref, error) { return tx.Find(term, 99) })
	if len(got)+len(want) > 0 {
		equal(t, "refs of "+string(term.Type)+" "+term.Value, got, want)
	}
}

// termFind: exact terms only, ordered by kind, then key.
func termFind(t *testing.T, s itms.Store) {
	serial := deviceID("d", 1).Serial
	update(t, s, func(tx itms.Tx) error {
		if err := tx.Devices().Put(device(1)); err != nil {
			return err
		}
		o := order("bss", 1)
		o.Claim = itms.DeviceClaim{Serial: serial}
		if err := tx.Orders().Insert(o); err != nil {
			return err
		}
		b := binding(2, 1, 1, itms.BindingPrebound)
		if err := tx.Bindings().Put(b); err != nil {
			return err
		}
		return tx.Bindings().Put(binding(1, 2, 1, itms.BindingPrebound))
	})
	want := []itms.Ref{{Kind: itms.RefBinding, ID: "bind-001"}, {Kind: itms.RefBinding, ID: "bind-002"},
		{Kind: itms.RefDevice, ID: device(1).ID.String()}, {Kind: itms.RefOrder, ID: "bss-00001"}}
	wantRefs(t, s, itms.Term{Type: itms.TermSerial, Value: serial}, want)
	for _, value := range []string{serial[:3], serial + "1", serial + "\x00binding", "\xff", ""} {
		wantRefs(t, s, itms.Term{Type: itms.TermSerial, Value: value}, nil)
	}
	wantRefs(t, s, itms.Term{Type: itms.TermMAC, Value: serial}, nil)
	two := read(t, s, func(tx itms.Tx) ([]itms.Ref, error) {
		return tx.Find(itms.Term{Type: itms.TermSerial, Value: serial}, 2)
	})
	equal(t, "two refs", two, want[:2])
}
