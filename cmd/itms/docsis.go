package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"itms/docsis/configfile"
	"itms/internal/command"
)

// docsisCmd groups the commands for DOCSIS configuration files. They need no server.
type docsisCmd struct {
	Encode docsisEncodeCmd `cmd:"" help:"Make the binary file of a text, with its integrity checks."`
	Decode docsisDecodeCmd `cmd:"" help:"Print a binary file as text, and whether its integrity checks hold."`
	Check  docsisCheckCmd  `cmd:"" help:"Say what a modem or CMTS would refuse in texts and binary files."`
	Diff   docsisDiffCmd   `cmd:"" help:"Show what distinguishes two files, texts or binary."`
}

// sharedSecret is how the secret of a CMTS is given.
type sharedSecret struct {
	Secret     string `placeholder:"SECRET" xor:"secret" help:"Shared secret of the CMTS. Other users of the machine can see it in the list of processes: better --secret-file."`
	SecretFile string `type:"path" placeholder:"FILE" xor:"secret" help:"File with the shared secret of the CMTS in its first line."`
}

// read returns the secret, and whether there is one.
func (s sharedSecret) read() ([]byte, bool, error) {
	if s.SecretFile == "" {
		return []byte(s.Secret), s.Secret != "", nil
	}
	line, err := readSecretLine(s.SecretFile)
	return line, err == nil, err
}

// maxSecretLine is the longest shared secret that CMTSes take.
const maxSecretLine = 80

// readSecretLine reads the shared secret of a CMTS: the first line of a file.
func readSecretLine(path string) ([]byte, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	line, _, _ := bytes.Cut(data, []byte("\n"))
	line = bytes.TrimSuffix(line, []byte("\r"))
	if len(line) == 0 || len(line) > maxSecretLine {
		return nil, fmt.Errorf("%s: the first line has %d characters: expected 1 to %d", path, len(line), maxSecretLine)
	}
	return line, nil
}

// docsisEncodeCmd encodes.
type docsisEncodeCmd struct {
	sharedSecret
	MTA    bool   `help:"The file is one for a telephone adapter (PacketCable MTA)."`
	Hash   string `enum:",na,euro,ietf,none" default:"" placeholder:"na|euro|ietf|none" help:"Hash in the file of a telephone adapter: of PacketCable, EuroPacketCable or RFC 4682. Without it a hash that the text has is computed anew."`
	Output string `short:"o" placeholder:"OUT" help:"Where to write it; without it standard output."`
	File   string `arg:"" help:"Text, or - for standard input."`
}

// Help shows an example.
func (docsisEncodeCmd) Help() string {
	return "Mistakes are told with line and column. Certificates and digit maps that the text names are looked for beside it.\n\n" +
		"Example: itms docsis encode --secret-file cmts.secret -o silver.bin silver.cfg"
}

// Run encodes.
func (cmd docsisEncodeCmd) Run(e *env) error {
	hash, err := configfile.ParseHash(cmd.Hash)
	if err != nil {
		return err
	}
	text, err := readInput(e, cmd.File)
	if err != nil {
		return err
	}
	body, err := configfile.AppendEncode(nil, text, textOptions(cmd.File, cmd.MTA))
	if err != nil {
		return placed(cmd.File, err)
	}
	var file []byte
	switch {
	case cmd.MTA || body.MTA():
		file, err = configfile.FinishMTA(nil, body, hash)
	case cmd.Hash != "":
		return fmt.Errorf("%w: --hash is for files of telephone adapters (--mta)", command.ErrUsage)
	default:
		file, err = cmd.sign(e, body)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", cmd.File, err)
	}
	if cmd.Output == "" || cmd.Output == "-" {
		_, err = e.out.Write(file)
		return err
	}
	return writeWhole(cmd.Output, bytes.NewReader(file))
}

// sign adds the integrity checks of a modem's file.
func (cmd docsisEncodeCmd) sign(e *env, body configfile.Body) ([]byte, error) {
	secret, given, err := cmd.read()
	if err != nil {
		return nil, err
	}
	if !given {
		fmt.Fprintln(e.err, "itms: no secret is given: the CMTS MIC is that of an empty one (--secret-file)")
	}
	return configfile.Sign(nil, body, secret, configfile.SignOptions{})
}

// textOptions reads what a text names from beside it.
func textOptions(file string, mta bool) *configfile.TextOptions {
	return &configfile.TextOptions{MTA: mta, ReadFile: func(name string) ([]byte, error) {
		if !filepath.IsAbs(name) && file != "-" {
			name = filepath.Join(filepath.Dir(file), name)
		}
		return os.ReadFile(name)
	}}
}

// placed writes the file before each mistake.
func placed(file string, err error) error {
	var mistakes configfile.Errors
	if !errors.As(err, &mistakes) {
		return fmt.Errorf("%s: %w", file, err)
	}
	lines := make([]string, len(mistakes))
	for i, m := range mistakes {
		lines[i] = file + ":" + m.Error()
	}
	return errors.New(strings.Join(lines, "\n"))
}

// docsisDecodeCmd decodes.
type docsisDecodeCmd struct {
	sharedSecret
	File string `arg:"" help:"Binary file, or - for standard input."`
}

// Help shows an example.
func (docsisDecodeCmd) Help() string {
	return "Comments behind the text say which integrity checks hold.\n\n" +
		"Example: itms docsis decode --secret-file cmts.secret silver.bin"
}

