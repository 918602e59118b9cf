package api

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humachi"
)

// csvMedia is the media type of a table (RFC 4180).
const csvMedia = "text/csv"

// describeStats says what huma cannot see: that there are two forms.
func (s *Server) describeStats() {
	content := s.api.OpenAPI().Paths[zeroTouchPath].Get.Responses["200"].Content
	content["application/json"].Schema = schemaOf[statsView](s.api)
	content[csvMedia] = &huma.MediaType{Schema: &huma.Schema{Type: huma.TypeString}, Example: strings.Join(statsHead, ",") + "\r\n"}
}

// write makes the answer in a form.
func (v *statsView) write(format string) (*streamOutput, error) {
	media, encode := "application/json", v.json
	if format == "csv" {
		media, encode = csvMedia+"; charset=utf-8", v.csv
	}
	body, err := encode()
	if err != nil {
		return nil, fmt.Errorf("write the statistics: %w", err)
	}
	return &streamOutput{func(hc huma.Context) {
		r, w := humachi.Unwrap(hc)
		if format == "csv" {
			w.Header().Set("Content-Disposition", `attachment; filename="zero-touch-`+v.From+"-"+v.To+`.csv"`)
		}
		write(w, r, media, body)
	}}, nil
}

// json writes the document.
func (v *statsView) json() ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false) // as all answers
	err := enc.Encode(v)
	return b.Bytes(), err
}

// statsHead names the columns.
var statsHead = []string{"key", "installs", "zeroTouchInstalls", "zeroTouchRate", "done", "failed", "successRate", "cancelled", "expired", "rejected", "superseded"}

// csv writes a row for each key and one for the total, whose key is TOTAL. Rates without
// anything below the line are empty.
func (v *statsView) csv() ([]byte, error) {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	w.UseCRLF = true
	rows := [][]string{statsHead}
	for i := range v.Items {
		rows = append(rows, v.Items[i].row(plainCell(v.Items[i].Key)))
	}
	err := w.WriteAll(append(rows, v.Total.row("TOTAL")))
	return b.Bytes(), err
}

// row is one line of the table.
func (t *tallyView) row(key string) []string {
	n := func(v int64) string { return strconv.FormatInt(v, 10) }
	rate := func(v *float64) string {
		if v == nil {
			return ""
		}
		return strconv.FormatFloat(*v, 'f', -1, 64)
	}
	return []string{key, n(t.Installs), n(t.ZeroTouchInstalls), rate(t.ZeroTouchRate), n(t.Done), n(t.Failed), rate(t.SuccessRate),
		n(t.Cancelled), n(t.Expired), n(t.Rejected), n(t.Superseded)}
}

// plainCell keeps a spreadsheet from taking what a device calls itself for a formula.
func plainCell(text string) string {
	if text != "" && strings.ContainsRune("=+-@\t\r", rune(text[0])) {
		return "'" + text
	}
	return text
}
