package acs

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"mime/multipart"
	"net"
	"net/http"
	"strings"
	"testing"
)

// form is a multipart body.
func form(t *testing.T, build func(*multipart.Writer) error) (body *bytes.Buffer, contentType string) {
	t.Helper()
	body = new(bytes.Buffer)
	w := multipart.NewWriter(body)
	if err := build(w); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return body, w.FormDataContentType()
}

// withFile makes a form with a field before and one behind the file.
func withFile(content []byte) func(*multipart.Writer) error {
	return func(w *multipart.Writer) error {
		if err := w.WriteField("serial", "S1"); err != nil {
			return err
		}
		part, err := w.CreateFormFile("upload", "config.cfg")
		if err != nil {
			return err
		}
		if _, err := part.Write(content); err != nil {
			return err
		}
		return w.WriteField("end", "yes")
	}
}

// TestFileUploads: each way in which a device sends a file.
func TestFileUploads(t *testing.T) {
	content := fileBytes(0, 300_000)
	body, contentType := form(t, withFile(content))
	for name, c := range map[string]struct {
		method      string
		body        io.Reader
		contentType string
		said        string
		want        int
	}{
		"PUT":             {http.MethodPut, bytes.NewReader(content), "", "", http.StatusCreated},
		"PUT in chunks":   {http.MethodPut, io.MultiReader(bytes.NewReader(content)), "text/plain", "", http.StatusCreated},
		"POST":            {http.MethodPost, bytes.NewReader(content), "application/octet-stream", "", http.StatusOK},
		"POST of libcurl": {http.MethodPost, bytes.NewReader(content), "application/x-www-form-urlencoded", "", http.StatusOK},
		"POST of a form":  {http.MethodPost, body, contentType, "config.cfg", http.StatusOK},
		"no boundary":     {http.MethodPost, bytes.NewReader(content), "multipart/form-data", "", http.StatusOK},
	} {
		f := newFiles(t, 0)
		a := f.do(f.request(c.method, putToken, c.body, "Content-Type", c.contentType))
		a.want(t, name, c.want, nil)
		if len(f.depot.taken) != 1 || !bytes.Equal(f.depot.taken[0], content) || f.depot.said[0] != c.said {
			t.Errorf("%s: %d files were taken, said %q", name, len(f.depot.taken), f.depot.said)
		}
	}
}

func TestFileUploadNotes(t *testing.T) {
	f := newFiles(t, 0)
	f.do(f.request(http.MethodPut, putToken, strings.NewReader(""))).want(t, "an empty file", http.StatusCreated, nil)
	if len(f.depot.taken) != 1 || len(f.depot.taken[0]) != 0 {
		t.Errorf("taken %v", f.depot.taken)
	}
}

// TestFileUploadCredentials: nothing of a body is taken in before the credentials are
// right, and a device that waits for 100 Continue never sends it.
func TestFileUploadCredentials(t *testing.T) {
	f := newFiles(t, 0)
	content := fileBytes(0, 1000)
	f.do(f.request(http.MethodPut, safeToken, bytes.NewReader(content))).want(t, "without", http.StatusUnauthorized, nil)
	f.do(f.request(http.MethodPut, safeToken, bytes.NewReader(content), "Authorization", basic(fileUser, filePassword))).
		want(t, "Basic", http.StatusCreated, nil)
	header := f.challenged(http.MethodPut, safeToken).Authorize("PUT", "/t/"+safeToken+"/image.bin", fileUser, filePassword)
	f.do(f.request(http.MethodPut, safeToken, bytes.NewReader(content), "Authorization", header)).want(t, "digest", http.StatusCreated, nil)
	if len(f.depot.taken) != 2 {
		t.Errorf("%d files were taken, want 2", len(f.depot.taken))
	}
}

// talk sends the head of a request and reads the first status line of the answer.
func (f *files) talk(head string) (conn net.Conn, in *bufio.Reader, status string) {
	f.t.Helper()
	conn, err := net.Dial("tcp", f.http.Listener.Addr().String())
	if err != nil {
		f.t.Fatal(err)
	}
	f.t.Cleanup(func() { conn.Close() })
	if _, err := io.WriteString(conn, head); err != nil {
		f.t.Fatal(err)
	}
	in = bufio.NewReader(conn)
	status, err = in.ReadString('\n')
	if err != nil {
		f.t.Fatal(err)
	}
	return conn, in, strings.TrimSpace(status)
}

// TestFileContinue: Expect: 100-continue is answered when the file is wanted, and not
// before.
func TestFileContinue(t *testing.T) {
	f := newFiles(t, 0)
	head := func(token string, length int64) string {
		return fmt.Sprintf("PUT /t/%s/x HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: %d\r\n\r\n", token, length)
	}
	conn, in, status := f.talk(head(putToken, 5))
	if status != "HTTP/1.1 100 Continue" {
		t.Fatalf("got %q", status)
	}
	if _, err := io.WriteString(conn, "hello"); err != nil {
		t.Fatal(err)
	}
	if _, err := in.ReadString('\n'); err != nil { // the empty line behind 100
		t.Fatal(err)
	}
	if line, err := in.ReadString('\n'); err != nil || !strings.Contains(line, " 201 ") {
		t.Errorf("got %q, %v", line, err)
	}
	for token, want := range map[string]string{safeToken: "401", strings.Repeat("0", 32): "404", openToken: "405"} {
		if _, _, status := f.talk(head(token, 900<<10)); !strings.Contains(status, want) {
			t.Errorf("got %q, want %s", status, want)
		}
	}
	if len(f.depot.taken) != 1 {
		t.Errorf("%d files were taken", len(f.depot.taken))
	}
}

