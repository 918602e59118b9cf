package postgres

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/jackc/pgx/v5"

	"itms"
)

// variedFleet stores n devices: a tenth of a model, a fiftieth of a light, districts of
// a hundred each.
func variedFleet(t testing.TB, s *Store, url string, n int) {
	t.Helper()
	for start := 0; start < n; start += 1000 {
		err := s.Update(bg, func(tx itms.Tx) error {
			for i := start; i < min(n, start+1000); i++ {
				d := fleet(i)
				d.Model, d.Area = fmt.Sprintf("EX-%d", i%10), fmt.Sprintf("51%04d", i/100)
				if i%50 == 0 {
					d.Conflict = true
				}
				if err := tx.Devices().Put(d); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	command(t, url, "vacuum analyze devices")
}

// pages50 are the lists that are looked at, the narrow and the empty among them.
var pages50 = map[string]itms.DeviceQuery{
	"all":           {},
	"state":         {State: itms.DeviceInService},
	"light":         {Light: itms.LightTrouble},
	"model":         {Model: "EX-3"},
	"area":          {Areas: itms.Areas{"510003"}},
	"region":        {Areas: itms.Areas{"51"}},
	"model,light":   {Model: "EX-0", Light: itms.LightTrouble},
	"model,region":  {Model: "EX-3", Areas: itms.Areas{"5100"}},
	"vendor,state":  {Vendor: "Example", State: itms.DeviceInService},
	"nothing there": {Vendor: "Nobody"},
}

// plan is a node of what "explain (analyze, format json)" tells.
type plan struct {
	Type    string  `json:"Node Type"`
	Rows    float64 `json:"Actual Rows"`
	Loops   float64 `json:"Actual Loops"`
	Removed float64 `json:"Rows Removed by Filter"`
	Plans   []plan
}

// read is how many rows of tables and indexes were looked at.
func (p *plan) read() float64 {
	n := 0.0
	if len(p.Plans) == 0 {
		n = (p.Rows + p.Removed) * p.Loops
	}
	for i := range p.Plans {
		n += p.Plans[i].read()
	}
	return n
}

// TestListsReadLittle: what a page reads is bounded by the page and the narrowest filter,
// not by the fleet.
func TestListsReadLittle(t *testing.T) {
	const devices = 5000
	s, url := fresh(t, Options{})
	variedFleet(t, s, url, devices)
	conn, err := pgx.Connect(bg, url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(bg)
	for name, q := range pages50 {
		q.Limit, q.After = 50, fleet(devices/2).ID.String()
		c := devicesWhere(q)
		sql := c.sql("explain (analyze, format json) "+selectDevice) + " order by d.id limit " + c.arg(q.Limit)
		var told []byte
		if err := conn.QueryRow(bg, sql, c.args...).Scan(&told); err != nil {
			t.Fatal(err)
		}
		var plans []struct{ Plan plan }
		if err := json.Unmarshal(told, &plans); err != nil {
			t.Fatal(err)
		}
		if read, most := plans[0].Plan.read(), float64(15*q.Limit); read > most {
			t.Errorf("%s: %.0f rows read, expected at most %.0f: %s", name, read, most, told)
		}
	}
}

// BenchmarkList reads a page from the middle of a fleet, by filter.
func BenchmarkList(b *testing.B) {
	const devices = 100_000
	s, url := fresh(b, Options{})
	variedFleet(b, s, url, devices)
	for name, q := range pages50 {
		q.Limit, q.After = 50, fleet(devices/2).ID.String()
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				err := s.View(bg, func(tx itms.Tx) error {
					_, err := tx.Devices().List(q)
					return err
				})
				if err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	b.Run("count", func(b *testing.B) {
		for i := range devices {
			s.Contacted(itms.SessionSummary{ID: fmt.Sprintf("%026d", i), Device: fleet(i).ID, Started: fleet(i).FirstSeen, End: itms.SessionDone})
		}
		if err := s.Flush(); err != nil {
			b.Fatal(err)
		}
		for b.Loop() {
			err := s.View(bg, func(tx itms.Tx) error {
				_, err := tx.Devices().Count(itms.DeviceCount{SilentSince: fleet(0).FirstSeen})
				return err
			})
			if err != nil {
				b.Fatal(err)
			}
		}
	})
}
