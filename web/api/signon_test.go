package api

import (
	"context"
	"strings"
	"testing"

	"itms"
)

// fakeSignOn vouches for one person.
type fakeSignOn struct {
	vouched *itms.Vouched
	fail    error
}

func (f *fakeSignOn) Name() string { return "Example ID" }

func (f *fakeSignOn) Start(_ context.Context, next string) (string, string, error) {
	return "https://id.example.com/authorize?next=" + next, "kept", f.fail
}

func (f *fakeSignOn) Finish(_ context.Context, state, code, kept string) (*itms.Vouched, string, error) {
	if f.fail != nil || state != "s" || code != "c" || kept != "kept" {
		return nil, "", itms.Errorf(itms.KindUnauthenticated, itms.CodeSignIn, "does not fit")
	}
	return f.vouched, "/orders", nil
}

// newSignOnFixture has an identity provider.
func newSignOnFixture(t *testing.T) (*fixture, *fakeSignOn) {
	t.Helper()
	idp := &fakeSignOn{vouched: &itms.Vouched{Subject: "https://id.example.com 1", Name: "Li.Wei", DisplayName: "Li Wei", Role: itms.RoleHelpDesk, Areas: []string{"51"}}}
	return newFixture(t, func(o *Options) { o.SignOn = idp }), idp
}

func TestSignOn(t *testing.T) {
	f, idp := newSignOnFixture(t)
	if v := into[waysView](f.call("", "GET", signInPath, "").is(200)); v.OIDC == nil || v.OIDC.Name != "Example ID" || !v.Password {
		t.Errorf("%+v", v)
	}
	a := f.call("", "GET", oidcStartPath+"?next=/orders", "").is(303)
	if a.header.Get("Location") != "https://id.example.com/authorize?next=/orders" || !strings.Contains(a.header.Get("Set-Cookie"), "SameSite=Lax") {
		t.Errorf("%v", a.header)
	}
	back := func() *answer {
		return f.call("", "GET", oidcCallbackPath+"?state=s&code=c", "", a.cookieOf(flowCookie))
	}
	in := back().is(303)
	if in.header.Get("Location") != "/orders" {
		t.Errorf("%v", in.header)
	}
	cookie := in.cookieOf(sessionCookie)
	me := into[meView](f.call("", "GET", mePath, "", cookie).is(200))
	if me.Name != "li.wei" || me.SignedInBy != "oidc" || me.Role != "helpdesk" || me.Areas[0] != "51" {
		t.Errorf("%+v", me)
	}
	f.call("", "POST", passwordPath, `{"old":"x","new":"y"}`, cookie).problem(409, itms.CodeUserState)
	f.call(itms.RoleAdmin, "POST", usersPath+"/li.wei/password", "").problem(409, itms.CodeUserState)
	f.signIn("li.wei", "").problem(401, itms.CodeSignIn)
	if e := f.entered()[0]; e.Actor != "li.wei" || e.Action != "finish-oidc" || e.Role != itms.RoleHelpDesk {
		t.Errorf("%+v", e)
	}
	idp.vouched = &itms.Vouched{Subject: idp.vouched.Subject, Name: "renamed", Role: itms.RoleOperator}
	me = into[meView](f.call("", "GET", mePath, "", back().is(303).cookieOf(sessionCookie)).is(200))
	if me.Name != "li.wei" || me.Role != "operator" || len(me.Areas) != 0 {
		t.Errorf("%+v", me)
	}
}

// TestSignOnFails: the page that asks is told why, and nobody gets in.
func TestSignOnFails(t *testing.T) {
	f, idp := newSignOnFixture(t)
	f.addUser("li.wei", itms.RoleAdmin)
	back := func(query string) string {
		t.Helper()
		a := f.call("", "GET", oidcCallbackPath+query, "", "Cookie: "+flowCookie+"=kept").is(303)
		if strings.Contains(strings.Join(a.header.Values("Set-Cookie"), ""), sessionCookie+"=") {
			t.Errorf("%s: a session", query)
		}
		return a.header.Get("Location")
	}
	for query, want := range map[string]string{"?error=access_denied": "refused", "?state=x&code=c": "does+not+fit", "?state=s&code=c": "somebody+else"} {
		if got := back(query); !strings.HasPrefix(got, "/?reason=") || !strings.Contains(got, want) || !strings.HasSuffix(got, "&signIn=failed") {
			t.Errorf("%s leads to %s", query, got)
		}
	}
	for _, v := range []itms.Vouched{{Name: "a b", Role: itms.RoleBSS}, {Name: "x", Role: "root"}} {
		v.Subject = "https://id.example.com 2"
		idp.vouched = &v
		back("?state=s&code=c")
	}
	idp.vouched = &itms.Vouched{Subject: "https://id.example.com 3", Name: "gone", Role: itms.RoleBSS}
	f.call("", "GET", oidcCallbackPath+"?state=s&code=c", "", "Cookie: "+flowCookie+"=kept").is(303).cookieOf(sessionCookie)
	f.call(itms.RoleAdmin, "PUT", usersPath+"/gone", `{"role":"bss","disabled":true}`).is(200)
	if got := back("?state=s&code=c"); !strings.Contains(got, "may+not+sign+in") {
		t.Errorf("a disabled user: %s", got)
	}
	idp.fail = itms.Errorf(itms.KindUnavailable, itms.CodeUnavailable, "away")
	f.call("", "GET", oidcStartPath, "").problem(503, itms.CodeUnavailable)
}