// TestFileUploadTooLarge: a size that is told is refused unread, one that is not when it
// is passed; nothing is taken.
func TestFileUploadTooLarge(t *testing.T) {
	f := newFiles(t, 0, func(o *FileOptions) { o.MaxUpload = 1000 })
	for _, length := range []int64{1000 + partsRoom + 1, 99 << 30} {
		if _, _, status := f.talk(fmt.Sprintf("PUT /t/%s/x HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n", putToken, length)); !strings.Contains(status, " 413 ") {
			t.Errorf("%d bytes: %q", length, status)
		}
	}
	f.do(f.request(http.MethodPut, putToken, bytes.NewReader(make([]byte, 1001)))).want(t, "a byte too long", http.StatusRequestEntityTooLarge, nil)
	f.do(f.request(http.MethodPut, putToken, io.MultiReader(bytes.NewReader(make([]byte, 1001))))).want(t, "in chunks", http.StatusRequestEntityTooLarge, nil)
	f.do(f.request(http.MethodPut, putToken, bytes.NewReader(make([]byte, 1000)))).want(t, "as long as may be", http.StatusCreated, nil)
	if len(f.depot.taken) != 1 {
		t.Errorf("%d files were taken, want the one that fits", len(f.depot.taken))
	}
}

// TestFileUploadCutShort: half a file is no file.
func TestFileUploadCutShort(t *testing.T) {
	f := newFiles(t, 0)
	body, contentType := form(t, withFile(fileBytes(0, 1000)))
	half := body.Bytes()[:body.Len()/2]
	for name, request := range map[string]string{
		"length":   fmt.Sprintf("PUT /t/%s/x HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf", putToken),
		"chunks":   fmt.Sprintf("PUT /t/%s/x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n", putToken),
		"no chunk": fmt.Sprintf("PUT /t/%s/x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzzzz\r\n", putToken),
		"form":     fmt.Sprintf("POST /t/%s/x HTTP/1.1\r\nHost: x\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n%s", putToken, contentType, len(half), half),
	} {
		conn, err := net.Dial("tcp", f.http.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(conn, request); err != nil {
			t.Fatal(err)
		}
		if err := conn.(*net.TCPConn).CloseWrite(); err != nil {
			t.Fatal(err)
		}
		reply, err := io.ReadAll(conn)
		if err != nil || len(reply) > 0 && !strings.Contains(string(reply), " 400 ") {
			t.Errorf("%s: %q, %v", name, reply, err)
		}
		conn.Close()
	}
	f.http.Close() // waits for the handlers
	if len(f.depot.taken) != 0 {
		t.Errorf("%d halves were taken", len(f.depot.taken))
	}
}

// TestFileForms: a form without a file, or with more fields than any device sends.
func TestFileForms(t *testing.T) {
	f := newFiles(t, 0)
	for name, build := range map[string]func(*multipart.Writer) error{
		"no file": func(w *multipart.Writer) error { return w.WriteField("a", "b") },
		"many fields": func(w *multipart.Writer) error {
			for range maxParts {
				if err := w.WriteField("a", "b"); err != nil {
					return err
				}
			}
			_, err := w.CreateFormFile("upload", "late.bin")
			return err
		},
	} {
		body, contentType := form(t, build)
		f.do(f.request(http.MethodPost, putToken, body, "Content-Type", contentType)).want(t, name, http.StatusBadRequest, nil)
	}
	f.do(f.request(http.MethodPost, putToken, strings.NewReader("no parts"), "Content-Type", "multipart/form-data; boundary=x")).
		want(t, "not a form", http.StatusBadRequest, nil)
	if len(f.depot.taken) != 0 {
		t.Errorf("%d files were taken", len(f.depot.taken))
	}
}

// TestFileUploadSeats: more uploads than there are places for are asked to come again,
// while downloads go on.
func TestFileUploadSeats(t *testing.T) {
	f := newFiles(t, 100)
	for range fileUploads {
		f.srv.uploads <- struct{}{}
	}
	f.do(f.request(http.MethodPut, putToken, strings.NewReader("x"))).want(t, "an upload", http.StatusServiceUnavailable, nil)
	f.get().want(t, "a download", http.StatusOK, fileBytes(0, 100))
}

// TestFileUploadDrained: a device that sends all of a file before it reads the 401 gets
// to read it, and goes on over the same connection.
func TestFileUploadDrained(t *testing.T) {
	f := newFiles(t, 0)
	content := fileBytes(0, 900<<10)
	send := func(conn net.Conn, in *bufio.Reader, authorization string) int {
		t.Helper()
		head := fmt.Sprintf("PUT /t/%s/x HTTP/1.1\r\nHost: x\r\nAuthorization: %s\r\nContent-Length: %d\r\n\r\n", safeToken, authorization, len(content))
		if _, err := conn.Write(append([]byte(head), content...)); err != nil {
			t.Fatalf("the body could not be sent: %v", err)
		}
		resp, err := http.ReadResponse(in, nil)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		return resp.StatusCode
	}
	conn, err := net.Dial("tcp", f.http.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	in := bufio.NewReader(conn)
	if got := send(conn, in, ""); got != http.StatusUnauthorized {
		t.Errorf("without credentials: %d", got)
	}
	if got := send(conn, in, basic(fileUser, filePassword)); got != http.StatusCreated {
		t.Errorf("with them, on the same connection: %d", got)
	}
	if len(f.depot.taken) != 1 || !bytes.Equal(f.depot.taken[0], content) {
		t.Errorf("%d files were taken", len(f.depot.taken))
	}
}
