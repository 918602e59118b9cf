package boltdb

import (
	"itms"
	"itms/store/internal/record"
	"itms/store/internal/wake"
)

// tokens is itms.Tokens.
type tokens struct{ t *tx }

// Get returns the token of a hash.
func (k tokens) Get(hash string) (*itms.Token, error) {
	return load[itms.Token](k.t, inTokens, "token", hash)
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
	return k.t.put(inTokens, []byte(token.Hash), doc)
}

// List returns all tokens.
func (k tokens) List() ([]itms.Token, error) {
	var list []itms.Token
	for _, v := range k.t.ascend(inTokens, nil, nil) {
		token, err := record.Decode[itms.Token](v)
		if err != nil {
			return nil, err
		}
		list = append(list, *token)
	}
	return list, nil
}

// Delete removes a known token.
func (k tokens) Delete(hash string) error {
	if err := k.t.mayWrite(); err != nil {
		return err
	}
	if !record.Usable(hash) || k.t.get(inTokens, []byte(hash)) == nil {
		return itms.NotFound("token", hash)
	}
	k.t.topics |= wake.Tokens
	return k.t.drop(inTokens, []byte(hash))
}
