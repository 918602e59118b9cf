package api

import (
	"context"
	"errors"
	"io"
	"mime"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humachi"

	"itms"
)

// octets is the media type of content.
const octets = "application/octet-stream"

const (
	// filePiece is how much of a body must come, or of an answer go, within filePatience:
	// 4 KiB/s, the slowest line that anybody moves firmware over.
	filePiece    = 256 << 10
	filePatience = time.Minute
)

// addFileInput says what the body is; the body is read as it comes in.
type addFileInput struct {
	Name     string   `query:"name" doc:"File name without a path." example:"stb-4k-2.4.1.bin"`
	Kind     fileKind `query:"kind" doc:"Left out, it follows from fileType; without either it is firmware."`
	FileType string   `query:"fileType" doc:"As Download calls it; left out, that of firmware or of a configuration." example:"1 Firmware Upgrade Image"`
	Version  string   `query:"version" doc:"As a device reports it once it runs." example:"2.4.1"`
	Models   string   `query:"models" doc:"Models and profiles that it fits, separated by commas; a final * stands for any end. Left out = all." example:"STB-4K,STB-2*"`
	Note     string   `query:"note" doc:"For people."`
	Offer    bool     `query:"offer" doc:"Give it to devices that ask for a file of its type; of firmware, version must be told."`
	SHA256   string   `query:"sha256" doc:"What the content must have, in hexadecimal digits; a repeat is refused before it is sent." example:"9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"`
}

// addFileRoute registers the upload.
func (s *Server) addFileRoute() {
	add(s, route{method: http.MethodPost, path: filesPath, id: "add-file", tag: "Files", summary: "Add a file",
		description: "The body is the content as it is and may come for as long as it keeps coming; 100-continue is said once the rest of the " +
			"call is found right. DUPLICATE when a file of the same name, version and content exists. The largest size is files.maxFile of the configuration.",
		needs: filesWrite, status: http.StatusCreated, body: maxBody, example: exampleFile(),
		problems: []int{http.StatusBadRequest, http.StatusRequestTimeout, http.StatusConflict, http.StatusRequestEntityTooLarge,
			http.StatusUnsupportedMediaType, http.StatusUnprocessableEntity}}, s.addFile)
	operationAt(s, filesPath).RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{
		octets: {Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}, Example: "version: 2.4.1\n"}}}
}

// addFileOutput is the file and where it is.
type addFileOutput struct {
	Location string `header:"Location" doc:"Path of the file."`
	Body     fileView
}

// addFile takes a file in.
func (s *Server) addFile(ctx context.Context, in *addFileInput) (*addFileOutput, error) {
	if err := everywhere(ctx); err != nil {
		return nil, err
	}
	rec := recordOf(ctx)
	if media, _, err := mime.ParseMediaType(rec.req.Header.Get("Content-Type")); err == nil && media != octets {
		return nil, itms.Errorf(itms.KindInvalid, codeMediaType, "expected Content-Type: %s", octets)
	}
	body := &pacedBody{rec: rec}
	f, err := s.opts.Files.AddFile(ctx, rec.actor, in.upload(rec.req.ContentLength), body)
	if err != nil {
		return nil, body.problem(err)
	}
	return &addFileOutput{filesPath + "/" + string(f.ID), viewFile(f)}, nil
}

// upload reads the parameters of a call.
func (in *addFileInput) upload(size int64) itms.FileUpload {
	u := itms.FileUpload{Name: in.Name, Kind: itms.FileKind(in.Kind), FileType: in.FileType, Version: in.Version, Note: in.Note,
		Offer: in.Offer, SHA256: in.SHA256, Size: max(size, 0)}
	for _, model := range strings.Split(in.Models, ",") {
		if model = strings.TrimSpace(model); model != "" {
			u.Models = append(u.Models, model)
		}
	}
	return u
}

// pacedBody is the body of a call, which may come for as long as it keeps coming.
type pacedBody struct {
	rec  *record
	read int64
	next int64 // where the next piece begins
	err  error // what reading failed with
}

// Read implements io.Reader.
func (b *pacedBody) Read(p []byte) (int, error) {
	if b.read >= b.next {
		if err := b.rec.unhurried(filePatience); err != nil {
			return 0, err
		}
		b.next = b.read + filePiece
	}
	n, err := b.rec.req.Body.Read(p)
	b.read += int64(n)
	if err != nil && !errors.Is(err, io.EOF) {
		b.err = err
	}
	return n, err
}

// problem says what went wrong with an upload: with its body, or with what was made of it.
func (b *pacedBody) problem(err error) error {
	if b.err != nil && errors.Is(err, b.err) {
		return bodyProblem(err)
	}
	return repoint(err, "", "/query")
}

// contentOutput writes the content itself.
type contentOutput struct{ Body func(huma.Context) }

// getFileContent streams the content of a file.
func (s *Server) getFileContent(ctx context.Context, in *fileInput) (*contentOutput, error) {
	f, err := s.readFile(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return &contentOutput{func(hc huma.Context) {
		r, w := humachi.Unwrap(hc)
		h := w.Header()
		h.Set("Content-Type", octets)
		h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": f.Name}))
		h.Set("Etag", `"`+f.SHA256+`"`)
		source := &chunkSource{ctx: ctx, store: s.opts.Store, file: f, rec: recordOf(ctx), loaded: -1}
		content := f.Content(source.load)
		if f.Size == 0 {
			r.Header.Del("Range") // it has no parts
		}
		http.ServeContent(w, r, "", f.CreatedAt, content)
		recordOf(ctx).cause = content.Err()
	}}, nil
}

// chunkSource reads the chunks of a file; it holds one.
type chunkSource struct {
	ctx    context.Context // of the call: a source has no life of its own
	store  itms.Store
	file   *itms.File
	rec    *record
	loaded int // number of the chunk at hand; -1 = none
	chunk  []byte
}

// load returns a chunk. Each gives the caller time to take it.
func (c *chunkSource) load(n int) ([]byte, error) {
	if n == c.loaded {
		return c.chunk, nil
	}
	if err := c.rec.patient(filePatience); err != nil {
		return nil, err
	}
	err := c.store.View(c.ctx, func(tx itms.Tx) (err error) {
		c.chunk, err = tx.Files().Chunk(c.file.ID, n)
		return err
	})
	c.loaded = n
	return c.chunk, err
}
