package api

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"itms"
)

const (
	firstPassword = "the first of the words"
	otherPassword = "another row of words"
)

// addUser makes a user whose password need not be changed.
func (f *fixture) addUser(name string, role itms.Role, areas ...string) {
	f.t.Helper()
	_, _, err := f.people.AddUser(f.t.Context(), itms.UserRequest{Name: name, Role: role, Areas: areas, Password: itms.NewSecret(firstPassword), Settled: true})
	if err != nil {
		f.t.Fatal(err)
	}
}

// signIn posts a name and a password.
func (f *fixture) signIn(name, password string, headers ...string) *answer {
	f.t.Helper()
	return f.call("", http.MethodPost, signInPath, `{"name":"`+name+`","password":"`+password+`"}`, headers...)
}

// cookieOf returns a cookie of an answer as a header sends it back.
func (a *answer) cookieOf(name string) string {
	a.t.Helper()
	for _, c := range (&http.Response{Header: a.header}).Cookies() {
		if c.Name == name {
			return "Cookie: " + c.Name + "=" + c.Value
		}
	}
	a.t.Fatalf("no cookie %s in %v", name, a.header)
	return ""
}

func TestSignIn(t *testing.T) {
	f := newFixture(t)
	f.addUser("li.wei", itms.RoleHelpDesk, "51")
	a := f.signIn(" Li.Wei ", firstPassword).is(200)
	got := into[meView](a)
	if got.Name != "li.wei" || got.Role != "helpdesk" || got.Areas[0] != "51" || got.SignedInBy != "password" || got.PasswordDue ||
		!got.ExpiresAt.Equal(testTime.Add(12*time.Hour)) || !strings.Contains(strings.Join(got.Permissions, " "), "devices.unlock") {
		t.Errorf("%+v", got)
	}
	cookie := a.cookieOf(sessionCookie)
	for _, c := range (&http.Response{Header: a.header}).Cookies() {
		if !c.HttpOnly || c.SameSite != http.SameSiteStrictMode || c.Path != "/" || c.Secure {
			t.Errorf("cookie %v", c)
		}
	}
	if me := into[meView](f.call("", "GET", mePath, "", cookie).is(200)); me.Name != "li.wei" {
		t.Errorf("%+v", me)
	}
	f.call("", "GET", ordersPath, "", cookie).is(200)
	f.call("", "POST", devicesPath+"/x/block", "", cookie).problem(403, itms.CodeForbidden)
	out := f.call("", "POST", signOutPath, "", cookie).is(204)
	if !strings.Contains(out.header.Get("Set-Cookie"), "Max-Age=0") {
		t.Errorf("the cookie stays: %v", out.header)
	}
	f.call("", "GET", mePath, "", cookie).problem(401, itms.CodeUnauthenticated)
	f.noSecrets(f.log.String())
	if strings.Contains(f.log.String(), firstPassword) || strings.Contains(f.log.String(), strings.TrimPrefix(cookie, "Cookie: itms_session=")) {
		t.Error("the log has the password or the session")
	}
}

func TestSignInFailsWithoutSayingWhy(t *testing.T) {
	f := newFixture(t)
	f.addUser("li.wei", itms.RoleHelpDesk)
	f.addUser("gone", itms.RoleHelpDesk)
	if _, err := f.people.SetUser(t.Context(), "gone", itms.UserRequest{Role: itms.RoleHelpDesk, Disabled: true}); err != nil {
		t.Fatal(err)
	}
	wrong := f.signIn("li.wei", otherPassword).problem(401, itms.CodeSignIn)
	for _, a := range []*answer{f.signIn("nobody", firstPassword), f.signIn("gone", firstPassword), f.signIn("li.wei", firstPassword+"x")} {
		if p := a.problem(401, itms.CodeSignIn); p.Detail != wrong.Detail {
			t.Errorf("detail %q, want %q", p.Detail, wrong.Detail)
		}
	}
	f.signIn("", firstPassword).problem(422, itms.CodeInvalid)
}

