package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"itms/internal/apart"
	"itms/store/postgres"
	"itms/store/storetest/pgtest"
)

// The scripts in testdata/script drive the real binaries, built with the race
// detector, on ports the system picks. Each runs on both stores.
//
// Commands beside testscript's own:
//
//	up NAME [KEY=VALUE ...]  start "itms serve" in data directory NAME; waits until it is ready
//	down NAME                stop it by signal; it must end cleanly
//	kill9 NAME               kill it
//	token NAME ROLE [FLAG..] make a token with the command line; sets $TOKEN
//	signin NAME PASSWORD     sign in over the REST API; sets $TOKEN to the session
//	call METHOD PATH [FILE]  call the REST API of the last server with $TOKEN; prints status and body;
//	                         with $KEY as its Idempotency-Key
//	until PATH REGEXP        GET from the REST API until the answer matches, for a minute at most
//	activation [NAME]        set $CODE, or $NAME, to the activation code that was just printed
//	taskid                   set $TASK to the id of the task that was just printed
//	bss                      start a receiver of callbacks; sets $BSS
//	bss wait NO STATE        wait until an order's callbacks told of a state
//	bss states NO STATE...   wait for these callbacks of an order, in order, without repeats
//	bss down | bss up        refuse callbacks with 503, or take them again
//	hub                      start a listener of TM Forum notifications; sets $HUB
//	hub states NO STATE...   wait until the notifications of an order (its externalId) told these states, without repeats
//	hub event NO TYPE        wait for a notification of a type
//	capture NAME REGEXP      set $NAME to what the group of an expression finds in what was just printed
//	nas                      start an access server that takes changes; sets $NASPORT
//	nas coa|disconnect ID    wait until it was told so about a session
//	nas refuse | nas obey    let it answer NAK, or ACK again
//	files DIR                serve a folder over HTTP; sets $FILES
//	expand FILE...           replace the variables in files, as call does in what it posts
//	recording                sets $TRACE to the recording that the last call started
//	fileof STATE             sets $FILE to the name of the file that a simulated modem fetched
//	nosecrets WORD...        nothing that was written holds any of the words
//
// cpesim finds the last server and its credentials in the environment. $RELAYPORT is a free
// UDP port for the relay of simulated modems.

// scriptTools is what the scripts of one test run share: the built programs and a
// PostgreSQL server. It is made when the first script needs it.
type scriptTools struct {
	once     sync.Once
	binaries string
	database *pgtest.Server
	err      error
}

var tools scriptTools

// make builds the programs and starts the server.
func (s *scriptTools) make() error {
	s.once.Do(func() {
		if s.binaries, s.err = os.MkdirTemp("", "itms-bin-"); s.err != nil {
			return
		}
		build := exec.Command("go", "build", "-race", "-o", s.binaries, "itms/cmd/itms", "itms/cmd/cpesim")
		if out, err := build.CombinedOutput(); err != nil {
			s.err = fmt.Errorf("%w\n%s", err, out)
			return
		}
		s.database, s.err = pgtest.New(pgtest.Options{Prepare: makeTables})
	})
	return s.err
}

// remove undoes make.
func (s *scriptTools) remove() error {
	if s.binaries == "" {
		return nil
	}
	err := os.RemoveAll(s.binaries)
	if s.database != nil {
		err = errors.Join(err, s.database.Stop())
	}
	return err
}

