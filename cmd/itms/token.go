package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"

	"itms"
	"itms/web/api"
)

// tokenCmd groups the token commands.
type tokenCmd struct {
	Create tokenCreateCmd `cmd:"" help:"Make a token and print it, once."`
	List   tokenListCmd   `cmd:"" help:"List tokens by name and role."`
	Delete tokenDeleteCmd `cmd:"" help:"Revoke all tokens of a name."`
}

// tokenCreateCmd makes a token.
type tokenCreateCmd struct {
	Config string   `required:"" type:"path" placeholder:"FILE" help:"Configuration file."`
	Role   string   `required:"" enum:"admin,operator,technician,helpdesk,bss,readonly" help:"One of admin, operator, technician, helpdesk, bss, readonly."`
	Areas  []string `placeholder:"AREA" help:"Beginnings of area codes that it sees and acts in, separated by commas; everywhere when left out."`
	Name   string   `required:"" help:"Whom it is for; shown as the actor in histories."`
}

// Help shows an example.
func (tokenCreateCmd) Help() string {
	return "The token is the last line printed; only its hash is kept.\n\nExample: itms token create --config itms.yaml --role bss --name crm"
}

// newToken is the body of POST /local/tokens and, with Text, its answer.
type newToken struct {
	Name  string    `json:"name"`
	Role  itms.Role `json:"role"`
	Areas []string  `json:"areas,omitempty"`
	Text  string    `json:"token,omitempty"`
}

// Run makes it.
func (cmd tokenCreateCmd) Run(e *env) error {
	return withClient(e, cmd.Config, func(c *localClient) error {
		body, err := json.Marshal(newToken{Name: cmd.Name, Role: itms.Role(cmd.Role), Areas: cmd.Areas})
		if err != nil {
			return err
		}
		resp, err := c.call(e.ctx, http.MethodPost, "/local/tokens", bytes.NewReader(body))
		if err != nil {
			return err
		}
		defer resp.Body.Close()
		var made newToken
		if err := json.NewDecoder(resp.Body).Decode(&made); err != nil {
			return err
		}
		fmt.Fprintf(e.err, "token of %s with role %s; it is shown this once:\n", made.Name, made.Role)
		_, err = fmt.Fprintln(e.out, made.Text)
		return err
	})
}

// tokenListCmd lists tokens.
type tokenListCmd struct {
	Config string `required:"" type:"path" placeholder:"FILE" help:"Configuration file."`
}

// Help shows an example.
func (tokenListCmd) Help() string { return "Example: itms token list --config itms.yaml" }

// Run lists them.
func (cmd tokenListCmd) Run(e *env) error {
	return withClient(e, cmd.Config, func(c *localClient) error { return c.show(e, http.MethodGet, "/local/tokens", nil) })
}

// tokenDeleteCmd revokes tokens.
type tokenDeleteCmd struct {
	Config string `required:"" type:"path" placeholder:"FILE" help:"Configuration file."`
	Name   string `arg:"" help:"Name the token was made with."`
}

// Help shows an example.
func (tokenDeleteCmd) Help() string { return "Example: itms token delete --config itms.yaml crm" }

// Run revokes them.
func (cmd tokenDeleteCmd) Run(e *env) error {
	return withClient(e, cmd.Config, func(c *localClient) error {
		return c.show(e, http.MethodDelete, "/local/tokens/"+url.PathEscape(cmd.Name), nil)
	})
}

// localAct is the context of a local call that changes something about tokens.
func localAct(r *http.Request, action string) context.Context {
	return itms.WithAct(r.Context(), &itms.Act{Actor: localActor.Name, Role: localActor.Role, Action: action, Target: itms.AuditTarget{Kind: "token"}})
}

// createToken serves POST /local/tokens.
func (b *base) createToken(w http.ResponseWriter, r *http.Request) {
	const most = 4 << 10
	var want newToken
	err := json.NewDecoder(io.LimitReader(r.Body, most)).Decode(&want)
	if err != nil {
		reply(w, nil, itms.Invalid("/", "expected a name and a role"))
		return
	}
	want.Text = api.NewTokenText()
	err = b.people.AddToken(localAct(r, "add-token"), &itms.Token{Hash: api.HashToken(want.Text), Name: want.Name, Role: want.Role, Areas: want.Areas})
	reply(w, want, err)
}

// listTokens serves GET /local/tokens.
func (b *base) listTokens(w http.ResponseWriter, r *http.Request) {
	var list []itms.Token
	err := b.store.View(r.Context(), func(tx itms.Tx) (err error) {
		list, err = tx.Tokens().List()
		return err
	})
	for i := range list {
		list[i].Hash = list[i].Hash[:min(8, len(list[i].Hash))] + "..."
	}
	reply(w, list, err)
}

// deleteToken serves DELETE /local/tokens/{name}.
func (b *base) deleteToken(w http.ResponseWriter, r *http.Request) {
	name, removed := r.PathValue("name"), 0
	err := b.store.Update(localAct(r, "delete-token"), func(tx itms.Tx) error {
		removed = 0
		list, err := tx.Tokens().List()
		if err != nil {
			return err
		}
		for _, t := range list {
			if t.Name != name {
				continue
			}
			if err := tx.Tokens().Delete(t.Hash); err != nil {
				return err
			}
			removed++
		}
		return nil
	})
	if err == nil && removed == 0 {
		err = itms.NotFound("token", name)
	}
	reply(w, map[string]int{"revoked": removed}, err)
}

// reply answers a local call. The caller owns these data: it may read any error.
func reply(w http.ResponseWriter, value any, err error) {
	w.Header().Set("Content-Type", "application/json")
	if err != nil {
		w.WriteHeader(http.StatusBadRequest)
		value = map[string]string{"code": localCode(err), "detail": err.Error()}
	}
	_ = json.NewEncoder(w).Encode(value) // the caller is gone if this fails
}

// localCode is the stable code of an error.
func localCode(err error) string {
	var e *itms.Error
	if errors.As(err, &e) {
		return e.Code
	}
	return itms.CodeInternal
}
