// Package label draws what machines read off paper: QR codes (ISO/IEC 18004) and
// Code 128 bars (ISO/IEC 15417), as SVG that needs no script, style or font.
package label

import (
	"fmt"
	"html"
	"image"
	"image/color"
	"strings"

	"github.com/boombuler/barcode"
	"github.com/boombuler/barcode/code128"
	"github.com/boombuler/barcode/qr"
)

// Quiet zones in modules, as the standards ask for.
const (
	quietQR   = 4
	quietBars = 10
)

// barHeight is the height of Code 128 bars in modules: a code of eleven digits is then
// about three times as wide as high.
const barHeight = 30

// QR draws a text of up to some 2,300 bytes. A printed sheet is folded and gets wet, so
// a quarter of the code may be lost (level Q).
func QR(text string) (string, error) {
	code, err := qr.Encode(text, qr.Q, qr.Auto)
	if err != nil {
		return "", fmt.Errorf("draw a QR code: %w", err)
	}
	size := code.Bounds().Dx()
	return svg(text, size+2*quietQR, size+2*quietQR, path(code, size, 1, quietQR, quietQR)), nil
}

// Bars draws a text of 1 to 80 ASCII characters as Code 128.
func Bars(text string) (string, error) {
	code, err := code128.Encode(text)
	if err != nil {
		return "", fmt.Errorf("draw Code 128: %w", err)
	}
	return svg(text, code.Bounds().Dx()+2*quietBars, barHeight, path(code, 1, barHeight, quietBars, 0)), nil
}

// path outlines the dark runs of the rows, each of a height.
func path(code barcode.Barcode, rows, height, left, top int) string {
	var b strings.Builder
	width := code.Bounds().Dx()
	for y := range rows {
		for x := 0; x < width; x++ {
			run := 0
			for x+run < width && dark(code, image.Pt(x+run, y)) {
				run++
			}
			if run > 0 {
				fmt.Fprintf(&b, "M%d %dh%dv%dh-%dz", left+x, top+y, run, height, run)
				x += run
			}
		}
	}
	return b.String()
}

// dark reports whether a module is.
func dark(code barcode.Barcode, at image.Point) bool {
	return color.GrayModel.Convert(code.At(at.X, at.Y)).(color.Gray).Y < 128
}

// svg wraps a path. The ground is white in dark surroundings too: readers need it.
func svg(text string, width, height int, path string) string {
	return fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" role="img" aria-label="%s" shape-rendering="crispEdges">`+
		`<path fill="#fff" d="M0 0h%dv%dH0z"/><path fill="#000" d="%s"/></svg>`, width, height, html.EscapeString(text), width, height, path)
}
