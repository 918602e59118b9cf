package postgres

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"itms"
)

// conditions gathers what rows of a list must be, with its arguments.
type conditions struct {
	tests []string
	args  []any
	none  bool // no row is like that
}

// arg adds an argument and returns its place.
func (c *conditions) arg(v any) string {
	c.args = append(c.args, v)
	return fmt.Sprintf("$%d", len(c.args))
}

// where adds "column op value" unless the value is empty.
func (c *conditions) where(test, value string) {
	if value == "" {
		return
	}
	c.none = c.none || !usable(value)
	c.tests = append(c.tests, test+" "+c.arg(value))
}

// within wants the area to lie in one of areas.
func (c *conditions) within(areas itms.Areas) {
	if areas == nil {
		return
	}
	tests := []string{"false"}
	for _, area := range areas {
		if area == "" || !usable(area) {
			continue
		}
		// Bytewise, all that begin with it stand between it and the greatest character behind it.
		tests = append(tests, fmt.Sprintf("(area >= %s and area < %s)", c.arg(area), c.arg(area+"\U0010FFFF")))
	}
	c.tests = append(c.tests, "("+strings.Join(tests, " or ")+")")
}

// sql adds the conditions to the head of a statement.
func (c *conditions) sql(head string) string {
	if len(c.tests) == 0 {
		return head
	}
	return head + " where " + strings.Join(c.tests, " and ")
}

// planned runs a list, planned for the values that are asked for: a plan for any value
// takes each to be as frequent as the others, and reads the whole table for one that
// nothing has.
func planned[T any](t *tx, scan func(pgx.CollectableRow) (T, error), sql string, args ...any) ([]T, error) {
	if err := t.later("set local plan_cache_mode = force_custom_plan"); err != nil {
		return nil, err
	}
	return all(t, scan, sql, args...)
}

// List returns a page of devices, each with its last contact.
func (d devices) List(q itms.DeviceQuery) ([]*itms.Device, error) {
	c := devicesWhere(q)
	if q.Limit <= 0 || c.none {
		return nil, nil
	}
	return planned(d.t, d.listed, c.sql(selectDevice)+" order by d.id limit "+c.arg(q.Limit), c.args...)
}

// devicesWhere are the conditions of a page of devices.
func devicesWhere(q itms.DeviceQuery) *conditions {
	c := &conditions{}
	c.where("d.id >", q.After)
	c.where("d.state =", string(q.State))
	c.where("d.light =", string(q.Light))
	c.where("d.model =", q.Model)
	c.where("d.vendor =", q.Vendor)
	c.within(q.Areas)
	return c
}

// List returns a page of orders, newest first.
func (o orders) List(q itms.OrderQuery) ([]*itms.Order, error) {
	c := ordersWhere(q)
	if q.Limit <= 0 || c.none {
		return nil, nil
	}
	return planned(o.t, pointer[itms.Order], c.sql("select doc from orders")+" order by id desc limit "+c.arg(q.Limit), c.args...)
}

// ordersWhere are the conditions of a page of orders.
func ordersWhere(q itms.OrderQuery) *conditions {
	c := &conditions{}
	c.where("id <", string(q.Before))
	c.where("id >=", string(q.From))
	c.where("light =", string(q.Light))
	c.where("state =", string(q.State))
	c.where("kind =", string(q.Kind))
	c.where("mode =", string(q.Mode))
	c.where("area =", q.Area)
	c.within(q.Areas)
	if q.States != nil {
		var states []string
		for _, state := range q.States {
			c.none = c.none || !usable(string(state))
			states = append(states, string(state))
		}
		c.tests = append(c.tests, "state = any("+c.arg(states)+")")
	}
	return c
}

// counted is one row of a count.
type counted struct {
	Text string
	N    int
}

// Count counts orders by their light.
func (o orders) Count(q itms.OrderCount) (map[itms.LightLevel]int, error) {
	var lights []string
	for _, light := range q.Lights {
		lights = append(lights, string(light))
	}
	c := &conditions{}
	c.where("id <", string(q.Before))
	c.where("id >=", string(q.From))
	c.tests = append(c.tests, "light = any("+c.arg(lights)+")")
	c.within(q.Areas)
	counts := map[itms.LightLevel]int{}
	if c.none {
		return counts, nil
	}
	rows, err := planned(o.t, pgx.RowToStructByPos[counted], c.sql("select light, count(*) from orders")+" group by light", c.args...)
	for _, row := range rows {
		counts[itms.LightLevel(row.Text)] = row.N
	}
	return counts, err
}

// tally is how many devices are alike in what is counted.
type tally struct {
	State, Light, Vendor, Model string
	N                           int
}

// Count counts devices.
func (d devices) Count(q itms.DeviceCount) (itms.DeviceCounts, error) {
	c := itms.DeviceCounts{States: map[itms.DeviceState]int{}, Lights: map[itms.LightLevel]int{}, Vendors: map[string]int{}, Models: map[string]int{}}
	w := &conditions{}
	w.within(q.Areas)
	rows, err := planned(d.t, pgx.RowToStructByPos[tally],
		w.sql("select state, light, vendor, model, count(*) from devices")+" group by state, light, vendor, model", w.args...)
	if err != nil {
		return c, err
	}
	for _, row := range rows {
		c.Total += row.N
		c.States[itms.DeviceState(row.State)] += row.N
		c.Lights[itms.LightLevel(row.Light)] += row.N
		c.Vendors[row.Vendor] += row.N
		c.Models[row.Model] += row.N
	}
	if q.SilentSince.IsZero() {
		return c, nil
	}
	w = &conditions{tests: []string{"d.light in ('ok', 'busy', 'waiting', 'attention')"}}
	w.tests = append(w.tests, "c.started < "+w.arg(q.SilentSince))
	w.within(q.Areas)
	_, err = d.t.one(w.sql("select count(*) from contacts c join devices d on d.id = c.device"), w.args, &c.Silent)
	return c, err
}

// CountOpen counts the tasks that have not ended.
func (s tasks) CountOpen(areas itms.Areas) (n int, err error) {
	w := &conditions{tests: []string{"t.open"}}
	head := "select count(*) from tasks t"
	if areas != nil {
		head += " join devices d on d.id = t.device"
		w.within(areas)
	}
	_, err = s.t.one(w.sql(head), w.args, &n)
	return n, err
}

// FindPrefix returns what is known by terms that begin so. See itms.Tx.
func (t *tx) FindPrefix(term itms.Term, limit int) ([]itms.Ref, error) {
	if limit <= 0 || term.Value == "" || !usable(term.Value) {
		return nil, nil
	}
	const sql = `select kind, id from terms where type = $1 and value >= $2 and value < $3 order by value, kind, id limit $4`
	return all(t, pgx.RowToStructByPos[itms.Ref], sql, string(term.Type), term.Value, term.Value+"\U0010FFFF", limit)
}

// Size is how much room the database takes on disk, in bytes.
func (s *Store) Size(ctx context.Context) (bytes int64, err error) {
	if err := s.gate.Enter(); err != nil {
		return 0, err
	}
	defer s.gate.Leave()
	if err := s.pool.QueryRow(ctx, `select pg_database_size(current_database())`).Scan(&bytes); err != nil {
		return 0, translate(err, "ask for the size of the database")
	}
	return bytes, nil
}
