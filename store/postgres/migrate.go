package postgres

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"

	"itms"
)

//go:embed migrations/*.sql
var migrations embed.FS

// migrateLock is the advisory lock under which one node at a time looks after the
// tables. The number is arbitrary and must never change.
const migrateLock = 7_241_997_501

// migrate brings the tables up to date and returns the base of journal sequences.
func migrate(ctx context.Context, config *pgx.ConnConfig) (base int64, err error) {
	db := stdlib.OpenDB(*config)
	defer func() { err = errors.Join(err, db.Close()) }()
	conn, err := db.Conn(ctx)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	// Closing the connection releases the lock, also when the node dies.
	if _, err := conn.ExecContext(ctx, "select pg_advisory_lock($1)", int64(migrateLock)); err != nil {
		return 0, err
	}
	if err := up(ctx, db); err != nil {
		return 0, err
	}
	return rebase(ctx, conn)
}

// up runs the migrations that are missing and refuses tables of a newer program.
func up(ctx context.Context, db *sql.DB) error {
	provider, err := steps(db)
	if err != nil {
		return err
	}
	have, err := provider.GetDBVersion(ctx)
	if err != nil {
		return err
	}
	sources := provider.ListSources()
	if newest := sources[len(sources)-1].Version; have > newest {
		return itms.Errorf(itms.KindUnavailable, itms.CodeUnavailable,
			"the database has layout version %d and this program knows %d at most: start the newer program", have, newest)
	}
	if _, err := provider.Up(ctx); err != nil {
		return fmt.Errorf("migrate the tables: %w", err)
	}
	return nil
}

// steps knows every migration.
func steps(db *sql.DB) (*goose.Provider, error) {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return nil, err
	}
	return goose.NewProvider(goose.DialectPostgres, db, files, goose.WithDisableGlobalRegistry(true), goose.WithGoMigrations(lightMigration()))
}

// rebase makes sure that sequences go on growing: on a server to which the data was
// restored, transaction numbers may be smaller than where it came from.
func rebase(ctx context.Context, conn *sql.Conn) (base int64, err error) {
	const raise = `with need as (
		select (coalesce(max(seq), 0) >> 16) + 1 - pg_snapshot_xmax(pg_current_snapshot())::text::bigint as base
		from (select max(seq) as seq from journal union all select max(seq) from audit) newest)
		update journal_base b set base = need.base from need where b.base < need.base`
	if _, err := conn.ExecContext(ctx, raise); err != nil {
		return 0, err
	}
	err = conn.QueryRowContext(ctx, "select base from journal_base").Scan(&base)
	return base, err
}
