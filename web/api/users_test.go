package api

import (
	"strings"
	"testing"

	"itms"
)

func TestUsers(t *testing.T) {
	f := newFixture(t)
	admin := func(method, path, body string) *answer { return f.call(itms.RoleAdmin, method, path, body) }
	a := admin("POST", usersPath, `{"name":"Li.Wei","displayName":"Li Wei","role":"helpdesk","areas":["5101","51","52"],"password":"`+firstPassword+`"}`).is(201)
	made := into[newUserView](a)
	if a.header.Get("Location") != usersPath+"/li.wei" || made.OneTime != "" || strings.Join(made.User.Areas, " ") != "51 52" || !made.User.PasswordDue {
		t.Errorf("%s %+v", a.header.Get("Location"), made)
	}
	admin("POST", usersPath, `{"name":"li.wei","role":"helpdesk"}`).problem(409, itms.CodeDuplicate)
	admin("POST", usersPath, `{"name":"an.admin","role":"admin"}`).is(201)
	list := into[pageOf[userView]](admin("GET", usersPath+"?limit=1", "").is(200))
	if len(list.Items) != 1 || list.Items[0].Name != "an.admin" || list.Next == "" {
		t.Errorf("%+v", list)
	}
	if list = into[pageOf[userView]](admin("GET", usersPath+"?cursor="+list.Next, "").is(200)); len(list.Items) != 1 || list.Next != "" {
		t.Errorf("%+v", list)
	}
	set := into[userView](admin("PUT", usersPath+"/li.wei", `{"role":"operator"}`).is(200))
	if set.Role != "operator" || set.DisplayName != "" || len(set.Areas) != 0 {
		t.Errorf("%+v", set)
	}
	if p := into[oneTimeView](admin("POST", usersPath+"/li.wei/password", "").is(200)); f.signIn("li.wei", p.OneTime).status != 200 {
		t.Errorf("%+v", p)
	}
	admin("DELETE", usersPath+"/li.wei", "").is(200)
	admin("GET", usersPath+"/li.wei", "").problem(404, itms.CodeNotFound)
}

func TestWrongUsers(t *testing.T) {
	f := newFixture(t)
	for body, pointer := range map[string]string{
		`{"name":"a b","role":"admin"}`: "/name", `{"name":"system","role":"admin"}`: "/name", `{"name":"","role":"admin"}`: "/name",
		`{"name":"x","role":"root"}`: "/role", `{"name":"x"}`: "/role", `{"name":"x","role":"bss","areas":[""]}`: "/areas",
		`{"name":"x","role":"admin","areas":["51"]}`: "/areas", `{"name":"x","role":"bss","displayName":"a\nb"}`: "/displayName",
		`{"name":"xyz","role":"bss","password":"short"}`: "/password", `{"name":"x","role":"bss","token":1}`: "/token",
	} {
		if p := f.call(itms.RoleAdmin, "POST", usersPath, body).problem(422, itms.CodeInvalid); p.pointers() != pointer {
			t.Errorf("%s: %s", body, p.pointers())
		}
	}
}

// TestTheLastAdminStays: somebody must be able to make users.
func TestTheLastAdminStays(t *testing.T) {
	f := newFixture(t)
	f.addUser("one", itms.RoleAdmin)
	f.call(itms.RoleAdmin, "DELETE", usersPath+"/one", "").problem(409, itms.CodeUserState)
	f.call(itms.RoleAdmin, "PUT", usersPath+"/one", `{"role":"operator"}`).problem(409, itms.CodeUserState)
	f.call(itms.RoleAdmin, "PUT", usersPath+"/one", `{"role":"admin","disabled":true}`).problem(409, itms.CodeUserState)
	f.addUser("two", itms.RoleAdmin)
	f.call(itms.RoleAdmin, "DELETE", usersPath+"/one", "").is(200)
}

func TestTokens(t *testing.T) {
	f := newFixture(t)
	made := into[newTokenView](f.call(itms.RoleAdmin, "POST", tokensPath, `{"name":"crm","role":"bss","areas":["51"]}`).is(201))
	f.call("", "GET", ordersPath, "", "Authorization: Bearer "+made.Text).is(200)
	list := f.call(itms.RoleAdmin, "GET", tokensPath, "").is(200)
	if !strings.Contains(list.body, made.ID) || strings.Contains(list.body, made.Text) || strings.Contains(list.body, HashToken(made.Text)) {
		t.Errorf("%s", list.body)
	}
	f.call(itms.RoleAdmin, "DELETE", tokensPath+"/"+made.ID, "").is(200)
	f.call("", "GET", ordersPath, "", "Authorization: Bearer "+made.Text).is(401)
	f.call(itms.RoleAdmin, "DELETE", tokensPath+"/"+made.ID, "").problem(404, itms.CodeNotFound)
	for body, pointer := range map[string]string{`{"name":"","role":"bss"}`: "/name", `{"name":"x","role":"x"}`: "/role",
		`{"name":"x","role":"bss","areas":[" "]}`: "/areas", `{"name":"x","role":"admin","areas":["5"]}`: "/areas"} {
		if p := f.call(itms.RoleAdmin, "POST", tokensPath, body).problem(422, itms.CodeInvalid); p.pointers() != pointer {
			t.Errorf("%s: %s", body, p.pointers())
		}
	}
}

// TestHelpDeskTasks: the help desk has a device read and restarted, and no more.
func TestHelpDeskTasks(t *testing.T) {
	f := newFixture(t)
	f.putDevice(dashID)
	for body, status := range map[string]int{`{"kind":"refresh"}`: 202, `{"kind":"reboot"}`: 202, `{"kind":"factoryReset"}`: 403, `{"kind":"recover"}`: 403,
		`{"kind":"set","values":{"a":"b"}}`: 403} {
		f.call(itms.RoleHelpDesk, "POST", dashPath+"/tasks", body).is(status)
		if status == 403 {
			f.call(itms.RoleOperator, "POST", dashPath+"/tasks", body).is(202)
		}
	}
}