// TestGuessingIsLimited: a name is guessed for a while only, and who signed in before
// from a browser gets in all the same.
func TestGuessingIsLimited(t *testing.T) {
	f := newFixture(t)
	f.addUser("li.wei", itms.RoleHelpDesk)
	browser := f.signIn("li.wei", firstPassword).is(200).cookieOf(browserCookie)
	for range 10 {
		f.signIn("li.wei", otherPassword).is(401)
	}
	a := f.signIn("li.wei", firstPassword)
	a.problem(429, itms.CodeRateLimited)
	if a.header.Get("Retry-After") != "901" {
		t.Errorf("Retry-After %q", a.header.Get("Retry-After"))
	}
	f.signIn("li.wei", firstPassword, browser).is(200)
	f.pass(15 * time.Minute)
	f.signIn("li.wei", firstPassword).is(200)
}

func TestFirstPasswordMustBeChanged(t *testing.T) {
	f := newFixture(t)
	made := into[newUserView](f.call(itms.RoleAdmin, "POST", usersPath, `{"name":"li.wei","role":"operator"}`).is(201))
	if len(made.OneTime) != 19 || !made.User.PasswordDue {
		t.Fatalf("%+v", made)
	}
	cookie := f.signIn("li.wei", made.OneTime).is(200).cookieOf(sessionCookie)
	f.call("", "GET", ordersPath, "", cookie).problem(403, itms.CodePasswordDue)
	if me := into[meView](f.call("", "GET", mePath, "", cookie).is(200)); !me.PasswordDue {
		t.Errorf("%+v", me)
	}
	change := func(old, fresh string) *answer {
		return f.call("", "POST", passwordPath, `{"old":"`+old+`","new":"`+fresh+`"}`, cookie)
	}
	for _, c := range [][3]string{{"wrong", otherPassword, "/old"}, {made.OneTime, "short", "/new"}, {made.OneTime, "li.wei and more words", "/new"},
		{made.OneTime, made.OneTime, "/new"}, {made.OneTime, strings.Repeat("x", 40), "/new"}, {made.OneTime, strings.Repeat("xy", 140), "/new"}} {
		if p := change(c[0], c[1]).problem(422, itms.CodeInvalid); p.pointers() != c[2] {
			t.Errorf("%v: %s", c, p.pointers())
		}
	}
	other := f.signIn("li.wei", made.OneTime).is(200).cookieOf(sessionCookie)
	change(made.OneTime, otherPassword).is(204)
	f.call("", "GET", ordersPath, "", cookie).is(200)
	f.call("", "GET", mePath, "", other).problem(401, itms.CodeUnauthenticated)
	f.signIn("li.wei", otherPassword).is(200)
}

func TestSessionsEnd(t *testing.T) {
	f := newFixture(t)
	f.addUser("li.wei", itms.RoleReadOnly)
	enter := func() string { return f.signIn("li.wei", firstPassword).is(200).cookieOf(sessionCookie) }
	idle := enter()
	f.pass(2 * time.Hour)
	f.call("", "GET", mePath, "", idle).problem(401, itms.CodeUnauthenticated)
	used := enter()
	for range 11 {
		f.pass(time.Hour)
		f.call("", "GET", mePath, "", used).is(200)
	}
	f.pass(time.Hour)
	f.call("", "GET", mePath, "", used).problem(401, itms.CodeUnauthenticated)

	for name, end := range map[string]func(){
		"sign-out": func() { f.call(itms.RoleAdmin, "POST", usersPath+"/li.wei/sign-out", "").is(204) },
		"password": func() {
			f.call(itms.RoleAdmin, "POST", usersPath+"/li.wei/password", `{"password":"`+firstPassword+`"}`).is(200)
		},
		"disabled": func() {
			f.call(itms.RoleAdmin, "PUT", usersPath+"/li.wei", `{"role":"readonly","disabled":true}`).is(200)
			f.call(itms.RoleAdmin, "PUT", usersPath+"/li.wei", `{"role":"readonly"}`).is(200)
		},
	} {
		cookie := enter()
		f.call("", "GET", mePath, "", cookie).is(200)
		end()
		if a := f.call("", "GET", mePath, "", cookie); a.status != 401 {
			t.Errorf("%s: %d", name, a.status)
		}
	}
}

