package postgres

import (
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"itms"
	"itms/store/internal/record"
)

// foreseenMost is how many things are fetched ahead of what a term finds: more than a
// few share a term only by mistake or malice.
const foreseenMost = 32

// The questions of Foresee. Each lateral subquery with a limit looks up its keys one by
// one: a plain join would leave the planner a choice, and for a handful of keys it
// walked through whole indexes.
const (
	foreseeTerms = `select q.type, q.value, t.kind, t.id from unnest($1::text[], $2::text[]) as q(type, value) cross join lateral
		(select kind, id from terms where type = q.type and value = q.value order by kind, id limit $3) t`
	foreseeHolder = `select b.id, b.doc, b.terms, s.id, s.doc, s.terms, o.id, o.doc, o.terms from bindings b
		left join lateral (select id, doc, terms from services where id = b.service limit 1) s on true
		left join lateral (select id, doc, terms from orders where id in (b.doc->>'order', s.doc->>'order') limit 2) o on true
		where b.device = $1 and b.device <> '' and b.state in ('claimed', 'bound')`
	foreseeSettings = `select key, value from settings where key = any($1::text[])`
	foreseeStock    = `select doc from stock where mac = any($1::text[])`
)

// foreseeThings asks for the things of a kind that terms find.
var foreseeThings = map[itms.RefKind]string{
	itms.RefOrder:   foundThings("order", "select id, doc, terms, null::jsonb from orders where id = t.id limit 1"),
	itms.RefBinding: foundThings("binding", "select id, doc, terms, null::jsonb from bindings where id = t.id limit 1"),
	itms.RefService: foundThings("service", "select id, doc, terms, null::jsonb from services where id = t.id limit 1"),
	itms.RefDevice: foundThings("device", `select id, doc, terms, (select doc from contacts where device = t.id)
		from devices where id = t.id limit 1`),
}

// foundThings is the query for things of one kind, each with its terms and, of a device,
// the last contact.
func foundThings(kind, one string) string {
	return fmt.Sprintf(`select d.* from unnest($1::text[], $2::text[]) as q(type, value)
		cross join lateral (select id from terms where type = q.type and value = q.value and kind = '%s' order by id limit $3) t
		cross join lateral (%s) d`, kind, one)
}

// Foresee asks in one trip for everything that is not known yet, and remembers the
// answers.
func (t *tx) Foresee(f itms.Foresight) {
	asks := t.serviceQuestions(f.Service)
	asks = append(asks, t.termsQuestions(f.Terms, f.Kinds...)...)
	if len(f.Stock) > 0 {
		asks = append(asks, t.stockQuestion(f.Stock))
	}
	if len(f.Settings) > 0 && usable(f.Settings...) {
		asks = append(asks, t.settingsQuestion(f.Settings))
	}
	asks = append(asks, t.deviceQuestions(f.Device, f.Params)...)
	asks = append(asks, t.leaseQuestions(f)...)
	if len(asks) == 0 {
		return
	}
	_ = t.trip(asks...) // a failure of the engine is remembered, and told by every call after it
}

// serviceQuestions asks for what is not known of a service, its bindings and its orders
// that are not over.
func (t *tx) serviceQuestions(id itms.ServiceID) (ask []question) {
	if !record.Usable(string(id)) {
		return nil
	}
	if _, known := t.memory.things[services{t}.of(id)]; !known {
		ask = append(ask, services{t}.question(id))
	}
	if _, known := t.memory.slots[id]; !known {
		ask = append(ask, bindings{t}.question(id))
	}
	return append(ask, t.termsQuestions([]itms.Term{{Type: itms.TermOpen, Value: string(id)}}, itms.RefOrder)...)
}

// deviceQuestions asks for what is not known of a device and its service.
func (t *tx) deviceQuestions(id itms.DeviceID, params bool) (ask []question) {
	if id.IsZero() {
		return nil
	}
	d := devices{t}
	if _, known := t.memory.things[d.of(id)]; !known {
		ask = append(ask, d.question(id))
	}
	if _, known := t.memory.params[id]; params && !known {
		ask = append(ask, d.paramsQuestion(id))
	}
	if _, known := t.memory.holders[id]; !known {
		ask = append(ask, t.holderQuestion(id))
	}
	return ask
}

