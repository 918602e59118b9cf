package postgres

import (
	"itms"
	"itms/store/internal/record"
	"itms/store/internal/wake"
)

// tokens is itms.Tokens.
type tokens struct{ t *tx }

// Get returns the token of a hash.
func (k tokens) Get(hash string) (*itms.Token, error) {
	return load[itms.Token](k.t, "token", hash, `select doc from tokens where hash = $1`, hash)
}

// Put stores a token.
func (k tokens) Put(token *itms.Token) error {
	if err := k.t.mayWrite(); err != nil {
		return err
	}
	doc, err := record.Token(token)
	if err != nil {
		return err
	}
	k.t.topics |= wake.Tokens
	_, err = k.t.exec(`insert into tokens (hash, doc) values ($1, $2) on conflict (hash) do update set doc = excluded.doc`,
		token.Hash, doc)
	return err
}

// List returns all tokens.
func (k tokens) List() ([]itms.Token, error) {
	return all(k.t, document[itms.Token], `select doc from tokens order by hash`)
}

// Delete removes a known token.
func (k tokens) Delete(hash string) error {
	if err := k.t.mayWrite(); err != nil {
		return err
	}
	if !record.Usable(hash) {
		return itms.NotFound("token", hash)
	}
	k.t.topics |= wake.Tokens
	rows, err := k.t.exec(`delete from tokens where hash = $1`, hash)
	if err == nil && rows == 0 {
		return itms.NotFound("token", hash)
	}
	return err
}
