package oidc

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"itms"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// at is the time of the tests.
var at = time.Date(2026, 11, 1, 8, 0, 0, 0, time.UTC)

// idp is a small identity provider: it vouches for whoever comes.
type idp struct {
	t      *testing.T
	url    string
	key    *rsa.PrivateKey
	claims map[string]any    // of the next ID token, beside the usual ones
	codes  map[string]string // code -> PKCE challenge
	nonce  string
	secret string // that it was last given
}

// newIDP starts one.
func newIDP(t *testing.T) *idp {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	p := &idp{t: t, key: key, codes: map[string]string{}, claims: map[string]any{"preferred_username": "Li.Wei", "name": "Li Wei", "roles": []string{"noc"}}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		p.write(w, map[string]any{"issuer": p.url, "authorization_endpoint": p.url + "/authorize", "token_endpoint": p.url + "/token",
			"jwks_uri": p.url + "/keys", "id_token_signing_alg_values_supported": []string{"RS256"}})
	})
	mux.HandleFunc("GET /keys", func(w http.ResponseWriter, _ *http.Request) {
		p.write(w, map[string]any{"keys": []any{map[string]any{"kty": "RSA", "alg": "RS256", "use": "sig", "kid": "1",
			"n": encode(key.N.Bytes()), "e": encode([]byte{1, 0, 1})}}})
	})
	mux.HandleFunc("POST /token", p.token)
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	p.url = server.URL
	return p
}

func encode(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// write writes JSON.
func (p *idp) write(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	if err := json.NewEncoder(w).Encode(v); err != nil {
		p.t.Error(err)
	}
}

// token gives the tokens for a code, once, to who knows what its challenge was made of.
func (p *idp) token(w http.ResponseWriter, r *http.Request) {
	_, p.secret, _ = r.BasicAuth()
	challenge, ok := p.codes[r.FormValue("code")]
	delete(p.codes, r.FormValue("code"))
	sum := sha256.Sum256([]byte(r.FormValue("code_verifier")))
	if !ok || encode(sum[:]) != challenge {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusBadRequest)
		_, _ = w.Write([]byte(`{"error":"invalid_grant"}`))
		return
	}
	p.write(w, map[string]any{"access_token": "x", "token_type": "Bearer", "id_token": p.sign()})
}

// sign makes an ID token.
func (p *idp) sign() string {
	claims := map[string]any{"iss": p.url, "aud": "itms", "sub": "0001", "exp": at.Add(time.Hour).Unix(), "iat": at.Unix(), "nonce": p.nonce}
	for name, value := range p.claims {
		claims[name] = value
	}
	body, err := json.Marshal(claims)
	if err != nil {
		p.t.Error(err)
	}
	text := encode([]byte(`{"alg":"RS256","kid":"1"}`)) + "." + encode(body)
	sum := sha256.Sum256([]byte(text))
	signature, err := rsa.SignPKCS1v15(rand.Reader, p.key, crypto.SHA256, sum[:])
	if err != nil {
		p.t.Error(err)
	}
	return text + "." + encode(signature)
}

// authorize is the provider's page: the person signs in there and is sent back.
func (p *idp) authorize(address string) (state, code string) {
	p.t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		p.t.Fatal(err)
	}
	q := u.Query()
	if q.Get("code_challenge_method") != "S256" || q.Get("response_type") != "code" || q.Get("client_id") != "itms" ||
		q.Get("redirect_uri") != "https://itms.example.com/api/v1/oidc/callback" || !strings.Contains(q.Get("scope"), "openid") {
		p.t.Errorf("address %s", address)
	}
	p.nonce = q.Get("nonce")
	code = itms.NewID(at)
	p.codes[code] = q.Get("code_challenge")
	return q.Get("state"), code
}

// provider makes the client side.
func (p *idp) provider(change ...func(*Options)) *Provider {
	transport := &http.Transport{DisableKeepAlives: true}
	o := Options{Name: "Example ID", Issuer: p.url, ClientID: "itms", Secret: itms.NewSecret("s3cret"), Redirect: "https://itms.example.com/api/v1/oidc/callback",
		Scopes: []string{"profile"}, NameClaim: "preferred_username", RolesClaim: "roles", Roles: map[string]itms.Role{"noc": itms.RoleOperator, "desk": itms.RoleHelpDesk, "root": itms.RoleAdmin},
		Key: []byte("synthetic"), Client: &http.Client{Transport: transport}, Clock: func() time.Time { return at }}
	for _, c := range change {
		c(&o)
	}
	return New(o)
}

// enter goes all the way.
func enter(t *testing.T, p *idp, provider *Provider, next string) (*itms.Vouched, string, error) {
	t.Helper()
	address, keep, err := provider.Start(t.Context(), next)
	if err != nil {
		t.Fatal(err)
	}
	state, code := p.authorize(address)
	return provider.Finish(t.Context(), state, code, keep)
}

