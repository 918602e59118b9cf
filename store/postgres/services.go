package postgres

import (
	"itms"
	"itms/store/internal/record"
)

// services is itms.Services.
type services struct{ t *tx }

// of names a service's document.
func (services) of(id itms.ServiceID) thing { return thing{"services", string(id)} }

// question asks for a service.
func (s services) question(id itms.ServiceID) question { return ask[itms.Service](s.t, s.of(id)) }

// Get returns the service.
func (s services) Get(id itms.ServiceID) (*itms.Service, error) {
	return get[*itms.Service](s.t, "service", s.of(id))
}

// Put stores the service and its terms.
func (s services) Put(svc *itms.Service) error {
	if err := s.t.mayWrite(); err != nil {
		return err
	}
	kept, doc, err := record.Service(svc)
	if err != nil {
		return err
	}
	old, had, err := fetch[itms.Service](s.t, s.of(svc.ID))
	if err != nil {
		return err
	}
	sql := `update services set terms = $2, doc = $3 where id = $1`
	if old == nil {
		sql = `insert into services (id, terms, doc) values ($1, $2, $3)`
	}
	terms := termList(kept.Terms())
	s.t.memory.remember(s.of(svc.ID), kept, terms)
	if err := s.t.later(sql, string(svc.ID), terms, doc); err != nil {
		return err
	}
	return s.t.setTerms(itms.RefService, string(svc.ID), had, terms)
}

// List returns services behind after.
func (s services) List(after itms.ServiceID, limit int) ([]*itms.Service, error) {
	if limit <= 0 || !usable(string(after)) {
		return nil, nil
	}
	return all(s.t, pointer[itms.Service], `select doc from services where id > $1 order by id limit $2`, string(after), limit)
}
