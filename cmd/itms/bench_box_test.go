package main

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"

	"itms/internal/digest"
)

const (
	benchUser     = "cpe"
	benchPassword = "bench-Pw"
)

// benchPost is one POST of a device and what came back.
type benchPost struct {
	request, reply []byte
	status         int
}

// benchBox is a device that does no more than it must, so that the server is what
// is measured: it cuts requests out of SOAP by their tags.
type benchBox struct {
	address string
	tls     *tls.Config // nil: in clear
	fresh   bool        // a connection for each session
	inform  []byte
	held    map[string]string // what was written
	rows    int               // added so far
	tree    []string          // further parameters; with them it reads any number of names

	conn      net.Conn
	in        *bufio.Reader
	out, body []byte
	cookie    string
	challenge *digest.Challenge
	record    *[]benchPost // nil: nothing is recorded
}

// dial opens a connection; a new one knows no nonce.
func (x *benchBox) dial() (err error) {
	if x.tls != nil {
		x.conn, err = tls.Dial("tcp", x.address, x.tls)
	} else {
		x.conn, err = net.Dial("tcp", x.address)
	}
	if err != nil {
		return err
	}
	x.challenge = nil
	if x.in == nil {
		x.in = bufio.NewReaderSize(x.conn, 4<<10)
	}
	x.in.Reset(x.conn)
	return nil
}

// hangUp closes the connection, if there is one.
func (x *benchBox) hangUp() {
	if x.conn != nil {
		_ = x.conn.Close()
		x.conn = nil
	}
}

// post sends one POST and reads the answer into x.body.
func (x *benchBox) post(body []byte) (status int, err error) {
	x.out = append(x.out[:0], "POST / HTTP/1.1\r\nHost: acs.example.com\r\nContent-Type: text/xml\r\n"...)
	if x.cookie != "" {
		x.out = append(append(append(x.out, "Cookie: "...), x.cookie...), "\r\n"...)
	}
	if x.challenge != nil && x.cookie == "" {
		x.out = append(append(append(x.out, "Authorization: "...), x.challenge.Authorize("POST", "/", benchUser, benchPassword)...), "\r\n"...)
	}
	x.out = append(strconv.AppendInt(append(x.out, "Content-Length: "...), int64(len(body)), 10), "\r\n\r\n"...)
	x.out = append(x.out, body...)
	if _, err := x.conn.Write(x.out); err != nil {
		return 0, err
	}
	status, err = x.answer()
	if x.record != nil {
		*x.record = append(*x.record, benchPost{bytes.Clone(body), bytes.Clone(x.body), status})
	}
	return status, err
}

// answer reads status line, headers and body.
func (x *benchBox) answer() (status int, err error) {
	length, challenges := 0, []string(nil)
	for first := true; ; first = false {
		line, err := x.in.ReadSlice('\n')
		if err != nil {
			return 0, err
		}
		line = bytes.TrimRight(line, "\r\n")
		if len(line) == 0 {
			break
		}
		name, value, _ := bytes.Cut(line, []byte(": "))
		switch {
		case first:
			status, err = strconv.Atoi(string(line[9:12]))
		case string(name) == "Content-Length":
			length, err = strconv.Atoi(string(value))
		case string(name) == "Set-Cookie":
			pair, _, _ := bytes.Cut(value, []byte(";"))
			x.cookie = string(pair)
		case string(name) == "Www-Authenticate":
			challenges = append(challenges, string(value))
		}
		if err != nil {
			return 0, err
		}
	}
	if challenges != nil {
		if x.challenge, err = digest.ParseChallenge(challenges); err != nil {
			return 0, err
		}
	}
	return status, x.readBody(length)
}

// readBody reads the body of an answer.
func (x *benchBox) readBody(length int) error {
	if cap(x.body) < length {
		x.body = make([]byte, length)
	}
	x.body = x.body[:length]
	for have := 0; have < length; {
		n, err := x.in.Read(x.body[have:])
		if err != nil {
			return err
		}
		have += n
	}
	return nil
}

// session is one session to its end and tells how many requests the ACS made.
func (x *benchBox) session() (requests int, err error) {
	if x.conn == nil {
		if err := x.dial(); err != nil {
			return 0, err
		}
	}
	if x.fresh {
		defer x.hangUp()
	}
	x.cookie = ""
	status, err := x.post(x.inform)
	if err == nil && status == http.StatusUnauthorized {
		status, err = x.post(x.inform)
	}
	if err != nil || status != http.StatusOK {
		return 0, errors.Join(fmt.Errorf("Inform answered %d", status), err)
	}
	for body := []byte(nil); ; requests++ {
		status, err = x.post(body)
		switch {
		case err != nil:
			return requests, err
		case status == http.StatusNoContent:
			return requests, nil
		case status != http.StatusOK:
			return requests, fmt.Errorf("HTTP %d after %d requests", status, requests)
		}
		body = x.respond(x.body)
	}
}

// mirrored sends the POSTs of a session that was recorded.
func (x *benchBox) mirrored(posts []benchPost) error {
	if x.conn == nil {
		if err := x.dial(); err != nil {
			return err
		}
	}
	if x.fresh {
		defer x.hangUp()
	}
	for _, p := range posts {
		if _, err := x.post(p.request); err != nil {
			return err
		}
	}
	return nil
}

// between is what stands between two marks, and what follows the second; nil when
// one of them is missing.
func between(s []byte, from, to string) (found, rest []byte) {
	_, after, ok := bytes.Cut(s, []byte(from))
	if !ok {
		return nil, nil
	}
	found, rest, ok = bytes.Cut(after, []byte(to))
	if !ok {
		return nil, nil
	}
	return found, rest
}

