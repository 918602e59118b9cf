package tmf

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"itms"
)

// Inventories are listed by key: a page is read behind the last key of the one before,
// which the link to the next page names (after=…). An offset is served too, as far as
// scanning for it costs what a scan may.

// keyed is how things of an inventory are found and listed.
type keyed struct {
	kind itms.RefKind
	// find are the terms that a condition finds them by, nil when none do.
	find func(path, value string) []itms.Term
	// get returns the document of one that a term found.
	get func(tx itms.Tx, id string) (object, error)
	// page returns documents with keys > after and the last of the keys.
	page func(tx itms.Tx, after string, limit int) (docs []object, last string, err error)
}

// listByKey answers a list.
func (d *Door) listByKey(w http.ResponseWriter, r *http.Request, b book, resource string, k keyed) error {
	q, after, err := d.keyedQuery(r, b, resource)
	if err != nil {
		return err
	}
	var page listed
	next := ""
	err = d.scoped.View(r.Context(), func(tx itms.Tx) (err error) {
		ids, named, err := k.named(tx, q)
		switch {
		case err != nil:
			return err
		case named:
			page, err = k.those(tx, q, ids)
		default:
			page, next, err = k.scan(tx, q, after)
		}
		return err
	})
	if err != nil {
		return err
	}
	if next != "" {
		w.Header().Add("Link", "<"+r.URL.EscapedPath()+"?"+nextQuery(q, next)+`>; rel="next"`)
	}
	return page.answer(w, q)
}

// afterKey is the parameter that says behind which key a page begins.
const afterKey = "after"

// keyedQuery reads the query, and behind which key the page begins.
func (d *Door) keyedQuery(r *http.Request, b book, resource string) (*query, string, error) {
	q, err := parseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, "", err
	}
	after := ""
	q.conditions = slices.DeleteFunc(q.conditions, func(c condition) bool {
		if len(c.path) == 1 && c.path[0] == afterKey {
			after = c.values[0]
			return true
		}
		return false
	})
	if after != "" && itms.CheckKey("", after) != nil {
		return nil, "", wrongQuery(afterKey, "is no key of this list")
	}
	if d.strict(itms.CallerOf(r.Context()).Actor) {
		err = q.known(b, resource)
	}
	return q, after, err
}

// named finds the things that a condition names, when one does.
func (k keyed) named(tx itms.Tx, q *query) (ids []string, named bool, err error) {
	for _, c := range q.conditions {
		path := strings.Join(c.path, ".")
		if c.op != "eq" {
			continue
		}
		if path == "id" {
			return c.values, true, nil
		}
		for _, value := range c.values {
			terms := k.find(path, value)
			if terms == nil {
				break
			}
			named = true
			found, err := k.found(tx, terms)
			if err != nil {
				return nil, false, err
			}
			ids = append(ids, found...)
		}
		if named && len(ids) > 0 {
			break
		}
		named = false
	}
	slices.Sort(ids)
	return slices.Compact(ids), named, nil
}

// found are the ids that terms lead to.
func (k keyed) found(tx itms.Tx, terms []itms.Term) (ids []string, err error) {
	for _, term := range terms {
		if itms.CheckKey("", term.Value) != nil {
			continue // nothing can have such a name
		}
		refs, err := tx.Find(term, maxLimit)
		if err != nil {
			return nil, err
		}
		for _, ref := range refs {
			if ref.Kind == k.kind {
				ids = append(ids, ref.ID)
			}
		}
	}
	return ids, nil
}

// those is the page of things that were named.
func (k keyed) those(tx itms.Tx, q *query, ids []string) (page listed, err error) {
	for _, id := range ids {
		if itms.CheckKey("", id) != nil {
			continue
		}
		doc, err := k.get(tx, id)
		if itms.IsKind(err, itms.KindNotFound) || itms.IsKind(err, itms.KindInvalid) {
			continue
		}
		if err != nil {
			return page, err
		}
		page.add(q, doc)
	}
	return page, nil
}

// scan reads on behind a key until the page is full. next is the key that the next page
// begins behind, "" when there is nothing more; how many there are in all is known only
// once the end was seen.
func (k keyed) scan(tx itms.Tx, q *query, after string) (page listed, next string, err error) {
	begun := after != ""
	for scanned := 0; scanned < maxScanned; scanned += scannedOnce {
		docs, last, err := k.page(tx, after, scannedOnce)
		if err != nil {
			return page, "", err
		}
		for _, doc := range docs {
			if page.add(q, doc); q.limit > 0 && len(page.docs) == q.limit && next == "" {
				next = text(doc["id"])
			}
		}
		if len(docs) < scannedOnce {
			if page.total <= q.offset+len(page.docs) {
				next = ""
			}
			if begun { // what lies before was not counted
				page.total = -1
			}
			return page, next, nil
		}
		if after = last; len(page.docs) == q.limit && q.offset+q.limit < page.total {
			break
		}
	}
	page.total = -1
	if next == "" {
		next = after
	}
	return page, next, nil
}

// nextQuery is the query of the next page.
func nextQuery(q *query, next string) string {
	values := q.others()
	values.Set(afterKey, next)
	values.Set("limit", strconv.Itoa(q.limit))
	return values.Encode()
}

// others are the parameters that say nothing of where the page is.
func (q *query) others() url.Values {
	values := url.Values{}
	for _, pair := range strings.Split(q.text, "&") {
		key, value, _ := strings.Cut(pair, "=")
		key, errK := url.QueryUnescape(key)
		value, errV := url.QueryUnescape(value)
		if errK == nil && errV == nil && !slices.Contains([]string{"", "offset", "limit", afterKey}, key) {
			values.Add(key, value)
		}
	}
	return values
}

// answer writes the page and how many there are, when that is known.
func (page listed) answer(w http.ResponseWriter, q *query) error {
	docs := make([]object, 0, len(page.docs))
	for _, doc := range page.docs {
		docs = append(docs, q.fields.pick(doc))
	}
	w.Header().Set("X-Result-Count", strconv.Itoa(len(docs)))
	if page.total >= 0 {
		w.Header().Set("X-Total-Count", strconv.Itoa(page.total))
	}
	return write(w, http.StatusOK, docs)
}
