package sim

import "testing"

func TestMakeSTBID(t *testing.T) {
	for _, mac := range []string{"00:00:5e:00:53:0a", "00005E00530A", "0000.5e00.530a", "00-00-5E-00-53-0A"} {
		id, err := MakeSTBID(mac)
		if err != nil || len(id) != 32 || id[20:] != "00005E00530A" || id[8:12] != "9900" {
			t.Errorf("MakeSTBID(%q) = %q, %v", mac, id, err)
		}
	}
	if id, err := MakeSTBID("00:00:5E"); err == nil {
		t.Errorf("made %q of half a MAC", id)
	}
}

func TestNextMAC(t *testing.T) {
	for _, c := range []struct {
		mac  string
		n    int
		want string
	}{
		{"00:00:5E:00:53:01", 0, "00:00:5E:00:53:01"},
		{"00:00:5E:00:53:FF", 1, "00:00:5E:00:54:00"},
		{"00005e005301", 255, "00:00:5E:00:54:00"},
		{"FF:FF:FF:FF:FF:FF", 1, ""},
		{"nonsense", 1, ""},
	} {
		if got, err := nextMAC(c.mac, c.n); got != c.want || (err == nil) != (c.want != "") {
			t.Errorf("nextMAC(%q, %d) = %q, %v", c.mac, c.n, got, err)
		}
	}
}

func TestNextSerial(t *testing.T) {
	for _, c := range []struct {
		serial string
		n      int
		want   string
	}{
		{"BOX-0009", 1, "BOX-0010"}, {"0001", 0, "0001"}, {"99", 1, "100"}, {"BOX", 3, "BOX3"}, {"", 2, "2"},
		{"12345678901234567890123", 1, "12345678901234567890124"},
	} {
		if got := nextSerial(c.serial, c.n); got != c.want {
			t.Errorf("nextSerial(%q, %d) = %q, want %q", c.serial, c.n, got, c.want)
		}
	}
}
