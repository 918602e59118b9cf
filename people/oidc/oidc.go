// Package oidc signs people in with an identity provider: the authorization code flow of
// OpenID Connect Core 1.0 §3.1 with PKCE (RFC 7636), state and nonce.
package oidc

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	gooidc "github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"itms"
)

// Options are what is known of the provider.
type Options struct {
	Name     string // for the button
	Issuer   string // URL, as the provider names itself
	ClientID string
	Secret   itms.Secret
	Redirect string   // URL of the callback, as the provider knows it
	Scopes   []string // beside openid
	// NameClaim is the claim that names the person here, e.g. "preferred_username".
	NameClaim string
	// RolesClaim and AreasClaim are lists of words, or one word.
	RolesClaim string
	AreasClaim string
	// Roles are the roles here by words of RolesClaim; of several the first of itms.Roles
	// counts. Who has none does not get in.
	Roles  map[string]itms.Role
	Key    []byte           // signs what a browser keeps during a sign-in; the same on all nodes
	Client *http.Client     // for talking to the provider; nil = one with a time limit
	Clock  func() time.Time // nil = time.Now
}

// Provider is an identity provider. It is asked about itself when somebody first signs in,
// so that a server starts while it is away.
type Provider struct {
	opts Options

	mu     sync.Mutex // guards what follows
	config *oauth2.Config
	verify *gooidc.IDTokenVerifier
}

// Limits of a sign-in.
const (
	flowTime   = 10 * time.Minute // to sign in at the provider
	talkTime   = 15 * time.Second // for one answer of the provider
	maxAnswers = 1 << 20          // bytes of one
)

// New makes a Provider.
func New(o Options) *Provider {
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.Client == nil {
		o.Client = &http.Client{Timeout: talkTime}
	}
	return &Provider{opts: o}
}

// Name is what the button says.
func (p *Provider) Name() string { return p.opts.Name }

// flow is what a browser keeps between start and callback.
type flow struct {
	State    string `json:"s"`
	Nonce    string `json:"n"`
	Verifier string `json:"v"` // of PKCE
	Next     string `json:"p"` // path to go to afterwards
	Ends     int64  `json:"e"` // Unix time
}

// discover reads the provider's own description, once.
func (p *Provider) discover(ctx context.Context) (*oauth2.Config, *gooidc.IDTokenVerifier, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.config != nil {
		return p.config, p.verify, nil
	}
	// The provider's keys are fetched with this context for as long as the process runs.
	found, err := gooidc.NewProvider(gooidc.ClientContext(context.WithoutCancel(ctx), p.opts.Client), p.opts.Issuer)
	if err != nil {
		return nil, nil, away(err)
	}
	p.config = &oauth2.Config{ClientID: p.opts.ClientID, ClientSecret: p.opts.Secret.Reveal(), Endpoint: found.Endpoint(), RedirectURL: p.opts.Redirect,
		Scopes: append([]string{gooidc.ScopeOpenID}, p.opts.Scopes...)}
	p.verify = found.Verifier(&gooidc.Config{ClientID: p.opts.ClientID, Now: p.opts.Clock})
	return p.config, p.verify, nil
}

// away is the answer while the provider cannot be talked to.
func away(cause error) error {
	return itms.Errorf(itms.KindUnavailable, itms.CodeUnavailable, "the identity provider does not answer as it should").Because(cause)
}

// Start begins a sign-in: the browser goes to the address and keeps what is to be kept for
// the callback. next is where it is led afterwards, a path of this server; others become
// "/". Errors: KindUnavailable.
func (p *Provider) Start(ctx context.Context, next string) (address, keep string, err error) {
	config, _, err := p.discover(ctx)
	if err != nil {
		return "", "", err
	}
	f := flow{State: oauth2.GenerateVerifier(), Nonce: oauth2.GenerateVerifier(), Verifier: oauth2.GenerateVerifier(), Next: ownPath(next),
		Ends: p.opts.Clock().Add(flowTime).Unix()}
	keep, err = p.pack(&f)
	return config.AuthCodeURL(f.State, gooidc.Nonce(f.Nonce), oauth2.S256ChallengeOption(f.Verifier)), keep, err
}

// ownPath is a path of this server, "/" for what may lead elsewhere.
func ownPath(next string) string {
	if !strings.HasPrefix(next, "/") || strings.HasPrefix(next, "//") || strings.ContainsAny(next, "\\\r\n\t") {
		return "/"
	}
	return next
}

