package postgres

import (
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"itms"
	"itms/store/internal/record"
)

// termList writes terms as the terms column holds them: "type=value".
func termList(terms []itms.Term) []string {
	list := make([]string, len(terms))
	for i, term := range terms {
		list[i] = string(term.Type) + "=" + term.Value
	}
	return list
}

// The statements that bring the index of terms from one content of a thing to another.
const (
	addTerms = `insert into terms (type, value, kind, id)
		select type, value, $1, $2 from unnest($3::text[], $4::text[]) as c(type, value) on conflict do nothing`
	dropTerms = `delete from terms t using unnest($3::text[], $4::text[]) as g(type, value)
		where t.type = g.type and t.value = g.value and t.kind = $1 and t.id = $2`
)

// setTerms brings the index from the old terms of a thing to the new ones; most
// writes change none and cost nothing.
func (t *tx) setTerms(kind itms.RefKind, id string, old, terms []string) error {
	gone, come := missing(old, terms), missing(terms, old)
	t.memory.changeTerms(itms.Ref{Kind: kind, ID: id}, gone, come)
	if len(gone[0]) > 0 {
		if err := t.later(dropTerms, string(kind), id, gone[0], gone[1]); err != nil {
			return err
		}
	}
	if len(come[0]) == 0 {
		return nil
	}
	return t.later(addTerms, string(kind), id, come[0], come[1])
}

// missing returns types and values of the terms in a which b has not.
func missing(a, b []string) (columns [2][]string) {
	columns = [2][]string{{}, {}}
	for _, term := range a {
		if slices.Contains(b, term) {
			continue
		}
		typ, value, _ := strings.Cut(term, "=")
		columns[0], columns[1] = append(columns[0], typ), append(columns[1], value)
	}
	return columns
}

// Find returns what is known by the term. See itms.Tx.
func (t *tx) Find(term itms.Term, limit int) ([]itms.Ref, error) {
	if limit <= 0 || !record.Usable(term.Value) {
		return nil, nil
	}
	if known, ok := t.memory.found[term]; ok && (known.all || limit <= len(known.refs)) {
		return slices.Clone(known.refs[:min(limit, len(known.refs))]), nil
	}
	const sql = `select kind, id from terms where type = $1 and value = $2 order by kind, id limit $3`
	refs, err := all(t, pgx.RowToStructByPos[itms.Ref], sql, string(term.Type), term.Value, limit)
	if err == nil {
		t.memory.found[term] = finding{slices.Clone(refs), len(refs) < limit}
	}
	return refs, err
}
