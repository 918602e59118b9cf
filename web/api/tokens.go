package api

import (
	"context"
	"net/http"
	"time"

	"itms"
)

// tokensPath is the collection of API tokens.
const tokensPath = base + "/tokens"

// addTokenRequest is a new token.
type addTokenRequest struct {
	Name  string   `json:"name" doc:"Whom it is for; shown as the actor in histories." example:"crm"`
	Role  role     `json:"role"`
	Areas []string `json:"areas,omitempty" doc:"Beginnings of area codes that it sees and acts in; empty = everywhere." example:"[\"51\"]"`
}

// tokenInput names one token.
type tokenInput struct {
	ID string `path:"id" doc:"Id of the token." example:"ba7816bf8f01cfea"`
}

// tokenView is one token, without its text.
type tokenView struct {
	ID        string    `json:"id" example:"ba7816bf8f01cfea"`
	Name      string    `json:"name" example:"crm"`
	Role      role      `json:"role"`
	Areas     []string  `json:"areas" doc:"Beginnings of area codes; empty = everywhere. Never null."`
	CreatedAt time.Time `json:"createdAt"`
}

// newTokenView is one token with its text, which is shown this once.
type newTokenView struct {
	ID        string    `json:"id" example:"ba7816bf8f01cfea"`
	Name      string    `json:"name" example:"crm"`
	Role      role      `json:"role"`
	Areas     []string  `json:"areas" doc:"Beginnings of area codes; empty = everywhere. Never null."`
	CreatedAt time.Time `json:"createdAt"`
	Text      string    `json:"token" doc:"Shown this once; only its hash is kept." example:"itms_0123456789abcdefghijABCDEFGHIJ0123456789abc"`
}

// Answers.
type (
	tokenOutput    struct{ Body tokenView }
	newTokenOutput struct{ Body newTokenView }
	tokensOutput   struct{ Body pageOf[tokenView] }
)

// tokenRoutes registers the operations on tokens.
func (s *Server) tokenRoutes() {
	if s.opts.People == nil {
		return
	}
	add(s, route{method: http.MethodGet, path: tokensPath, id: "list-tokens", tag: "Users", summary: "List API tokens", description: "All of them, in one page.",
		needs: tokensManage, example: pageOf[tokenView]{Items: []tokenView{exampleToken()}}}, s.listTokens)
	add(s, route{method: http.MethodPost, path: tokensPath, id: "add-token", tag: "Users", summary: "Make an API token",
		description: "Its text is in this answer and nowhere else.", needs: tokensManage, status: http.StatusCreated, body: smallBody,
		example:  exampleNewToken(),
		problems: []int{http.StatusBadRequest, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType, http.StatusUnprocessableEntity}}, s.addToken)
	describeBody[addTokenRequest](s, tokensPath, map[string]any{"name": "crm", "role": itms.RoleBSS})
	add(s, route{method: http.MethodDelete, path: tokensPath + "/{id}", id: "delete-token", tag: "Users", summary: "Revoke an API token",
		description: "It is refused from then on.", needs: tokensManage, example: exampleToken(), problems: []int{http.StatusNotFound}}, s.deleteToken)
}

// listTokens lists tokens.
func (s *Server) listTokens(ctx context.Context, _ *noInput) (*tokensOutput, error) {
	list, err := s.opts.People.Tokens(ctx)
	if err != nil {
		return nil, err
	}
	out := &tokensOutput{pageOf[tokenView]{Items: []tokenView{}}}
	for i := range list {
		out.Body.Items = append(out.Body.Items, viewToken(&list[i]))
	}
	return out, nil
}

// addToken makes a token.
func (s *Server) addToken(ctx context.Context, in *rawInput) (*newTokenOutput, error) {
	body, err := bodyOf[addTokenRequest](ctx, s, in.RawBody)
	if err != nil {
		return nil, err
	}
	text := NewTokenText()
	t := &itms.Token{Hash: HashToken(text), Name: body.Name, Role: itms.Role(body.Role), Areas: body.Areas}
	if err := s.opts.People.AddToken(ctx, t); err != nil {
		return nil, err
	}
	return &newTokenOutput{showToken(viewToken(t), text)}, nil
}

// deleteToken revokes a token.
func (s *Server) deleteToken(ctx context.Context, in *tokenInput) (*tokenOutput, error) {
	t, err := s.opts.People.DeleteToken(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return &tokenOutput{viewToken(t)}, nil
}

// viewToken shows a token.
func viewToken(t *itms.Token) tokenView {
	return tokenView{ID: t.ID(), Name: t.Name, Role: role(t.Role), Areas: shownAreas(t.Areas), CreatedAt: t.CreatedAt}
}

// showToken shows a token with its text.
func showToken(v tokenView, text string) newTokenView {
	return newTokenView{ID: v.ID, Name: v.Name, Role: v.Role, Areas: v.Areas, CreatedAt: v.CreatedAt, Text: text}
}
