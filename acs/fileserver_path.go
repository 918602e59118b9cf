package acs

import (
	"strconv"
	"strings"
)

// tokenLength is how many hexadecimal digits a token has: 128 bits.
const tokenLength = 32

// filePrefix is where the transfers are.
const filePrefix = "/t/"

// fileToken takes the token out of a path /t/TOKEN/NAME. NAME is for the device, whose
// software may go by its extension: it may be anything of one segment, or missing.
func fileToken(path string) (token string, ok bool) {
	rest, ok := strings.CutPrefix(path, filePrefix)
	token, name, _ := strings.Cut(rest, "/")
	if !ok || len(token) != tokenLength || strings.ContainsAny(name, "/\\\x00") {
		return "", false
	}
	for _, c := range []byte(token) {
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return "", false
		}
	}
	return token, true
}

// plainRange brings a Range header to a form that has one meaning, "" when it is to be
// ignored (RFC 9110 §14.2 allows that always): other units, several ranges, which devices
// ask for by mistake and whose multipart answer none of them reads, and what is no range
// at all, in place of which the whole file is of more use than a 416.
func plainRange(header string) string {
	unit, spec, _ := strings.Cut(strings.TrimSpace(header), "=")
	first, last, ok := strings.Cut(strings.TrimSpace(spec), "-")
	first, last = strings.TrimSpace(first), strings.TrimSpace(last)
	if !ok || !strings.EqualFold(strings.TrimSpace(unit), "bytes") || first == "" && last == "" {
		return ""
	}
	from, okFrom := rangeNumber(first)
	to, okTo := rangeNumber(last)
	switch {
	case !okFrom || !okTo, first != "" && last != "" && to < from:
		return ""
	case first == "" && to == 0: // the last no bytes, which net/http answers with 206 and a range that ends before it begins
		return ""
	}
	return "bytes=" + first + "-" + last
}

// rangeNumber reads a number of a range; an empty text is one that was left out.
func rangeNumber(text string) (int64, bool) {
	if text == "" {
		return 0, true
	}
	if text[0] == '+' || text[0] == '-' {
		return 0, false
	}
	n, err := strconv.ParseInt(text, 10, 64)
	return n, err == nil
}
