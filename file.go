package itms

import (
	"slices"
	"strings"
	"time"
)

// FileID is the time-ordered key of a file.
type FileID string

// FileKind says what a file is for.
type FileKind string

// File kinds.
const (
	FileKindFirmware FileKind = "firmware"
	FileKindConfig   FileKind = "config"
	FileKindLog      FileKind = "log"
	FileKindOther    FileKind = "other"
)

// FileKinds lists every kind.
var FileKinds = []FileKind{FileKindFirmware, FileKindConfig, FileKindLog, FileKindOther}

// FileTypeLength is the longest FileType of Download and Upload in characters (TR-069
// Amd 6 §A.3.2.8, §A.4.1.5).
const FileTypeLength = 64

// KindOfFileType tells what a FileType such as "1 Firmware Upgrade Image" or "2 Vendor
// Log File" is for. It goes by the words: Download and Upload number the same sort of
// file differently.
func KindOfFileType(fileType string) FileKind {
	for _, known := range []struct {
		word string
		kind FileKind
	}{{"Firmware", FileKindFirmware}, {"Configuration", FileKindConfig}, {"Log", FileKindLog}} {
		if strings.Contains(fileType, known.word) {
			return known.kind
		}
	}
	return FileKindOther
}

// ChunkSize is how many bytes of a file's content are stored together; the last chunk
// of a file is shorter. A transaction and a reader hold one at a time: small enough
// for many readers, large enough that a firmware is some hundred transactions.
const ChunkSize = 256 << 10

// File is something devices download, or one of them uploaded. Its content is stored
// apart, in chunks, and never changes.
type File struct {
	ID        FileID    `json:"id"`
	Name      string    `json:"name"`
	Kind      FileKind  `json:"kind"`
	FileType  string    `json:"fileType"`          // of Download or Upload, e.g. "1 Firmware Upgrade Image"
	Version   string    `json:"version,omitempty"` // as a device reports it once it runs; "" = not told
	Models    []string  `json:"models,omitempty"`  // that it fits; see Fits
	Size      int64     `json:"size"`              // bytes
	SHA256    string    `json:"sha256"`            // of the content, lower-case hex
	Device    DeviceID  `json:"device,omitzero"`   // that uploaded it; zero = a person did
	CreatedAt time.Time `json:"createdAt"`
	Actor     string    `json:"actor"`
	Note      string    `json:"note,omitempty"`
	Offer     bool      `json:"offer,omitempty"` // given to devices that ask for a file of its type (RequestDownload)
}

// Fits reports whether the file is meant for a device of the model or profile: one of
// Models names either in any case, a final "*" standing for any end. A file without
// Models fits all.
func (f *File) Fits(model, profile string) bool {
	return len(f.Models) == 0 || slices.ContainsFunc(f.Models, func(pattern string) bool {
		return fitsModel(pattern, model) || fitsModel(pattern, profile)
	})
}

// fitsModel compares one entry of Models with a name.
func fitsModel(pattern, name string) bool {
	start, open := strings.CutSuffix(pattern, "*")
	if !open {
		return name != "" && strings.EqualFold(pattern, name)
	}
	return name != "" && len(name) >= len(start) && strings.EqualFold(start, name[:len(start)])
}

// Chunks is in how many chunks the content is stored.
func (f *File) Chunks() int { return int((f.Size + ChunkSize - 1) / ChunkSize) }

// Clone returns an independent copy.
func (f *File) Clone() *File {
	c := *f
	c.Models = slices.Clone(f.Models)
	return &c
}

// Transfer is the permission of one device to fetch or deliver one file: a one-time
// address with credentials of its own, good until it ends or expires.
type Transfer struct {
	Token     string    `json:"token"` // 128 random bits in hex, part of the address
	Device    DeviceID  `json:"device"`
	Task      TaskID    `json:"task"` // it belongs to
	Upload    bool      `json:"upload,omitempty"`
	File      FileID    `json:"file,omitempty"` // to fetch; of an upload, what was delivered
	FileType  string    `json:"fileType"`
	Username  string    `json:"username,omitempty"` // "" = the address alone is enough
	Password  Sealed    `json:"password,omitempty"`
	CreatedAt time.Time `json:"createdAt"`
	ExpiresAt time.Time `json:"expiresAt"`
	Bytes     int64     `json:"bytes"`             // of content sent or received, by all requests
	Upto      int64     `json:"upto,omitempty"`    // content was served without a gap from the first byte to here
	Requests  int       `json:"requests"`          // with the right credentials
	ServedAt  time.Time `json:"servedAt,omitzero"` // when all of the content had been served or delivered
	DoneAt    time.Time `json:"doneAt,omitzero"`   // when it was closed: the address is dead
	Remote    string    `json:"remote,omitempty"`  // source address of the last request
}

// Open reports whether the address may be used.
func (t *Transfer) Open(now time.Time) bool { return t.DoneAt.IsZero() && now.Before(t.ExpiresAt) }

// Clone returns an independent copy.
func (t *Transfer) Clone() *Transfer {
	c := *t
	c.Password = slices.Clone(t.Password)
	return &c
}

// TransferUse is what one request did with a transfer.
type TransferUse struct {
	From   int64  // the content was served from this byte ...
	Bytes  int64  // ... and this many of it, or of an upload received
	Remote string // source address
}

// FileUpload is what is told of a file beside its content.
type FileUpload struct {
	Name     string
	Kind     FileKind // "" = as FileType says
	FileType string
	Version  string
	Models   []string
	Note     string
	SHA256   string // hex that the content must have; "" = whatever it has
	Size     int64  // that the content will have; 0 = not known
	Offer    bool   // see File
}
