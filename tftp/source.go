package tftp

import (
	"context"
	"errors"
	"io"
	"net/netip"
	"time"
)

// Errors that a [Source] returns.
var (
	// ErrNotFound: there is no such file, or none for this client. The client is told
	// ERROR 1 "File not found", the same for whatever reason. [Get] returns it too.
	ErrNotFound = errors.New("tftp: file not found")
)

// Request is a request for reading a file.
type Request struct {
	// Name is the file name as the client wrote it: any octets but NUL, not empty, up to
	// 255 of them.
	Name string
	// Client is the address and port that the request came from, Local those that it
	// came to. IPv4 addresses are in their own form, never mapped into IPv6.
	Client, Local netip.AddrPort
	// Options are all options of the request, also those that this package does not
	// know, such as "netaddr" and "hwaddr" that TFTP proxies of a CMTS add. Names are in
	// lower case; of an option that comes twice, the first. Nil when there are none.
	Options map[string]string
}

// Source opens what clients ask for. It is used from many goroutines at once.
type Source interface {
	// Open returns the content for a client. It may take its time, within ctx; a client
	// that repeats its request meanwhile does not cause another call.
	//
	// ErrNotFound is answered with ERROR 1. Any other error is not answered at all, so
	// that the client asks again: it is for failures that pass, and is logged.
	Open(ctx context.Context, r Request) (Content, error)
}

// SourceFunc is a function as a Source.
type SourceFunc func(ctx context.Context, r Request) (Content, error)

// Open calls f.
func (f SourceFunc) Open(ctx context.Context, r Request) (Content, error) { return f(ctx, r) }

// Content is an opened file: Bytes, or Reader with Size.
type Content struct {
	// Bytes is the whole file. It must not change until Done.
	Bytes []byte
	// Reader, if not nil, is read instead of Bytes, block by block as the client takes
	// them. It is used by one goroutine at a time.
	Reader io.ReaderAt
	// Size is the number of octets in Reader. It is not used with Bytes.
	Size int64
	// Done, if not nil, is told exactly once how the transfer ended, after which the
	// content is not used any more. It must not block: other transfers wait meanwhile.
	Done func(Result)
}

// size is the number of octets.
func (c *Content) size() int64 {
	if c.Reader != nil {
		return c.Size
	}
	return int64(len(c.Bytes))
}

// done tells the end.
func (c *Content) done(r Result) {
	if c.Done != nil {
		c.Done(r)
	}
}

// Result is how a transfer ended.
type Result struct {
	// Complete: the client has acknowledged the last block.
	Complete bool
	// Outcome says why it ended.
	Outcome Outcome
	// Bytes of the file that the client has acknowledged.
	Bytes int64
	// Duration from the request to the end. Of a client that went silent it includes
	// the waiting.
	Duration time.Duration
	// Resent is how many packets were sent again.
	Resent int
}

// Outcome says why a transfer ended.
type Outcome uint8

// The outcomes.
const (
	// Complete: the client has all.
	Complete Outcome = iota
	// Aborted: the client sent an ERROR.
	Aborted
	// Silent: the client did not acknowledge in time.
	Silent
	// Replaced: the client began another transfer at the same port; single port only.
	Replaced
	// Broken: the content could not be read.
	Broken
	// Stopped: the server was closed.
	Stopped
)

// outcomes are the words for them, which are labels of metrics.
var outcomes = [...]string{Complete: "complete", Aborted: "aborted", Silent: "silent", Replaced: "replaced", Broken: "broken", Stopped: "stopped"}

// String is the word for it.
func (o Outcome) String() string { return outcomes[o] }

// First asks several sources in turn: the first that does not say ErrNotFound answers.
func First(sources ...Source) Source { return first(sources) }

// first is the Source of First.
type first []Source

// Open returns ErrNotFound when all do.
func (f first) Open(ctx context.Context, r Request) (Content, error) {
	for _, s := range f {
		if c, err := s.Open(ctx, r); !errors.Is(err, ErrNotFound) {
			return c, err
		}
	}
	return Content{}, ErrNotFound
}