// termsQuestions asks for what the unknown ones of the terms find, and for the things
// of the kinds among it.
func (t *tx) termsQuestions(terms []itms.Term, kinds ...itms.RefKind) (ask []question) {
	var unknown []itms.Term
	var types, values []string
	for _, term := range terms {
		if _, known := t.memory.found[term]; !known && record.Usable(term.Value) && !slices.Contains(unknown, term) {
			unknown, types, values = append(unknown, term), append(types, string(term.Type)), append(values, term.Value)
		}
	}
	if len(unknown) == 0 {
		return nil
	}
	args := []any{types, values, foreseenMost}
	ask = append(ask, question{statement{foreseeTerms, args}, func(rows pgx.Rows) error { return t.learnFound(unknown, rows) }})
	for _, kind := range kinds {
		ask = append(ask, question{statement{foreseeThings[kind], args}, func(rows pgx.Rows) error { return t.learnThings(kind, rows) }})
	}
	return ask
}

// learnFound remembers what terms find.
func (t *tx) learnFound(terms []itms.Term, rows pgx.Rows) error {
	found := map[itms.Term][]itms.Ref{}
	var term itms.Term
	var ref itms.Ref
	_, err := pgx.ForEachRow(rows, []any{&term.Type, &term.Value, &ref.Kind, &ref.ID}, func() error {
		found[term] = append(found[term], ref)
		return nil
	})
	if err != nil {
		return err
	}
	for _, term := range terms {
		t.memory.found[term] = finding{found[term], len(found[term]) < foreseenMost}
	}
	return nil
}

// learnThings remembers things of one kind.
func (t *tx) learnThings(kind itms.RefKind, rows pgx.Rows) error {
	var id string
	var doc, contact []byte
	var terms []string
	_, err := pgx.ForEachRow(rows, []any{&id, &doc, &terms, &contact}, func() error {
		return t.learn(itms.Ref{Kind: kind, ID: id}, doc, terms, contact)
	})
	return err
}

// holderQuestion asks for the binding in force of a device, its service, and the orders
// that made the one and changed the other last.
func (t *tx) holderQuestion(id itms.DeviceID) question {
	return question{statement{foreseeHolder, []any{id.String()}}, func(rows pgx.Rows) error {
		var refs [3]*string
		var docs [3][]byte
		var terms [3][]string
		t.memory.holders[id] = ""
		_, err := pgx.ForEachRow(rows, []any{&refs[0], &docs[0], &terms[0], &refs[1], &docs[1], &terms[1], &refs[2], &docs[2], &terms[2]}, func() error {
			t.memory.holders[id] = itms.BindingID(*refs[0])
			for i, kind := range []itms.RefKind{itms.RefBinding, itms.RefService, itms.RefOrder} {
				if refs[i] == nil {
					continue
				}
				if err := t.learn(itms.Ref{Kind: kind, ID: *refs[i]}, docs[i], terms[i], nil); err != nil {
					return err
				}
			}
			return nil
		})
		return err
	}}
}

// learn remembers a thing, unless it is known: what this transaction wrote is newer.
func (t *tx) learn(ref itms.Ref, doc []byte, terms []string, contact []byte) (err error) {
	of := thing{tables[ref.Kind], ref.ID}
	if _, known := t.memory.things[of]; known {
		return nil
	}
	var value any
	switch ref.Kind {
	case itms.RefOrder:
		value, err = record.Decode[itms.Order](doc)
	case itms.RefBinding:
		value, err = record.Decode[itms.Binding](doc)
	case itms.RefService:
		value, err = record.Decode[itms.Service](doc)
	case itms.RefDevice:
		value, err = devices{t}.decode(doc, contact)
	}
	if err == nil {
		t.memory.remember(of, value, terms)
	}
	return err
}

// tables are where things of a kind stand.
var tables = map[itms.RefKind]string{itms.RefOrder: "orders", itms.RefBinding: "bindings", itms.RefService: "services", itms.RefDevice: "devices"}

// stockQuestion asks for boxes of the warehouse.
func (t *tx) stockQuestion(macs []itms.MAC) question {
	keys := make([]string, len(macs))
	for i, mac := range macs {
		keys[i] = mac.Key()
	}
	return question{statement{foreseeStock, []any{keys}}, func(rows pgx.Rows) error {
		docs, err := pgx.CollectRows(rows, pgx.RowTo[[]byte])
		for _, mac := range macs {
			t.memory.stock[mac] = nil
		}
		for _, doc := range docs {
			item, err := record.Decode[itms.StockItem](doc)
			if err != nil {
				return err
			}
			t.memory.stock[item.MAC] = doc
		}
		return err
	}}
}

// settingsQuestion asks for system values.
func (t *tx) settingsQuestion(keys []string) question {
	return question{statement{foreseeSettings, []any{keys}}, func(rows pgx.Rows) error {
		list, err := pgx.CollectRows(rows, pgx.RowToStructByPos[setting])
		for _, key := range keys {
			t.memory.settings[key] = nil
		}
		for _, s := range list {
			t.memory.settings[s.Key] = s.Value
		}
		return err
	}}
}