// Finish ends a sign-in: state and code are what the provider sent along, kept is what the
// browser kept. It returns whom the provider vouches for, and where to go. Errors:
// KindUnauthenticated with CodeSignIn when anything does not fit; KindForbidden with
// CodeSignIn for who has no role here; KindUnavailable.
func (p *Provider) Finish(ctx context.Context, state, code, kept string) (*itms.Vouched, string, error) {
	f, ok := p.unpack(kept)
	if !ok || state == "" || !hmac.Equal([]byte(f.State), []byte(state)) {
		return nil, "", refused("the sign-in was not begun in this browser, or too long ago", nil)
	}
	config, verifier, err := p.discover(ctx)
	if err != nil {
		return nil, "", err
	}
	ctx = gooidc.ClientContext(ctx, p.opts.Client)
	token, err := config.Exchange(ctx, code, oauth2.VerifierOption(f.Verifier))
	if err != nil {
		return nil, "", refused("the identity provider does not confirm the sign-in", err)
	}
	raw, ok := token.Extra("id_token").(string)
	if !ok || len(raw) > maxAnswers {
		return nil, "", refused("the identity provider sent no ID token", nil)
	}
	id, err := verifier.Verify(ctx, raw)
	if err != nil {
		return nil, "", refused("the ID token is not good", err)
	}
	if !hmac.Equal([]byte(id.Nonce), []byte(f.Nonce)) {
		return nil, "", refused("the ID token is that of another sign-in", nil)
	}
	v, err := p.vouched(id)
	return v, f.Next, err
}

// refused is the answer to a sign-in in which something does not fit.
func refused(text string, cause error) error {
	return itms.Errorf(itms.KindUnauthenticated, itms.CodeSignIn, "%s; begin again", text).Because(cause)
}

// vouched reads who it is, and what the person may do here.
func (p *Provider) vouched(id *gooidc.IDToken) (*itms.Vouched, error) {
	claims := map[string]any{}
	if err := id.Claims(&claims); err != nil {
		return nil, refused("the ID token cannot be read", err)
	}
	v := &itms.Vouched{Subject: id.Issuer + " " + id.Subject, Name: word(claims[p.opts.NameClaim]), DisplayName: word(claims["name"]),
		Role: p.role(words(claims[p.opts.RolesClaim])), Areas: words(claims[p.opts.AreasClaim])}
	if v.Name == "" {
		return nil, refused(fmt.Sprintf("the ID token has no claim %q", p.opts.NameClaim), nil)
	}
	if v.Role == "" {
		return nil, itms.Errorf(itms.KindForbidden, itms.CodeSignIn, "the identity provider gives you no role here; ask who looks after web.oidc.roles")
	}
	if p.opts.AreasClaim != "" && len(v.Areas) == 0 && v.Role != itms.RoleAdmin {
		return nil, itms.Errorf(itms.KindForbidden, itms.CodeSignIn, "the identity provider gives you no area: claim %q is missing", p.opts.AreasClaim)
	}
	if v.Role == itms.RoleAdmin || slices.Contains(v.Areas, everywhere) {
		v.Areas = nil
	}
	return v, nil
}

// everywhere is the word of AreasClaim for all areas.
const everywhere = "*"

// role is the highest that any of the words gives.
func (p *Provider) role(have []string) itms.Role {
	for _, role := range itms.Roles {
		if slices.ContainsFunc(have, func(word string) bool { return p.opts.Roles[word] == role }) {
			return role
		}
	}
	return ""
}

// word reads a claim of one word.
func word(claim any) string {
	text, _ := claim.(string)
	return text
}

// words reads a claim of several words, or of one.
func words(claim any) (list []string) {
	switch v := claim.(type) {
	case string:
		return []string{v}
	case []any:
		for _, item := range v {
			if text := word(item); text != "" {
				list = append(list, text)
			}
		}
	}
	return list
}

// pack signs what a browser keeps. It holds no secret of ours: the verifier and the nonce
// are this browser's own.
func (p *Provider) pack(f *flow) (string, error) {
	text, err := json.Marshal(f)
	if err != nil {
		return "", fmt.Errorf("write the state of a sign-in: %w", err)
	}
	body := base64.RawURLEncoding.EncodeToString(text)
	return body + "." + p.sign(body), nil
}

// unpack reads it again, unless it is not ours or too old.
func (p *Provider) unpack(kept string) (f flow, ok bool) {
	body, signature, _ := strings.Cut(kept, ".")
	if !hmac.Equal([]byte(p.sign(body)), []byte(signature)) {
		return f, false
	}
	text, err := base64.RawURLEncoding.DecodeString(body)
	if err != nil || json.Unmarshal(text, &f) != nil {
		return f, false
	}
	return f, p.opts.Clock().Unix() < f.Ends
}

// sign signs a text.
func (p *Provider) sign(body string) string {
	mac := hmac.New(sha256.New, p.opts.Key)
	_, _ = mac.Write([]byte(body)) // never fails
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}