// Run decodes.
func (cmd docsisDecodeCmd) Run(e *env) error {
	data, err := readInput(e, cmd.File)
	if err != nil {
		return err
	}
	f, err := configfile.Parse(data)
	if err != nil {
		return fmt.Errorf("%s: %w", cmd.File, err)
	}
	checks, _, err := cmd.verify(f, data)
	if err != nil {
		return fmt.Errorf("%s: %w", cmd.File, err)
	}
	if _, err = e.out.Write(f.AppendText(nil)); err != nil {
		return err
	}
	for _, check := range checks {
		if _, err = fmt.Fprintf(e.out, "/* %s */\n", check); err != nil {
			return err
		}
	}
	return nil
}

// verify says in words which integrity checks hold, and whether one does not.
func (s sharedSecret) verify(f *configfile.File, data []byte) (checks []string, failed bool, err error) {
	secret, given, err := s.read()
	if err != nil {
		return nil, false, err
	}
	var secrets [][]byte
	if given {
		secrets = append(secrets, secret)
	}
	v, err := configfile.Verify(data, secrets...)
	if err != nil {
		return nil, false, err
	}
	say := func(name string, state configfile.MICState) {
		checks = append(checks, name+" "+state.String())
		failed = failed || state == configfile.MICFails
	}
	if f.MTA {
		say("MTA hash", v.Hash)
		return checks, failed, nil
	}
	say("CM MIC", v.CM)
	if !v.Implicit {
		say("CMTS MIC", v.CMTS)
	}
	if v.Extended != configfile.MICMissing {
		say("extended CMTS MIC", v.Extended)
	}
	return checks, failed, nil
}

// docsisCheckCmd checks files.
type docsisCheckCmd struct {
	sharedSecret
	Docsis string   `enum:",1.0,1.1,2.0,3.0,3.1,4.0" default:"" placeholder:"VERSION" help:"Version of the modems, 1.0 to 4.0: warn of settings of later ones."`
	MTA    bool     `help:"Texts are for telephone adapters (PacketCable MTA)."`
	Files  []string `arg:"" help:"Texts or binary files, - for standard input."`
}

// Help shows an example.
func (docsisCheckCmd) Help() string {
	return "Fails when there is a mistake; warnings alone are none.\n\n" +
		"Example: itms docsis check --docsis 3.0 --secret-file cmts.secret templates/*.cfg silver.bin"
}

// Run checks them all.
func (cmd docsisCheckCmd) Run(e *env) error {
	var errs []error
	for _, file := range cmd.Files {
		findings, mistakes, err := cmd.check(e, file)
		for _, finding := range findings {
			fmt.Fprintln(e.out, finding)
		}
		switch {
		case err != nil:
			errs = append(errs, err)
		case mistakes > 0:
			errs = append(errs, fmt.Errorf("%s: %d mistakes", file, mistakes))
		default:
			fmt.Fprintf(e.out, "%s is valid\n", file)
		}
	}
	return errors.Join(errs...)
}

// check returns what is wrong with a file, and how much of it is a mistake.
func (cmd docsisCheckCmd) check(e *env, file string) (lines []string, mistakes int, err error) {
	f, data, err := readConfig(e, file, cmd.MTA)
	var wrong configfile.Errors
	if errors.As(err, &wrong) {
		return strings.Split(placed(file, err).Error(), "\n"), len(wrong), nil
	}
	if err != nil {
		return nil, 0, fmt.Errorf("%s: %w", file, err)
	}
	for _, finding := range configfile.Check(f, configfile.CheckOptions{Version: cmd.Docsis}) {
		separator := ":"
		if finding.Line == 0 {
			separator = ": "
		}
		lines = append(lines, file+separator+finding.String())
		if !finding.Warning {
			mistakes++
		}
	}
	if data == nil {
		return lines, mistakes, nil
	}
	checks, failed, err := cmd.verify(f, data)
	if failed {
		mistakes++
		lines = append(lines, file+": "+strings.Join(checks, ", "))
	}
	return lines, mistakes, err
}

// readConfig reads a text or a binary file; data is that of a binary one.
func readConfig(e *env, file string, mta bool) (f *configfile.File, data []byte, err error) {
	in, err := openInput(e, file)
	if err != nil {
		return nil, nil, err
	}
	defer in.Close()
	if data, err = io.ReadAll(io.LimitReader(in, configfile.MaxText+1)); err != nil {
		return nil, nil, err
	}
	if configfile.IsText(data) {
		f, err = configfile.ParseText(data, textOptions(file, mta))
		return f, nil, err
	}
	f, err = configfile.Parse(data)
	return f, data, err
}

// docsisDiffCmd compares files.
type docsisDiffCmd struct {
	A string `arg:"" help:"Text or binary file."`
	B string `arg:"" help:"Text or binary file to compare with it, - for standard input."`
}

// Help shows an example.
func (docsisDiffCmd) Help() string {
	return "The order of settings, integrity checks and padding make no difference. Fails when there is one.\n\n" +
		"Example: itms docsis diff silver.bin silver.cfg"
}

// Run compares them.
func (cmd docsisDiffCmd) Run(e *env) error {
	var files [2]*configfile.File
	for i, name := range []string{cmd.A, cmd.B} {
		f, _, err := readConfig(e, name, false)
		if err != nil {
			return placed(name, err)
		}
		files[i] = f
	}
	changes := configfile.Diff(files[0], files[1])
	for _, change := range changes {
		fmt.Fprintln(e.out, change)
	}
	if len(changes) > 0 {
		return fmt.Errorf("%s and %s differ", cmd.A, cmd.B)
	}
	return nil
}
