// Package pgtest runs a private PostgreSQL server for tests: a real one, from the
// binaries of the machine, in a folder of its own, reachable by a Unix socket only.
package pgtest

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
)

// superuser is the role that owns everything on the server.
const superuser = "itms"

// Options tune a Server.
type Options struct {
	// Durable keeps fsync on, as benchmarks need it; tests are faster without.
	Durable bool
	// Prepare fills the database that those of the tests are copied from, e.g. with tables:
	// copying is faster than making them each time. nil = they are empty.
	Prepare func(url string) error
}

// Server is a running PostgreSQL.
type Server struct {
	dir  string
	bin  string
	cred *syscall.Credential
	proc *exec.Cmd
	stop io.Closer // closing it ends the server
	log  chan struct{}
	made atomic.Int64
	from string // what databases are copied from; "" = they are empty
}

// New starts a server in a new temporary folder. It fails when the machine has no
// PostgreSQL. Stop it in the end.
func New(opts Options) (*Server, error) {
	bin, err := binaries()
	if err != nil {
		return nil, err
	}
	cred, err := unprivileged()
	if err != nil {
		return nil, err
	}
	// Not below a test's own folder: that is closed to the unprivileged user, and
	// often too long for the name of a socket.
	dir, err := os.MkdirTemp("", "pgtest")
	if err != nil {
		return nil, fmt.Errorf("make a folder for PostgreSQL: %w", err)
	}
	s := &Server{dir: dir, bin: bin, cred: cred, log: make(chan struct{})}
	if err := s.start(opts); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	if err := s.prepare(opts.Prepare); err != nil {
		return nil, errors.Join(err, s.Stop())
	}
	return s, nil
}

// prepare makes the database that others are copied from.
func (s *Server) prepare(fill func(url string) error) error {
	if fill == nil {
		return nil
	}
	const name = "prepared"
	url, err := s.CreateDatabase(name)
	if err != nil {
		return err
	}
	if err := fill(url); err != nil {
		return fmt.Errorf("prepare a database: %w", err)
	}
	s.from = name
	return nil
}

// Start is New and CreateDatabase for one test, which fails when that fails; the
// server ends with the test.
func Start(t testing.TB) (url string) {
	t.Helper()
	s, err := New(Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Stop(); err != nil {
			t.Error(err)
		}
	})
	return s.Database(t)
}

// Database creates a database for a test, empty or as it was prepared, and returns its URL.
func (s *Server) Database(t testing.TB) (url string) {
	t.Helper()
	url, err := s.CreateDatabase(fmt.Sprintf("test%d", s.made.Add(1)))
	if err != nil {
		t.Fatal(err)
	}
	return url
}

// CreateDatabase creates a database, empty or as it was prepared, and returns its URL.
func (s *Server) CreateDatabase(name string) (string, error) {
	return s.create(name, s.from)
}

// EmptyDatabase creates one for a test that is empty in any case, and returns its URL.
func (s *Server) EmptyDatabase(t testing.TB) (url string) {
	t.Helper()
	url, err := s.CreateEmpty(fmt.Sprintf("test%d", s.made.Add(1)))
	if err != nil {
		t.Fatal(err)
	}
	return url
}

// CreateEmpty creates a database that is empty in any case, and returns its URL.
func (s *Server) CreateEmpty(name string) (string, error) { return s.create(name, "") }

// create creates a database as a copy of another one, "" = an empty one.
func (s *Server) create(name, from string) (string, error) {
	args := []string{"-h", s.dir, "-U", superuser, name}
	if from != "" {
		args = append(args, "-T", from)
	}
	if out, err := s.command("createdb", args...).CombinedOutput(); err != nil {
		return "", fmt.Errorf("create database %s: %w: %s", name, err, bytes.TrimSpace(out))
	}
	q := url.Values{"host": {s.dir}, "user": {superuser}}
	return "postgres:///" + url.PathEscape(name) + "?" + q.Encode(), nil
}

// Stop ends the server and removes its folder.
func (s *Server) Stop() error {
	closed := s.stop.Close()
	<-s.log
	return errors.Join(closed, s.proc.Wait(), os.RemoveAll(s.dir))
}

