package postgres

import (
	"github.com/jackc/pgx/v5"

	"itms"
	"itms/store/internal/record"
)

// foreseenMost is how many things are fetched ahead of what a term finds: more than a
// few share a term only by mistake or malice.
const foreseenMost = 32

// The questions of Foresee. Each thing that a term finds comes with its document, its
// indexed terms and, for a device, its last contact. Scalar subqueries look up one key
// each; a join would leave the planner a choice.
const (
	foreseeTerms = `select q.type, q.value, t.kind, t.id,
			case t.kind when 'order' then (select doc from orders where id = t.id)
				when 'binding' then (select doc from bindings where id = t.id)
				when 'service' then (select doc from services where id = t.id)
				when 'device' then (select doc from devices where id = t.id) end,
			case t.kind when 'order' then (select terms from orders where id = t.id)
				when 'binding' then (select terms from bindings where id = t.id)
				when 'service' then (select terms from services where id = t.id)
				when 'device' then (select terms from devices where id = t.id) end,
			case t.kind when 'device' then (select doc from contacts where device = t.id) end
		from unnest($1::text[], $2::text[]) as q(type, value) cross join lateral
			(select kind, id from terms where type = q.type and value = q.value order by kind, id limit $3) t`
	foreseeHolder = `select b.id, b.doc, b.terms, s.id, s.doc, s.terms, o.id, o.doc, o.terms from bindings b
		left join services s on s.id = b.service
		left join orders o on o.id in (b.doc->>'order', s.doc->>'order')
		where b.device = $1 and b.device <> '' and b.state in ('claimed', 'bound')`
	foreseeSettings = `select key, value from settings where key = any($1::text[])`
	foreseeStock    = `select doc from stock where mac = any($1::text[])`
)

// Foresee asks in one trip for everything that is not known yet, and remembers the
// answers.
func (t *tx) Foresee(f itms.Foresight) {
	var ask []question
	if name := (number{f.Source, f.Number}); t.unknownNumber(name) {
		ask = append(ask, orders{t}.question(name))
	}
	if f.Service != "" && record.Usable(string(f.Service)) {
		ask = append(ask, services{t}.question(f.Service), bindings{t}.question(f.Service))
	}
	if terms := t.unknownTerms(f.Terms); len(terms[0]) > 0 {
		ask = append(ask, t.termsQuestion(terms))
	}
	if len(f.Stock) > 0 {
		ask = append(ask, t.stockQuestion(f.Stock))
	}
	if len(f.Settings) > 0 && usable(f.Settings...) {
		ask = append(ask, t.settingsQuestion(f.Settings))
	}
	ask = append(ask, t.deviceQuestions(f.Device, f.Params)...)
	if len(ask) == 0 {
		return
	}
	_ = t.trip(ask...) // a failure of the engine is remembered, and told by every call after it
}

// unknownNumber reports whether an order of that name is to be asked for.
func (t *tx) unknownNumber(name number) bool {
	_, known := t.memory.numbers[name]
	return !known && name.no != "" && usable(name.source, string(name.no))
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

// unknownTerms are types and values of the terms to be asked for.
func (t *tx) unknownTerms(terms []itms.Term) (columns [2][]string) {
	for _, term := range terms {
		if _, known := t.memory.found[term]; !known && record.Usable(term.Value) {
			columns[0], columns[1] = append(columns[0], string(term.Type)), append(columns[1], term.Value)
		}
	}
	return columns
}

// termsQuestion asks what terms find, and for the things found.
func (t *tx) termsQuestion(terms [2][]string) question {
	return question{statement{foreseeTerms, []any{terms[0], terms[1], foreseenMost}}, func(rows pgx.Rows) error {
		found := map[itms.Term][]itms.Ref{}
		for i, typ := range terms[0] {
			found[itms.Term{Type: itms.TermType(typ), Value: terms[1][i]}] = nil
		}
		var term itms.Term
		var ref itms.Ref
		var doc, contact []byte
		var indexed []string
		_, err := pgx.ForEachRow(rows, []any{&term.Type, &term.Value, &ref.Kind, &ref.ID, &doc, &indexed, &contact}, func() error {
			found[term] = append(found[term], ref)
			return t.learn(ref, doc, indexed, contact)
		})
		if err != nil {
			return err
		}
		for term, refs := range found {
			t.memory.found[term] = finding{refs, len(refs) < foreseenMost}
		}
		return nil
	}}
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

// learn remembers a thing that a term found.
func (t *tx) learn(ref itms.Ref, doc []byte, terms []string, contact []byte) error {
	var of thing
	var value any
	var err error
	switch ref.Kind {
	case itms.RefOrder:
		of = orders{t}.of(itms.OrderID(ref.ID))
		value, err = record.Decode[itms.Order](doc)
	case itms.RefBinding:
		of = bindings{t}.of(itms.BindingID(ref.ID))
		value, err = record.Decode[itms.Binding](doc)
	case itms.RefService:
		of = services{t}.of(itms.ServiceID(ref.ID))
		value, err = record.Decode[itms.Service](doc)
	case itms.RefDevice:
		of = thing{deviceTable, ref.ID}
		value, err = devices{t}.decode(doc, contact)
	default:
		return nil
	}
	if _, known := t.memory.things[of]; known || err != nil {
		return err
	}
	t.memory.remember(of, value, terms)
	return nil
}

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