func TestMain(m *testing.M) {
	apart.Main(benchParts)
	code := m.Run()
	if err := tools.remove(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

func TestScriptsOnBolt(t *testing.T) {
	runScripts(t, "script", func(*testscript.Env) (string, error) { return "bolt", nil })
}

func TestScriptsOnPostgres(t *testing.T) {
	runScripts(t, "script", freshDatabase)
}

// TestNodeScripts are those that need several nodes on one store.
func TestNodeScripts(t *testing.T) {
	runScripts(t, "script-nodes", emptyDatabase)
}

// makeTables makes the tables that the databases of scripts begin with.
func makeTables(url string) error {
	s, err := postgres.Open(context.Background(), url, postgres.Options{})
	if err != nil {
		return err
	}
	return s.Close()
}

// freshDatabase gives each script a database of its own, with tables and nothing in them.
func freshDatabase(*testscript.Env) (string, error) {
	return tools.database.CreateDatabase(databaseName())
}

// emptyDatabase leaves the tables to the first server.
func emptyDatabase(*testscript.Env) (string, error) {
	return tools.database.CreateEmpty(databaseName())
}

// databaseName makes a name that no other script has.
func databaseName() string { return fmt.Sprintf("script_%d", time.Now().UnixNano()) }

// freePort is a UDP port that nobody listens at now, on whatever address.
func freePort() (string, error) {
	conn, err := net.ListenUDP("udp4", nil)
	if err != nil {
		return "", err
	}
	defer conn.Close()
	return strconv.Itoa(conn.LocalAddr().(*net.UDPAddr).Port), nil
}

// runScripts runs one folder of scripts on a store.
func runScripts(t *testing.T, folder string, store func(*testscript.Env) (string, error)) {
	if err := tools.make(); err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir: filepath.Join("..", "..", "testdata", folder),
		Setup: func(e *testscript.Env) error {
			url, err := store(e)
			if err != nil {
				return err
			}
			e.Setenv("PATH", tools.binaries+string(os.PathListSeparator)+e.Getenv("PATH"))
			e.Setenv("STORE", url)
			e.Setenv("CFG", filepath.Join(e.WorkDir, "itms.yaml"))
			e.Setenv("SECRET", callbackSecret)
			e.Setenv("GORACE", raceOptions)
			relay, err := freePort()
			if err != nil {
				return err
			}
			e.Setenv("RELAYPORT", relay)
			e.Setenv("CPESIM_USERNAME", "cpe")
			e.Setenv("CPESIM_PASSWORD", "cpe-digest-Pw")
			w := &scriptWorld{dir: e.WorkDir, servers: map[string]*running{}}
			e.Values[worldKey{}] = w
			e.Defer(w.stopAll)
			return os.WriteFile(filepath.Join(e.WorkDir, "itms.yaml"), []byte(defaultConfig), 0o600)
		},
		Condition: func(name string) (bool, error) {
			return folder == "script" && t.Name() == "TestScriptsOnBolt", onlyCondition(name)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"up": cmdUp, "down": cmdDown, "kill9": cmdKill, "token": cmdToken, "signin": cmdSignIn, "call": cmdCall, "bss": cmdBSS, "nas": cmdNAS, "nosecrets": cmdNoSecrets, "fileof": cmdFileOf,
			"activation": cmdActivation, "taskid": cmdTaskID, "files": cmdFiles, "expand": cmdExpand, "fileid": cmdFileID, "until": cmdUntil, "recording": cmdRecording,
			"hub": cmdHub, "capture": cmdCapture,
		},
	})
}

// onlyCondition refuses conditions other than [bolt].
func onlyCondition(name string) error {
	if name != "bolt" {
		return fmt.Errorf("unknown condition %q", name)
	}
	return nil
}

// raceOptions make a race an error. By default a program built with the race detector
// also waits a second before it ends, which the many short ones need not.
const raceOptions = "halt_on_error=1 exitcode=66 atexit_sleep_ms=0"

// raceExitCode is that of raceOptions.
const raceExitCode = 66

// lastLines is the end of a log.
func lastLines(path string) string {
	text, err := os.ReadFile(path)
	if err != nil {
		return err.Error()
	}
	const most = 8000
	return string(text[max(0, len(text)-most):])
}

const callbackSecret = "whsec_c3ludGhldGljLWtleS1vZi0zMi1ieXRlcy0hISEhISE="

// defaultConfig is what a careful operator would write for a test: everything on
// free loopback ports.
const defaultConfig = `log: {level: debug}
web: {listen: "127.0.0.1:0"}
files: {listen: "127.0.0.1:0"}
cwmp: {listen: "127.0.0.1:0", auth: digest, username: cpe, password: cpe-digest-Pw, sessionTimeout: 5s}
bss: {callbackSecret: ` + callbackSecret + `, callbackAllow: [127.0.0.0/8]}
`

type worldKey struct{}

// scriptWorld is what one script has running.
type scriptWorld struct {
	dir     string
	servers map[string]*running // by name, those that run
	started []*running          // all
	bss     *receiver
	hub     *listener
	nas     *accessServer
}

// running is one server process.
type running struct {
	name      string
	cmd       *exec.Cmd
	addresses map[string]string
	logDone   chan struct{}
}