// start makes the cluster and runs the server on it.
func (s *Server) start(opts Options) error {
	if s.cred != nil {
		if err := os.Chown(s.dir, int(s.cred.Uid), int(s.cred.Gid)); err != nil {
			return fmt.Errorf("give %s to the unprivileged user: %w", s.dir, err)
		}
	}
	// A language's collation as the default shows every column that forgot to ask
	// for bytewise order.
	initdb := s.command("initdb", "-D", s.data(), "-U", superuser, "-A", "trust", "-E", "UTF8", "--no-sync",
		"--locale=C.UTF-8", "--lc-messages=C", "--locale-provider=icu", "--icu-locale=en-US")
	if out, err := initdb.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w: %s", err, bytes.TrimSpace(out))
	}
	return s.run(opts)
}

// data is the folder of the cluster.
func (s *Server) data() string { return filepath.Join(s.dir, "data") }

// guard runs the server and ends it, by its process id, when standard input ends.
// So no server outlives its tests, not even when those are killed. It ends with the
// server, too.
const guard = `exec 3<&0
"$@" </dev/null 3<&- & server=$!
{ read -r _ <&3; kill -INT $server; } >/dev/null 2>&1 & watch=$!
exec 3<&-
wait $server; code=$?
kill $watch 2>/dev/null
exit $code`

// run starts the server and waits until it takes connections.
func (s *Server) run(opts Options) error {
	args := []string{"-c", guard, "pgtest", filepath.Join(s.bin, "postgres"), "-D", s.data(),
		"-c", "listen_addresses=", "-c", "unix_socket_directories=" + s.dir, "-c", "max_connections=200"}
	if !opts.Durable {
		args = append(args, "-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off")
	}
	s.proc = s.command("/bin/sh", args...)
	stdin, err := s.proc.StdinPipe()
	if err != nil {
		return err
	}
	stderr, err := s.proc.StderrPipe()
	if err != nil {
		return err
	}
	if err := s.proc.Start(); err != nil {
		return fmt.Errorf("start PostgreSQL: %w", err)
	}
	s.stop = stdin
	ready := make(chan error, 1)
	go s.follow(stderr, ready)
	if err := <-ready; err != nil {
		return errors.Join(err, stdin.Close(), s.proc.Wait())
	}
	return nil
}

// follow reads the server's log, so that it never waits for a reader, and tells
// when the server is ready or gone.
func (s *Server) follow(log io.Reader, ready chan<- error) {
	defer close(s.log)
	var said strings.Builder
	up := false
	for lines := bufio.NewScanner(log); lines.Scan(); {
		switch {
		case up:
		case strings.Contains(lines.Text(), "ready to accept connections"):
			up = true
			ready <- nil
		default:
			said.WriteString(lines.Text() + "\n")
		}
	}
	if !up {
		ready <- fmt.Errorf("PostgreSQL did not start:\n%s", said.String())
	}
}

// command prepares a command as the unprivileged user. A bare name is one of
// PostgreSQL's.
func (s *Server) command(name string, args ...string) *exec.Cmd {
	if !filepath.IsAbs(name) {
		name = filepath.Join(s.bin, name)
	}
	cmd := exec.Command(name, args...)
	cmd.Dir = s.dir
	if s.cred != nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: s.cred}
	}
	return cmd
}

// binaries finds the folder with initdb and postgres, the newest version first.
func binaries() (string, error) {
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if err != nil {
		return "", err
	}
	slices.SortFunc(found, func(a, b string) int { return version(b) - version(a) })
	if len(found) > 0 {
		return filepath.Dir(found[0]), nil
	}
	if path, err := exec.LookPath("initdb"); err == nil {
		if path, err = filepath.EvalSymlinks(path); err == nil {
			return filepath.Dir(path), nil
		}
	}
	return "", errors.New("no PostgreSQL on this machine: these tests need a real one; install the Debian package postgresql (15 or newer)")
}

// version reads the number in /usr/lib/postgresql/15/bin/initdb.
func version(path string) int {
	n, err := strconv.Atoi(filepath.Base(filepath.Dir(filepath.Dir(path))))
	if err != nil {
		return 0
	}
	return n
}

// unprivileged returns who runs the server: PostgreSQL refuses to run as root. Nil
// means the user of this process.
func unprivileged() (*syscall.Credential, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err1 := strconv.ParseUint(u.Uid, 10, 32)
		gid, err2 := strconv.ParseUint(u.Gid, 10, 32)
		if err := errors.Join(err1, err2); err != nil {
			return nil, fmt.Errorf("user %s: %w", name, err)
		}
		return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, nil
	}
	return nil, errors.New("PostgreSQL cannot run as root, and there is no user postgres or nobody")
}
