package boltdb

import (
	"bytes"
	"slices"

	"itms"
	"itms/store/internal/record"
)

// termKey is the key of one index entry.
func termKey(term itms.Term, kind itms.RefKind, id string) []byte {
	return join(string(term.Type), term.Value, string(kind), id)
}

// setTerms brings the index from the old terms of a thing to the new ones. Terms that
// both have are looked for all the same: an older program may not have known them.
func (t *tx) setTerms(kind itms.RefKind, id string, old, terms []itms.Term) error {
	for _, term := range old {
		if slices.Contains(terms, term) {
			continue
		}
		if err := t.drop(inTerms, termKey(term, kind, id)); err != nil {
			return err
		}
	}
	for _, term := range terms {
		if err := t.put(inTerms, termKey(term, kind, id), nil); err != nil {
			return err
		}
	}
	return nil
}

// Find returns what is known by the term. See itms.Tx.
func (t *tx) Find(term itms.Term, limit int) ([]itms.Ref, error) {
	if !record.Usable(term.Value) {
		return nil, nil
	}
	var refs []itms.Ref
	prefix := under(string(term.Type), term.Value)
	for k := range t.ascend(inTerms, prefix, nil) {
		if len(refs) >= limit {
			break
		}
		kind, id, _ := bytes.Cut(k[len(prefix):], []byte{0})
		refs = append(refs, itms.Ref{Kind: itms.RefKind(kind), ID: string(id)})
	}
	return refs, nil
}
