package label

import (
	"encoding/xml"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/boombuler/barcode/qr"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// modules reads the dark runs of a drawing back.
func modules(t *testing.T, svg string) (dark map[[2]int]bool, width int) {
	t.Helper()
	var height int
	_, box, _ := strings.Cut(svg, `viewBox="`)
	if _, err := fmt.Sscanf(box, "0 0 %d %d", &width, &height); err != nil {
		t.Fatal(err)
	}
	_, path, _ := strings.Cut(svg, `fill="#000" d="`)
	path, _, _ = strings.Cut(path, `"`)
	dark = map[[2]int]bool{}
	for _, run := range strings.Split(strings.TrimSuffix(path, "z"), "z") {
		var x, y, n, h, back int
		if _, err := fmt.Sscanf(run, "M%d %dh%dv%dh-%d", &x, &y, &n, &h, &back); err != nil || back != n {
			t.Fatalf("%q: %v", run, err)
		}
		for i := range n {
			dark[[2]int{x + i, y}] = true
		}
	}
	return dark, width
}

func TestQRIsWhatWasEncoded(t *testing.T) {
	const text = "https://itms.example.com/t/orders/WO-1001"
	svg, err := QR(text)
	if err != nil {
		t.Fatal(err)
	}
	got, width := modules(t, svg)
	want, err := qr.Encode(text, qr.Q, qr.Auto)
	if err != nil {
		t.Fatal(err)
	}
	if size := want.Bounds().Dx(); width != size+8 {
		t.Errorf("width %d of %d modules", width, size)
	}
	for y := range want.Bounds().Dy() {
		for x := range want.Bounds().Dx() {
			r, _, _, _ := want.At(x, y).RGBA()
			if got[[2]int{x + 4, y + 4}] != (r == 0) {
				t.Fatalf("module %d,%d differs", x, y)
			}
		}
	}
}

// TestBarsAreCode128: the symbol of ISO/IEC 15417 for "1234", written out by hand.
func TestBarsAreCode128(t *testing.T) {
	svg, err := Bars("1234")
	if err != nil {
		t.Fatal(err)
	}
	// Widths of bars and spaces: start C, 12, 34, check (105 + 12 + 2*34) mod 103 = 82, stop.
	const widths = "211232" + "112232" + "131123" + "121241" + "2331112"
	var want strings.Builder
	for i, w := range widths {
		want.WriteString(strings.Repeat(string("10"[i%2]), int(w-'0')))
	}
	dark, width := modules(t, svg)
	var got strings.Builder
	for x := 10; x < width-10; x++ {
		got.WriteByte("01"[map[bool]int{true: 1}[dark[[2]int{x, 0}]]])
	}
	if got.String() != want.String() {
		t.Errorf("got  %s\nwant %s", got.String(), want.String())
	}
}

func TestDrawingsAreWellFormedWhateverTheText(t *testing.T) {
	for _, text := range []string{`<script>"&'`, "WO-1001"} {
		for _, draw := range []func(string) (string, error){QR, Bars} {
			svg, err := draw(text)
			if err != nil {
				t.Fatal(err)
			}
			dec := xml.NewDecoder(strings.NewReader(svg))
			for err = error(nil); err == nil; {
				_, err = dec.Token()
			}
			if err != io.EOF || strings.Contains(svg, "<script") {
				t.Errorf("%s: %v", svg, err)
			}
		}
	}
}

func TestWhatCannotBeDrawnIsRefused(t *testing.T) {
	for _, text := range []string{"", "工单", strings.Repeat("x", 81)} {
		if svg, err := Bars(text); err == nil {
			t.Errorf("bars of %q: %s", text, svg)
		}
	}
	if _, err := QR(strings.Repeat("x", 5000)); err == nil {
		t.Error("a QR code of 5,000 bytes")
	}
}
