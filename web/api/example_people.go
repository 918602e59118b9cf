package api

import (
	"time"

	"itms"
)

// exampleOneTime is a one-time password.
const exampleOneTime = "kx7m-4hpa-w3rd-9tez"

// exampleMe is an agent of the help desk.
func exampleMe() meView {
	ends := exampleTime.Add(12 * time.Hour)
	return meView{Name: "li.wei", DisplayName: "Li Wei", Role: role(itms.RoleHelpDesk), Areas: []string{"51"},
		Permissions: []string{string(ordersRead), string(devicesRead), string(devicesCall)}, SignedInBy: signInWay(itms.ByPassword), ExpiresAt: &ends}
}

// exampleUser is the same as an admin sees it.
func exampleUser() userView {
	at := exampleTime
	return userView{Name: "li.wei", DisplayName: "Li Wei", Role: role(itms.RoleHelpDesk), Areas: []string{"51"}, SignsInBy: signInWay(itms.ByPassword),
		SignedInAt: &at, CreatedAt: exampleTime, UpdatedAt: exampleTime}
}

// exampleToken is that of a BSS.
func exampleToken() tokenView {
	return tokenView{ID: "ba7816bf8f01cfea", Name: "crm", Role: role(itms.RoleBSS), Areas: []string{}, CreatedAt: exampleTime}
}

// exampleNewToken is the same when it is made.
func exampleNewToken() newTokenView {
	return showToken(exampleToken(), "itms_0123456789abcdefghijABCDEFGHIJ0123456789abc")
}