func TestSignOn(t *testing.T) {
	p := newIDP(t)
	provider := p.provider()
	v, next, err := enter(t, p, provider, "/orders?state=failed")
	if err != nil {
		t.Fatal(err)
	}
	if v.Subject != p.url+" 0001" || v.Name != "Li.Wei" || v.DisplayName != "Li Wei" || v.Role != itms.RoleOperator || v.Areas != nil || next != "/orders?state=failed" {
		t.Errorf("%+v %s", v, next)
	}
	if p.secret != "s3cret" || provider.Name() != "Example ID" {
		t.Errorf("secret %q", p.secret)
	}
	for _, next := range []string{"", "//evil.example.com", "https://evil.example.com", `/\evil.example.com`, "/a\nb"} {
		if _, got, err := enter(t, p, provider, next); err != nil || got != "/" {
			t.Errorf("%q leads to %q (%v)", next, got, err)
		}
	}
}

// code is the code of an error.
func code(err error) string {
	var e *itms.Error
	if errors.As(err, &e) {
		return e.Code
	}
	return ""
}

// TestWhatDoesNotFit: neither another browser, nor another sign-in, nor another token.
func TestWhatDoesNotFit(t *testing.T) {
	p := newIDP(t)
	provider := p.provider()
	begin := func() (state, code, keep string) {
		t.Helper()
		address, keep, err := provider.Start(t.Context(), "/")
		if err != nil {
			t.Fatal(err)
		}
		state, code = p.authorize(address)
		return state, code, keep
	}
	state, code1, keep := begin()
	other, code2, kept := begin()
	for what, args := range map[string][3]string{"no cookie": {state, code1, ""}, "state of another": {other, code1, keep}, "no state": {"", code1, keep},
		"cookie changed": {state, code1, "x" + keep}, "code of another": {state, code2, keep}, "unknown code": {other, "x", kept}} {
		if v, _, err := provider.Finish(t.Context(), args[0], args[1], args[2]); v != nil || code(err) != itms.CodeSignIn {
			t.Errorf("%s: %v %v", what, v, err)
		}
	}
	state, code1, keep = begin()
	p.nonce = "another"
	if _, _, err := provider.Finish(t.Context(), state, code1, keep); code(err) != itms.CodeSignIn {
		t.Errorf("nonce: %v", err)
	}
	state, code1, keep = begin()
	late := p.provider(func(o *Options) { o.Clock = func() time.Time { return at.Add(flowTime) } })
	if _, _, err := late.Finish(t.Context(), state, code1, keep); code(err) != itms.CodeSignIn {
		t.Errorf("late: %v", err)
	}
	for what, claims := range map[string]map[string]any{"issuer": {"iss": "https://evil.example.com"}, "audience": {"aud": "other"}, "expired": {"exp": at.Add(-time.Hour).Unix()},
		"name": {"preferred_username": nil}} {
		p.claims = map[string]any{"preferred_username": "li.wei", "roles": "noc"}
		for name, value := range claims {
			p.claims[name] = value
		}
		if v, _, err := enter(t, p, provider, "/"); v != nil || code(err) != itms.CodeSignIn {
			t.Errorf("%s: %v %v", what, v, err)
		}
	}
	good, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	p.claims, p.key = map[string]any{"preferred_username": "li.wei", "roles": "noc"}, good
	if _, _, err := enter(t, p, provider, "/"); code(err) != itms.CodeSignIn {
		t.Errorf("signed by another: %v", err)
	}
}

func TestRolesAndAreas(t *testing.T) {
	p := newIDP(t)
	for _, c := range []struct {
		roles, areas any
		role         itms.Role
		want         string
	}{
		{"noc", "51", itms.RoleOperator, "51"}, {[]string{"desk", "noc", "x"}, []string{"51", "52"}, itms.RoleOperator, "51 52"},
		{[]string{"desk"}, []string{"51", "*"}, itms.RoleHelpDesk, ""}, {"root", "51", itms.RoleAdmin, ""}, {"root", nil, itms.RoleAdmin, ""},
		{"noc", nil, "", ""}, {"nothing", "51", "", ""}, {nil, "51", "", ""}, {map[string]any{"noc": true}, "51", "", ""},
	} {
		p.claims = map[string]any{"preferred_username": "li.wei", "roles": c.roles, "area": c.areas}
		v, _, err := enter(t, p, p.provider(func(o *Options) { o.AreasClaim = "area" }), "/")
		switch {
		case c.role == "":
			if v != nil || itms.KindOf(err) != itms.KindForbidden {
				t.Errorf("%v: %v %v", c, v, err)
			}
		case err != nil || v.Role != c.role || strings.Join(v.Areas, " ") != c.want:
			t.Errorf("%v: %+v %v", c, v, err)
		}
	}
}

// TestProviderAway: the server is told so, and asks again next time.
func TestProviderAway(t *testing.T) {
	p := newIDP(t)
	issuer := ""
	provider := p.provider(func(o *Options) { o.Issuer = issuer })
	provider.opts.Issuer = p.url + "/none"
	if _, _, err := provider.Start(t.Context(), "/"); itms.KindOf(err) != itms.KindUnavailable {
		t.Errorf("%v", err)
	}
	provider.opts.Issuer = p.url
	if _, _, err := provider.Start(t.Context(), "/"); err != nil {
		t.Error(err)
	}
}

func FuzzUnpack(f *testing.F) {
	p := New(Options{Key: []byte("synthetic"), Clock: func() time.Time { return at }})
	good, err := p.pack(&flow{State: "s", Ends: at.Add(time.Minute).Unix()})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Fuzz(func(t *testing.T, kept string) {
		if _, ok := p.unpack(kept); ok && kept != good {
			t.Errorf("%q was taken", kept)
		}
	})
}