func world(ts *testscript.TestScript) *scriptWorld { return ts.Value(worldKey{}).(*scriptWorld) }

// stopAll ends what the script left running.
func (w *scriptWorld) stopAll() {
	for _, s := range w.started {
		_ = s.cmd.Process.Kill() // it may be over already
		<-s.logDone
		_ = s.cmd.Wait()
		if s.cmd.ProcessState.ExitCode() == raceExitCode { // what the script saw of it is silence
			fmt.Fprintf(os.Stderr, "server %s ended for a data race, see its log:\n%s\n", s.name, lastLines(filepath.Join(w.dir, s.name+".log")))
		}
	}
	if w.bss != nil {
		w.bss.server.Close()
	}
	if w.hub != nil {
		w.hub.server.Close()
	}
	if w.nas != nil {
		w.nas.close()
	}
}

// cmdUp starts a server and waits for its word that it is ready.
func cmdUp(ts *testscript.TestScript, neg bool, args []string) {
	w := world(ts)
	name := args[0]
	cmd := exec.Command(filepath.Join(tools.binaries, "itms"), "serve", "--config", filepath.Join(w.dir, "itms.yaml"))
	cmd.Dir = w.dir
	cmd.Env = append(os.Environ(), "ITMS_DATA="+filepath.Join(w.dir, name), "ITMS_STORE="+ts.Getenv("STORE"),
		"GORACE="+raceOptions)
	cmd.Env = append(cmd.Env, args[1:]...)
	ready, done, err := startLogged(cmd, filepath.Join(w.dir, name+".log"))
	ts.Check(err)
	s := &running{name: name, cmd: cmd, logDone: done}
	w.started = append(w.started, s)
	select {
	case <-ready:
		w.servers[name] = s // only now: a second server that is refused must not hide the first
	case <-done:
		err := cmd.Wait()
		if neg && err != nil {
			return
		}
		ts.Fatalf("server %s did not start: %v\n%s", name, err, ts.ReadFile(name+".log"))
	case <-time.After(time.Minute):
		ts.Fatalf("server %s is not ready after a minute", name)
	}
	if neg {
		ts.Fatalf("server %s started, but should not", name)
	}
	data, err := os.ReadFile(filepath.Join(w.dir, name, "addresses.json"))
	ts.Check(err)
	ts.Check(json.Unmarshal(data, &s.addresses))
	ts.Setenv("WEB", "http://"+s.addresses["web"])
	ts.Setenv("ACS", "http://"+s.addresses["cwmp"]+"/")
	ts.Setenv("CPESIM_ACS", ts.Getenv("ACS"))
	for variable, door := range map[string]string{"CPESIM_TFTP_PORT": "tftp", "CPESIM_TOD_PORT": "tod"} {
		if _, port, err := net.SplitHostPort(s.addresses[door]); err == nil {
			ts.Setenv(variable, port)
		}
	}
	ts.Setenv("CPESIM_DHCP", s.addresses["dhcp"])
	ts.Setenv("RADIUS", s.addresses["radius"])
	ts.Setenv("RADIUSACCT", s.addresses["radiusAccounting"])
	ts.Setenv("ACS_"+name, "http://"+s.addresses["cwmp"]+"/")
	ts.Setenv("ITMS_DATA", filepath.Join(w.dir, name))
	ts.Setenv("ITMS_STORE", ts.Getenv("STORE"))
}

// startLogged starts a process with its errors in a file. ready is closed at the
// line that says so, done at the end of the output.
func startLogged(cmd *exec.Cmd, path string) (ready, done chan struct{}, err error) {
	log, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, nil, err
	}
	pipe, err := cmd.StderrPipe()
	if err != nil {
		return nil, nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, nil, err
	}
	ready, done = make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		defer log.Close()
		told := false
		lines := bufio.NewReader(pipe)
		for {
			line, err := lines.ReadString('\n')
			_, _ = log.WriteString(line)
			if !told && strings.Contains(line, `"message":"ready"`) {
				told = true
				close(ready)
			}
			if err != nil {
				return
			}
		}
	}()
	return ready, done, nil
}

