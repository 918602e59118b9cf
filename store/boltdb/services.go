package boltdb

import (
	"itms"
	"itms/store/internal/record"
)

// services is itms.Services.
type services struct{ t *tx }

// Get returns the service.
func (s services) Get(id itms.ServiceID) (*itms.Service, error) {
	return load[itms.Service](s.t, inServices, "service", string(id))
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
	old, err := former[itms.Service](s.t, inServices, string(svc.ID))
	if err != nil {
		return err
	}
	if err := s.t.setTerms(itms.RefService, string(svc.ID), old.Terms(), svc.Terms()); err != nil {
		return err
	}
	return s.t.keep(inServices, string(svc.ID), doc, kept)
}

// List returns services behind after.
func (s services) List(after itms.ServiceID, limit int) ([]*itms.Service, error) {
	var list []*itms.Service
	for k, doc := range s.t.ascend(inServices, nil, []byte(after)) {
		if len(list) >= limit {
			break
		}
		if string(k) == string(after) {
			continue
		}
		svc, err := record.Decode[itms.Service](doc)
		if err != nil {
			return nil, err
		}
		list = append(list, svc)
	}
	return list, nil
}
