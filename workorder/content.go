package workorder

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"time"

	"itms"
)

const (
	// sweepAfter is how long an upload may go on without a further chunk: longer than
	// any door waits for bytes.
	sweepAfter = time.Hour
	// sweepBatch is how many chunks are removed by one transaction: 4 MiB of pages.
	sweepBatch = 16
	// abandonTime bounds the note that an upload came to nothing; the alarm that is set
	// already does the same later.
	abandonTime = 5 * time.Second
)

// sweepAlarm is the key of the alarm that removes the chunks of an id without a file.
func sweepAlarm(id itms.FileID) string { return "file-sweep/" + string(id) }

// content is what was read of an upload.
type content struct {
	id   itms.FileID
	size int64
	sum  string // SHA-256 in hex
}

// takeContent stores what body has, in chunks under a new id which is not visible. At
// most one chunk is in memory. The caller inserts the file, or abandons the content.
// Errors: KindLimit with CodeTooLarge beyond most bytes, those of body as they are, those
// of the store; then nothing is left to abandon.
func (e *Engine) takeContent(ctx context.Context, body io.Reader, most int64) (content, error) {
	c := content{id: itms.FileID(itms.NewID(e.now()))}
	err := e.takeChunks(ctx, &c, body, most)
	if err != nil {
		e.abandon(ctx, c)
		return content{}, err
	}
	return c, nil
}

// takeChunks is takeContent without its end.
func (e *Engine) takeChunks(ctx context.Context, c *content, body io.Reader, most int64) error {
	hash, buf := sha256.New(), make([]byte, itms.ChunkSize)
	var alarmed time.Time
	for n, last := 0, false; !last; n++ {
		got, err := fill(body, buf)
		if last = errors.Is(err, io.EOF); err != nil && !last {
			return err
		}
		if c.size += int64(got); c.size > most {
			return tooLarge(most)
		}
		if got == 0 {
			continue
		}
		if alarmed, err = e.putChunk(ctx, c.id, n, buf[:got], alarmed); err != nil {
			return err
		}
		hash.Write(buf[:got])
	}
	c.sum = hex.EncodeToString(hash.Sum(nil))
	return nil
}

// tooLarge refuses a file.
func tooLarge(most int64) error {
	return itms.Errorf(itms.KindLimit, itms.CodeTooLarge, "the file is larger than %d bytes", most)
}

// fill reads until buf is full or body fails. Unlike io.ReadFull it keeps io.EOF apart
// from the io.ErrUnexpectedEOF of a body that was cut off.
func fill(body io.Reader, buf []byte) (n int, err error) {
	for n < len(buf) && err == nil {
		var got int
		got, err = body.Read(buf[n:])
		n += got
	}
	return n, err
}

// putChunk stores a chunk, and with the first one, and then from time to time, the alarm
// that removes them all should the upload die. It returns when the alarm was set.
func (e *Engine) putChunk(ctx context.Context, id itms.FileID, n int, chunk []byte, alarmed time.Time) (time.Time, error) {
	err := e.update(ctx, func(w *work) error {
		if err := w.tx.Files().PutChunk(id, n, chunk); err != nil || w.now.Sub(alarmed) < sweepAfter/4 {
			return err
		}
		return w.tx.Agenda().Set(sweepAlarm(id), w.now.Add(sweepAfter))
	})
	if now := e.now(); err == nil && now.Sub(alarmed) >= sweepAfter/4 {
		alarmed = now
	}
	return alarmed, err
}

// abandon has the chunks of a content removed. Should that fail, the alarm of its first
// chunk does it.
func (e *Engine) abandon(ctx context.Context, c content) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), abandonTime)
	defer cancel()
	err := e.update(ctx, func(w *work) error { return w.tx.Agenda().Set(sweepAlarm(c.id), w.now) })
	if err != nil {
		e.log.Warn().Err(err).Str("file", string(c.id)).Msg("an upload came to nothing; what there is of it is removed later")
	}
}

// settleContent makes sure that a content is whole, and calls its alarm off: from now on
// it belongs to a file. KindUnavailable when the upload took so long that its chunks were
// removed.
func (w *work) settleContent(c content) error {
	if c.size > 0 { // the first chunk goes first
		_, err := w.tx.Files().Chunk(c.id, 0)
		if itms.IsKind(err, itms.KindNotFound) {
			return itms.Errorf(itms.KindUnavailable, itms.CodeUnavailable, "the upload stood still for longer than %s: send it again", sweepAfter)
		}
		if err != nil {
			return err
		}
	}
	return w.tx.Agenda().Clear(sweepAlarm(c.id))
}

// sweepFile removes some chunks of a content without a file and comes again until there
// are none.
func (w *work) sweepFile(id string) error {
	_, err := w.tx.Files().Get(itms.FileID(id))
	if !itms.IsKind(err, itms.KindNotFound) {
		return err // it is a file's: nothing to do
	}
	gone, err := w.tx.Files().DropChunks(itms.FileID(id), sweepBatch)
	if err != nil || gone < sweepBatch {
		return err
	}
	return w.tx.Agenda().Set(sweepAlarm(itms.FileID(id)), w.now)
}
