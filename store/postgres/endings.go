package postgres

import (
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"itms"
	"itms/store/internal/record"
)

// endings is itms.Endings.
type endings struct{ t *tx }

// Put stores the ending of an order.
func (e endings) Put(ending *itms.Ending) error {
	if err := e.t.mayWrite(); err != nil {
		return err
	}
	k, err := record.Ending(ending)
	if err != nil {
		return err
	}
	const sql = `insert into endings (id, at, day, kind, mode, area, access, vendor, model, firmware, way, outcome, touched)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
		on conflict (id) do update set at = excluded.at, day = excluded.day, kind = excluded.kind, mode = excluded.mode,
			area = excluded.area, access = excluded.access, vendor = excluded.vendor, model = excluded.model,
			firmware = excluded.firmware, way = excluded.way, outcome = excluded.outcome, touched = excluded.touched`
	return e.t.later(sql, string(k.Order), k.At, k.Day, string(k.Kind), string(k.Mode), k.Area, string(k.Access),
		k.Vendor, k.Model, k.Firmware, string(k.Way), string(k.Outcome), k.Touched)
}

// Count counts the endings of a range of days.
func (e endings) Count(q itms.EndingQuery) ([]itms.EndingCount, error) {
	if !record.Days(q) {
		return nil, nil
	}
	key := "''"
	if slices.Contains(itms.Dimensions, q.By) {
		key = string(q.By) // a column of that name
	}
	where, args := "", []any{q.From, q.To}
	if q.Areas != nil {
		where, args = " and "+fmt.Sprintf(inAreas("area"), 3), append(args, []string(q.Areas))
	}
	sql := fmt.Sprintf(`select %s as key, kind, outcome, touched, count(*) from endings
		where day between $1 and $2%s group by 1, 2, 3, 4 order by 1, 2, 3, 4`, key, where)
	return all(e.t, pgx.RowToStructByPos[itms.EndingCount], sql, args...)
}
