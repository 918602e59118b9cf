package postgres

import (
	"context"
	"database/sql"

	"github.com/pressly/goose/v3"

	"itms/store/internal/record"

	"itms"
)

// lightStep is the version of the step that gives old rows their columns.
const lightStep = 11

// lightPage is how many rows it rewrites at a time.
const lightPage = 1000

// lightMigration fills the columns of 00010_lists.sql, which a function of the program
// makes, and the names by which services are found.
func lightMigration() *goose.Migration {
	return goose.NewGoMigration(lightStep, &goose.GoFunc{RunTx: fillLists}, &goose.GoFunc{})
}

// fillLists rewrites all rows.
func fillLists(ctx context.Context, tx *sql.Tx) error {
	err := rewrite(ctx, tx, `select id, doc from devices where id > $1 order by id limit $2`,
		`update devices set model = $2, vendor = $3, area = $4, light = $5 where id = $1`,
		func(d *itms.Device) [][]any {
			return [][]any{{d.ID.String(), record.Column(d.Model), record.Column(d.Manufacturer), record.Column(d.Area), string(d.Light())}}
		})
	if err != nil {
		return err
	}
	err = rewrite(ctx, tx, `select id, doc from orders where id > $1 order by id limit $2`,
		`update orders set mode = $2, light = $3 where id = $1`,
		func(o *itms.Order) [][]any { return [][]any{{string(o.ID), string(o.Mode), string(o.Light())}} })
	if err != nil {
		return err
	}
	return rewrite(ctx, tx, `select id, doc from services where id > $1 order by id limit $2`,
		`with named as (insert into terms (type, value, kind, id) values ('name', $2, 'service', $1) on conflict do nothing)
		update services set terms = array_append(terms, 'name=' || $2) where id = $1`,
		func(s *itms.Service) (rows [][]any) {
			for _, term := range s.Terms() {
				if term.Type == itms.TermName {
					rows = append(rows, []any{string(s.ID), term.Value})
				}
			}
			return rows
		})
}

// rewrite runs a statement with what columns makes of each document, page by page.
func rewrite[T any](ctx context.Context, tx *sql.Tx, read, write string, columns func(*T) [][]any) error {
	for after := ""; ; {
		rows, err := tx.QueryContext(ctx, read, after, lightPage)
		if err != nil {
			return err
		}
		var list []*T
		for rows.Next() {
			var doc []byte
			if err := rows.Scan(&after, &doc); err != nil {
				return err
			}
			v, err := record.Decode[T](doc)
			if err != nil {
				return err
			}
			list = append(list, v)
		}
		if err := rows.Err(); err != nil || len(list) == 0 {
			return err
		}
		for _, v := range list {
			for _, args := range columns(v) {
				if _, err := tx.ExecContext(ctx, write, args...); err != nil {
					return err
				}
			}
		}
	}
}
