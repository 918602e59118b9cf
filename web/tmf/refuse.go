package tmf

import (
	"cmp"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"

	"itms"
	"itms/web/api"
)

// Codes of errors which only documents know.
const (
	codeMalformed = "MALFORMED"
	codeMediaType = "UNSUPPORTED_MEDIA_TYPE"
)

// statusOf is the status of a problem as the standard has it: wrong documents are 400.
func statusOf(p *api.Problem) int {
	switch {
	case p.Code == codeMediaType:
		return http.StatusUnsupportedMediaType
	case p.Status == http.StatusUnprocessableEntity:
		return http.StatusBadRequest
	}
	return p.Status
}

// refuse answers a call that failed with the standard's error: code and reason are stable,
// message says what happened and where.
func refuse(w http.ResponseWriter, _ *http.Request, p *api.Problem) {
	status := statusOf(p)
	body := object{"@type": "Error", "code": p.Code, "reason": reasonOf(status), "message": messageOf(p), "status": strconv.Itoa(status)}
	if p.RequestID != "" {
		body["message"] = messageOf(p) + " (request " + p.RequestID + ")"
	}
	_ = write(w, status, body) // the caller went away; the log has the call
}

// reasonOf is the phrase of a status.
func reasonOf(status int) string { return cmp.Or(http.StatusText(status), "Error") }

// messageOf says what happened, and every wrong place.
func messageOf(p *api.Problem) string {
	var b strings.Builder
	b.WriteString(p.Detail)
	for i, f := range p.Errors {
		b.WriteString(map[bool]string{true: ": ", false: "; "}[i == 0])
		b.WriteString(f.Pointer + " " + f.Text)
	}
	return b.String()
}

// write answers with a document.
func write(w http.ResponseWriter, status int, doc any) error {
	body, err := json.Marshal(doc)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json;charset=utf-8")
	w.WriteHeader(status)
	_, err = w.Write(body)
	return err
}

// asDomain finds the domain's error in a chain.
func asDomain(err error) (*itms.Error, bool) {
	var e *itms.Error
	return e, errors.As(err, &e)
}
