package people

import (
	"context"
	"strings"

	"itms"
)

// AddToken stores an API token whose hash, name, role and areas are set. Errors:
// KindInvalid with pointers.
func (s *Service) AddToken(ctx context.Context, t *itms.Token) error {
	t.Name = strings.TrimSpace(t.Name)
	if err := itms.CheckKey("/name", t.Name); err != nil {
		return err
	}
	if err := checkRole(t.Role); err != nil {
		return err
	}
	areas, err := itms.ParseAreas("/areas", t.Areas)
	if err != nil {
		return err
	}
	if t.Role == itms.RoleAdmin && areas != nil {
		return adminEverywhere()
	}
	t.Areas, t.CreatedAt = areas, s.now()
	return s.store.Update(ctx, func(tx itms.Tx) error { return tx.Tokens().Put(t) })
}

// Tokens lists all tokens.
func (s *Service) Tokens(ctx context.Context) (list []itms.Token, err error) {
	err = s.store.View(ctx, func(tx itms.Tx) error {
		list, err = tx.Tokens().List()
		return err
	})
	return list, err
}

// DeleteToken revokes the token of an id and returns it. Errors: KindNotFound.
func (s *Service) DeleteToken(ctx context.Context, id string) (gone *itms.Token, err error) {
	err = s.store.Update(ctx, func(tx itms.Tx) error {
		list, err := tx.Tokens().List()
		if err != nil {
			return err
		}
		for i := range list {
			if list[i].ID() == id {
				gone = &list[i]
				return tx.Tokens().Delete(gone.Hash)
			}
		}
		return itms.NotFound("token", id)
	})
	return gone, err
}