// respond answers a request of the ACS. The box reads one name at a time, holds what
// is written and has three parameters below each object.
func (x *benchBox) respond(request []byte) []byte {
	id, rest := between(request, "<cwmp:ID", "</cwmp:ID>")
	_, id, _ = bytes.Cut(id, []byte(">"))
	_, rest, _ = bytes.Cut(rest, []byte("Body>"))
	method, _ := between(rest, "<cwmp:", ">")
	switch string(method) {
	case "GetParameterValues":
		if x.tree != nil {
			return envelope(id, once(rest, x.readTree))
		}
		return x.values(id, rest)
	case "GetParameterNames":
		return envelope(id, once(rest, x.names))
	case "SetParameterValues":
		return x.write(id, rest)
	case "AddObject":
		x.rows++
		return envelope(id, fmt.Appendf(nil, "<cwmp:AddObjectResponse><InstanceNumber>%d</InstanceNumber><Status>0</Status></cwmp:AddObjectResponse>", x.rows))
	}
	return fault(id, 9000)
}

// benchAnswers are those that all boxes of a tree give, by what they were asked.
var benchAnswers sync.Map

// once makes an answer, or takes the one that was made before.
func once(request []byte, make func([]byte) []byte) []byte {
	if made, ok := benchAnswers.Load(string(request)); ok {
		return made.([]byte)
	}
	made := make(request)
	benchAnswers.Store(string(request), made)
	return made
}

// envelope is a message of the box.
func envelope(id, body []byte) []byte {
	return bytes.Join([][]byte{
		[]byte(`<soap-env:Envelope xmlns:soap-env="http://schemas.xmlsoap.org/soap/envelope/" xmlns:soap-enc="http://schemas.xmlsoap.org/soap/encoding/" xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:cwmp="urn:dslforum-org:cwmp-1-0"><soap-env:Header><cwmp:ID soap-env:mustUnderstand="1">`),
		id, []byte(`</cwmp:ID></soap-env:Header><soap-env:Body>`), body, []byte(`</soap-env:Body></soap-env:Envelope>`)}, nil)
}

func fault(id []byte, code int) []byte { return envelope(id, faultBody(code)) }

func faultBody(code int) []byte {
	return fmt.Appendf(nil, `<soap-env:Fault><faultcode>Client</faultcode><faultstring>CWMP fault</faultstring><detail><cwmp:Fault><FaultCode>%d</FaultCode><FaultString>no</FaultString></cwmp:Fault></detail></soap-env:Fault>`, code)
}

// values answers GetParameterValues; more than one name at a time is beyond the box.
func (x *benchBox) values(id, request []byte) []byte {
	name, rest := between(request, "<string>", "</string>")
	if more, _ := between(rest, "<string>", "</string>"); more != nil {
		return fault(id, 9004)
	}
	var list []byte
	count := 1
	if bytes.HasSuffix(name, []byte(".")) {
		for count = range 3 {
			list = appendValue(list, fmt.Sprintf("%sValue%d", name, count), "7")
		}
		count++
	} else {
		list = appendValue(list, string(name), x.held[string(name)])
	}
	return envelope(id, fmt.Appendf(nil, `<cwmp:GetParameterValuesResponse><ParameterList soap-enc:arrayType="cwmp:ParameterValueStruct[%d]">%s</ParameterList></cwmp:GetParameterValuesResponse>`, count, list))
}

// readTree answers GetParameterValues from the tree.
func (x *benchBox) readTree(request []byte) []byte {
	var list []byte
	count := 0
	for {
		var name []byte
		if name, request = between(request, "<string>", "</string>"); name == nil {
			return fmt.Appendf(nil, `<cwmp:GetParameterValuesResponse><ParameterList soap-enc:arrayType="cwmp:ParameterValueStruct[%d]">%s</ParameterList></cwmp:GetParameterValuesResponse>`, count, list)
		}
		for _, have := range x.tree {
			if strings.HasPrefix(have, string(name)) {
				count++
				list = appendValue(list, have, "123456")
			}
		}
	}
}

// names answers GetParameterNames from the tree, all levels.
func (x *benchBox) names(request []byte) []byte {
	path, _ := between(request, "<ParameterPath>", "</ParameterPath>")
	var list []byte
	count := 0
	for _, have := range x.tree {
		if strings.HasPrefix(have, string(path)) {
			count++
			list = fmt.Appendf(list, "<ParameterInfoStruct><Name>%s</Name><Writable>1</Writable></ParameterInfoStruct>", have)
		}
	}
	if count == 0 {
		return faultBody(9005)
	}
	return fmt.Appendf(nil, `<cwmp:GetParameterNamesResponse><ParameterList soap-enc:arrayType="cwmp:ParameterInfoStruct[%d]">%s</ParameterList></cwmp:GetParameterNamesResponse>`, count, list)
}

func appendValue(list []byte, name, value string) []byte {
	return fmt.Appendf(list, `<ParameterValueStruct><Name>%s</Name><Value xsi:type="xsd:string">%s</Value></ParameterValueStruct>`, name, value)
}

// write takes what SetParameterValues brings.
func (x *benchBox) write(id, request []byte) []byte {
	for {
		var name, value []byte
		if name, request = between(request, "<Name>", "</Name>"); name == nil {
			return envelope(id, []byte("<cwmp:SetParameterValuesResponse><Status>0</Status></cwmp:SetParameterValuesResponse>"))
		}
		value, request = between(request, "<Value", "</Value>")
		_, value, _ = bytes.Cut(value, []byte(">"))
		x.held[string(name)] = string(value)
	}
}