// cmdDown stops a server as an operator would.
func cmdDown(ts *testscript.TestScript, _ bool, args []string) {
	s := take(ts, args[0])
	ts.Check(s.cmd.Process.Signal(syscall.SIGTERM))
	<-s.logDone
	if err := s.cmd.Wait(); err != nil {
		ts.Fatalf("server %s did not end cleanly: %v\n%s", s.name, err, ts.ReadFile(s.name+".log"))
	}
}

// cmdKill ends a server as a power cut would.
func cmdKill(ts *testscript.TestScript, _ bool, args []string) {
	s := take(ts, args[0])
	ts.Check(s.cmd.Process.Kill())
	<-s.logDone
	_ = s.cmd.Wait() // killed, as asked
}

// cmdFileOf reads the name of a file from the state of a simulated modem.
func cmdFileOf(ts *testscript.TestScript, _ bool, args []string) {
	var state struct {
		File string `json:"file"`
	}
	ts.Check(json.Unmarshal([]byte(ts.ReadFile(args[0])), &state))
	ts.Setenv("FILE", state.File)
}

// take removes a server from the list.
func take(ts *testscript.TestScript, name string) *running {
	w := world(ts)
	s, ok := w.servers[name]
	if !ok {
		ts.Fatalf("no server %s is running", name)
	}
	delete(w.servers, name)
	return s
}

// cmdToken makes an API token with the command line.
func cmdToken(ts *testscript.TestScript, _ bool, args []string) {
	cmd := exec.Command(filepath.Join(tools.binaries, "itms"), "token", "create", "--config", ts.Getenv("CFG"), "--name", args[0], "--role", args[1])
	cmd.Args = append(cmd.Args, args[2:]...)
	cmd.Env = append(os.Environ(), "ITMS_DATA="+ts.Getenv("ITMS_DATA"), "ITMS_STORE="+ts.Getenv("STORE"), "GORACE="+raceOptions)
	out, err := cmd.Output()
	ts.Check(err)
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	ts.Setenv("TOKEN", lines[len(lines)-1])
}

// cmdCall calls the REST API.
func cmdCall(ts *testscript.TestScript, neg bool, args []string) {
	var body io.Reader
	media := "application/json"
	if len(args) > 2 {
		text := os.Expand(ts.ReadFile(args[2]), ts.Getenv)
		body, media = strings.NewReader(text), mediaType(args[2])
	}
	req, err := http.NewRequest(args[0], ts.Getenv("WEB")+args[1], body)
	ts.Check(err)
	identify(req, ts.Getenv("TOKEN"))
	req.Header.Set("Content-Type", media)
	if key := ts.Getenv("KEY"); key != "" {
		req.Header.Set("Idempotency-Key", key)
	}
	resp, err := http.DefaultClient.Do(req)
	ts.Check(err)
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	ts.Check(err)
	fmt.Fprintf(ts.Stdout(), "%d\n%s\n", resp.StatusCode, answer)
	if location := resp.Header.Get("Location"); location != "" {
		fmt.Fprintf(ts.Stdout(), "Location: %s\n", location)
	}
	if failed := resp.StatusCode >= 300; failed != neg {
		ts.Fatalf("%s %s: %s\n%s", args[0], args[1], resp.Status, answer)
	}
}

// cmdNoSecrets searches everything that the run wrote, the database included.
func cmdNoSecrets(ts *testscript.TestScript, _ bool, args []string) {
	w := world(ts)
	var words []string
	for _, secret := range args {
		words = append(words, spellings(secret)...)
	}
	dump := filepath.Join(w.dir, "database.dump")
	if url := ts.Getenv("STORE"); url != "bolt" {
		ts.Check(exec.Command("pg_dump", "--file", dump, url).Run())
	}
	files := 0
	ts.Check(filepath.WalkDir(w.dir, func(path string, d fs.DirEntry, err error) error {
		// What the script itself wrote in clear: orders, configuration, simulated boxes.
		if err != nil || !d.Type().IsRegular() || strings.HasPrefix(d.Name(), "in-") || strings.HasPrefix(d.Name(), "box-") || d.Name() == "itms.yaml" {
			return err
		}
		files++
		data, err := os.ReadFile(path)
		for _, word := range words {
			if bytes.Contains(data, []byte(word)) {
				err = errors.Join(err, fmt.Errorf("%s holds the secret %q", path, word))
			}
		}
		return err
	}))
	if files < 2 {
		ts.Fatalf("only %d files were searched", files)
	}
}