func TestRoleOfASessionChangesAtOnce(t *testing.T) {
	f := newFixture(t)
	f.addUser("li.wei", itms.RoleOperator)
	cookie := f.signIn("li.wei", firstPassword).is(200).cookieOf(sessionCookie)
	f.call("", "GET", outboxPath, "", cookie).is(200)
	f.call(itms.RoleAdmin, "PUT", usersPath+"/li.wei", `{"role":"helpdesk"}`).is(200)
	f.call("", "GET", outboxPath, "", cookie).problem(403, itms.CodeForbidden)
}

// TestOtherOriginsCannotAct: a page of another origin makes the browser send a cookie, but
// neither signs anybody in nor changes anything.
func TestOtherOriginsCannotAct(t *testing.T) {
	f := newFixture(t, func(o *Options) { o.PublicURL = "https://itms.example.com" })
	f.addUser("li.wei", itms.RoleOperator)
	a := f.signIn("li.wei", firstPassword, "Origin: https://itms.example.com").is(200)
	if !strings.Contains(a.header.Get("Set-Cookie"), "Secure") {
		t.Errorf("cookie %s", a.header.Get("Set-Cookie"))
	}
	cookie := a.cookieOf(sessionCookie)
	f.signIn("li.wei", firstPassword, "Sec-Fetch-Site: cross-site").problem(403, itms.CodeForbidden)
	for _, h := range []string{"Sec-Fetch-Site: cross-site", "Sec-Fetch-Site: same-site", "Origin: https://evil.example.com"} {
		f.call("", "POST", signOutPath, "", cookie, h).problem(403, itms.CodeForbidden)
	}
	f.call("", "GET", mePath, "", cookie, "Sec-Fetch-Site: cross-site").is(200)
	f.call(itms.RoleOperator, "POST", dashPath+"/block", "", "Sec-Fetch-Site: cross-site").is(404) // a token is not sent along
	f.call("", "POST", signOutPath, "", cookie, "Sec-Fetch-Site: same-origin").is(204)
}

func TestCookieOverTLSIsSecure(t *testing.T) {
	f := newFixture(t)
	f.addUser("li.wei", itms.RoleOperator)
	r := httptest.NewRequest(http.MethodPost, "https://itms.example.com"+signInPath, strings.NewReader(`{"name":"li.wei","password":"`+firstPassword+`"}`))
	w := httptest.NewRecorder()
	f.server.ServeHTTP(w, r)
	if !strings.Contains(w.Header().Get("Set-Cookie"), "Secure") {
		t.Errorf("%d %v", w.Code, w.Header())
	}
}

func TestTokensHaveNoSession(t *testing.T) {
	f := newFixture(t)
	f.call(itms.RoleBSS, "POST", signOutPath, "").problem(409, itms.CodeUserState)
	f.call(itms.RoleBSS, "POST", passwordPath, `{}`).problem(409, itms.CodeUserState)
	if me := into[meView](f.call(itms.RoleBSS, "GET", mePath, "").is(200)); me.SignedInBy != "token" || me.ExpiresAt != nil || me.Areas == nil {
		t.Errorf("%+v", me)
	}
}

func TestWithoutPeopleThereAreTokensOnly(t *testing.T) {
	f := newFixture(t, func(o *Options) { o.People = nil })
	f.call("", "POST", signInPath, `{}`).is(404)
	f.call("", "GET", ordersPath, "", "Cookie: itms_session=x").is(401)
	f.get(ordersPath).is(200)
}
