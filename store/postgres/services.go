package postgres

import (
	"itms"
	"itms/store/internal/record"
)

// services is itms.Services.
type services struct{ t *tx }

// Get returns the service.
func (s services) Get(id itms.ServiceID) (*itms.Service, error) {
	return load[itms.Service](s.t, "service", string(id), `select doc from services where id = $1`, string(id))
}

// Put stores the service and its terms.
func (s services) Put(svc *itms.Service) error {
	if err := s.t.mayWrite(); err != nil {
		return err
	}
	_, doc, err := record.Service(svc)
	if err != nil {
		return err
	}
	const sql = `with old as (select terms from services where id = $1),
		new as (insert into services (id, terms, doc) values ($1, $2, $3)
			on conflict (id) do update set terms = excluded.terms, doc = excluded.doc)
		select terms from old`
	terms := termList(svc.Terms())
	var old []string
	if _, err := s.t.one(sql, []any{string(svc.ID), terms, doc}, &old); err != nil {
		return err
	}
	return s.t.setTerms(itms.RefService, string(svc.ID), old, terms)
}
