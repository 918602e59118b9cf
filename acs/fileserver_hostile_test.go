package acs

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"itms"
)

// pipeListener is a listener whose connections have no buffer at all, so that a reader
// that does not read stops its writer at once, in the time of the test.
type pipeListener struct {
	conns  chan net.Conn
	closed chan struct{}
}

func newPipeListener() *pipeListener {
	return &pipeListener{make(chan net.Conn), make(chan struct{})}
}

func (l *pipeListener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

func (l *pipeListener) Close() error { close(l.closed); return nil }

func (l *pipeListener) Addr() net.Addr { return &net.IPAddr{} }

// dial opens a connection and sends a request.
func (l *pipeListener) dial(t *testing.T, request string) net.Conn {
	t.Helper()
	mine, theirs := net.Pipe()
	l.conns <- theirs
	if _, err := io.WriteString(mine, request); err != nil {
		t.Fatal(err)
	}
	return mine
}

// inPipes runs a test on a file door whose connections and time are the test's own.
func inPipes(t *testing.T, d *depot, run func(*testing.T, *FileServer, *pipeListener)) {
	synctest.Test(t, func(t *testing.T) {
		srv, err := NewFileServer(FileOptions{Depot: d})
		if err != nil {
			t.Fatal(err)
		}
		l, hs := newPipeListener(), srv.HTTPServer()
		ended := make(chan error)
		go func() { ended <- hs.Serve(l) }()
		run(t, srv, l)
		if err := hs.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
			t.Error(err)
		}
		if err := <-ended; !errors.Is(err, http.ErrServerClosed) && !errors.Is(err, net.ErrClosed) {
			t.Error(err)
		}
	})
}

// liveHeap is the live heap.
func liveHeap() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// TestFileSlowReaders: a reader that takes nothing holds a piece and no chunk, others are
// served meanwhile, and after a while it is dropped.
func TestFileSlowReaders(t *testing.T) {
	const readers, size = 400, 200 * itms.ChunkSize
	inPipes(t, newDepot(size), func(t *testing.T, srv *FileServer, l *pipeListener) {
		before := liveHeap()
		var stalled []net.Conn
		for i := range readers { // each at a chunk of its own
			conn := l.dial(t, fmt.Sprintf("GET /t/%s/x HTTP/1.1\r\nHost: x\r\nRange: bytes=%d-\r\n\r\n", openToken, i%200*itms.ChunkSize))
			defer conn.Close()
			stalled = append(stalled, conn)
		}
		synctest.Wait()
		const each, shared = fileBuffer + 32<<10, cachedChunks*itms.ChunkSize + 4<<20
		if used := int64(liveHeap()) - int64(before); used > readers*each+shared {
			t.Errorf("%d slow readers hold %d bytes, want at most %d", readers, used, readers*each+shared)
		}
		quick := l.dial(t, fmt.Sprintf("GET /t/%s/x HTTP/1.1\r\nHost: x\r\nConnection: close\r\nRange: bytes=0-9\r\n\r\n", openToken))
		defer quick.Close()
		if reply, err := io.ReadAll(quick); err != nil || !strings.HasSuffix(string(reply), string(fileBytes(0, 10))) {
			t.Errorf("a quick reader got %q, %v", reply, err)
		}
		time.Sleep(stallTime + time.Second) // of the bubble
		synctest.Wait()
		if left := len(srv.seats); left != 0 {
			t.Errorf("%d stalled readers still have their places", left)
		}
		runtime.KeepAlive(stalled)
	})
}

// TestFileSlowButSteady: a reader that is slow and goes on is served to the end, for
// longer than any time-out of the server.
func TestFileSlowButSteady(t *testing.T) {
	const size = 16 * fileBuffer
	inPipes(t, newDepot(size), func(t *testing.T, _ *FileServer, l *pipeListener) {
		conn := l.dial(t, fmt.Sprintf("GET /t/%s/x HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", openToken))
		defer conn.Close()
		started, got, buf := time.Now(), 0, make([]byte, fileBuffer)
		for {
			time.Sleep(stallTime / 4)
			n, err := io.ReadFull(conn, buf)
			got += n
			if err != nil {
				break
			}
		}
		if took := time.Since(started); got < size || took < writeTimeout {
			t.Errorf("%d bytes in %s, want at least %d in more than %s", got, took, size, writeTimeout)
		}
	})
}

// TestFileSlowUpload: a body that does not come is given up, one that comes slowly is not.
func TestFileSlowUpload(t *testing.T) {
	d := newDepot(0)
	inPipes(t, d, func(t *testing.T, srv *FileServer, l *pipeListener) {
		const size = 5 * fileBuffer
		head := fmt.Sprintf("PUT /t/%s/x HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: %d\r\n\r\n", putToken, size)
		steady := l.dial(t, head)
		defer steady.Close()
		dead := l.dial(t, head+"half")
		defer dead.Close()
		refused := make(chan string)
		go func() {
			reply, err := io.ReadAll(dead)
			refused <- fmt.Sprint(string(reply), err)
		}()
		for range 5 {
			time.Sleep(stallTime / 3)
			if _, err := steady.Write(make([]byte, fileBuffer)); err != nil {
				t.Fatal(err)
			}
		}
		if reply, err := io.ReadAll(steady); err != nil || !strings.Contains(string(reply), " 201 ") {
			t.Errorf("the steady one got %q, %v", reply, err)
		}
		if reply := <-refused; !strings.Contains(reply, " 408 ") {
			t.Errorf("the dead one got %q", reply)
		}
		synctest.Wait()
		if len(d.taken) != 1 || len(srv.seats)+len(srv.uploads) != 0 {
			t.Errorf("%d files were taken, %d places are", len(d.taken), len(srv.seats)+len(srv.uploads))
		}
	})
}

// TestFileNotedWhenGone: what a device got before it went away is noted.
func TestFileNotedWhenGone(t *testing.T) {
	d := newDepot(4 * itms.ChunkSize)
	inPipes(t, d, func(t *testing.T, _ *FileServer, l *pipeListener) {
		conn := l.dial(t, fmt.Sprintf("GET /t/%s/x HTTP/1.1\r\nHost: x\r\n\r\n", openToken))
		if _, err := io.ReadFull(conn, make([]byte, 3*fileBuffer)); err != nil {
			t.Fatal(err)
		}
		conn.Close()
		synctest.Wait()
		if len(d.uses) != 1 || d.uses[0].Bytes < 2*fileBuffer || d.uses[0].Bytes > 4*fileBuffer {
			t.Errorf("noted %v", d.uses)
		}
	})
}

// TestChunkCacheGivesUp: who waits for a chunk that somebody else reads goes when its
// device does; a failed read is tried again by the next.
func TestChunkCacheGivesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		calls := 0
		cache := newChunkCache(func(ctx context.Context, _ itms.FileID, _ int) ([]byte, error) {
			calls++
			<-ctx.Done()
			return nil, ctx.Err()
		})
		first := make(chan error)
		go func() {
			_, err := cache.get(t.Context(), "f", 0)
			first <- err
		}()
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := cache.get(ctx, "f", 0); !errors.Is(err, context.DeadlineExceeded) || calls != 1 {
			t.Errorf("waiting: %v after %d reads", err, calls)
		}
		if err := <-first; !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("reading: %v", err)
		}
		if len(cache.known) != 0 || cache.used.Len() != 0 {
			t.Errorf("the failure is kept")
		}
	})
}
