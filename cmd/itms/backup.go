package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"

	"github.com/rs/zerolog"

	"itms/cmd/itms/config"
	"itms/store/boltdb"
)

// backupCmd copies the embedded store.
type backupCmd struct {
	Config string `required:"" type:"path" placeholder:"FILE" help:"Configuration file."`
	File   string `arg:"" type:"path" help:"File to write; must not exist."`
}

// Help shows an example.
func (backupCmd) Help() string {
	return "The copy is consistent and may be made beside a running server. The key file is not part of it: " +
		"keep a copy of the key elsewhere, without it the secrets in a backup cannot be read. " +
		"For PostgreSQL use pg_dump.\n\nExample: itms backup --config itms.yaml /backup/itms.db"
}

// Run writes the copy whole or not at all.
func (cmd backupCmd) Run(e *env) error {
	return withClient(e, cmd.Config, func(c *localClient) error {
		resp, err := c.call(e.ctx, http.MethodGet, "/local/backup", nil)
		if err != nil {
			return err
		}
		defer resp.Body.Close()
		f, err := os.OpenFile(cmd.File, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if err != nil {
			return err
		}
		n, err := io.Copy(f, resp.Body)
		if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
			return errors.Join(err, os.Remove(cmd.File))
		}
		_, err = fmt.Fprintf(e.out, "%d bytes written to %s\n", n, cmd.File)
		return err
	})
}

// streamBackup serves GET /local/backup.
func (b *base) streamBackup(w http.ResponseWriter, _ *http.Request) {
	if b.bolt == nil {
		reply(w, nil, errUsePgDump)
		return
	}
	if _, err := b.bolt.Backup(w); err != nil {
		b.log.Error().Err(err).Msg("backup broke off")
		panic(http.ErrAbortHandler) // the reader must see a broken answer, not a short file
	}
}

// restoreCmd puts a backup in place.
type restoreCmd struct {
	Config  string `required:"" type:"path" placeholder:"FILE" help:"Configuration file."`
	File    string `arg:"" type:"existingfile" help:"Backup to restore."`
	Replace bool   `help:"Move an existing store aside (to itms.db.before-restore, or the first free number behind it)."`
}

// Help shows an example.
func (restoreCmd) Help() string {
	return "The server must not run. The key must be the one the backup was written with.\n\nExample: itms restore --config itms.yaml /backup/itms.db"
}

// Run checks the backup as a store of its own before it takes the store's place.
func (cmd restoreCmd) Run(e *env) error {
	c, err := config.Load(cmd.Config, e.environ)
	if err != nil {
		return err
	}
	if c.Store != "bolt" {
		return errors.New("the store is PostgreSQL: use pg_restore")
	}
	if answers(socketPath(c)) {
		return errors.New("the server is running; stop it first")
	}
	target := dataFile(c)
	unlock, err := cmd.claim(target)
	if err != nil {
		return err
	}
	if err := errors.Join(cmd.place(e, c, target), unlock()); err != nil {
		return err
	}
	_, err = fmt.Fprintf(e.out, "%s restored from %s\n", target, cmd.File)
	return err
}

// claim makes sure that nobody uses the store that is to be replaced, until unlock.
func (cmd restoreCmd) claim(target string) (unlock func() error, err error) {
	_, err = os.Stat(target)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return func() error { return nil }, nil
	case err != nil:
		return nil, err
	case !cmd.Replace:
		return nil, fmt.Errorf("%s exists; use --replace to move it aside", target)
	}
	return boltdb.LockFile(target)
}

// place copies the backup beside the store, opens it once as proof, and swaps.
func (cmd restoreCmd) place(e *env, c *config.Config, target string) (err error) {
	if err := boltdb.CheckFile(cmd.File); err != nil { // to open a cut file would be the end of the process
		return fmt.Errorf("%s cannot be used here: %w", cmd.File, err)
	}
	trial := *c
	trial.Data, err = os.MkdirTemp(mustDir(c), "restore-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(trial.Data)) }()
	if err := copyFile(cmd.File, dataFile(&trial)); err != nil {
		return err
	}
	b, err := openBase(context.WithoutCancel(e.ctx), &trial, zerolog.Nop(), e.environ)
	if err != nil {
		return fmt.Errorf("%s cannot be used here: %w", cmd.File, err)
	}
	if err := b.Close(); err != nil {
		return err
	}
	if err := moveAside(target); err != nil {
		return err
	}
	return os.Rename(dataFile(&trial), target)
}

// moveAside renames the store, if there is one, to a name that is free: an earlier
// store that was moved aside may be the only copy of its data.
func moveAside(target string) error {
	if _, err := os.Stat(target); errors.Is(err, os.ErrNotExist) {
		return nil
	}
	const most = 10_000 // more mean that something else is wrong
	aside := target + ".before-restore"
	for n := 2; n < most; n++ {
		_, err := os.Lstat(aside)
		if errors.Is(err, os.ErrNotExist) {
			return os.Rename(target, aside)
		}
		if err != nil {
			return err
		}
		aside = fmt.Sprintf("%s.before-restore-%d", target, n)
	}
	return fmt.Errorf("no free name for %s: remove the stores moved aside before", target)
}

// mustDir makes the data directory and returns it.
func mustDir(c *config.Config) string {
	_ = os.MkdirAll(c.Data, 0o700) // a failure shows at the next step
	return c.Data
}

// copyFile copies and syncs.
func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Sync(), out.Close())
}
