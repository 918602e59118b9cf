package main

import (
	"testing"

	"itms"
	"itms/profile"
)

func TestSecretNames(t *testing.T) {
	set, err := profile.Load(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	secret := secretNames(models{use: usedProfiles(set)})
	for name, want := range map[itms.ParamPath]bool{
		"Device.X_CTC_IPTV.UserAccount.AccountNumber":      true, // a typed code
		"InternetGatewayDevice.X_CT-COM_UserInfo.UserName": true, // a LOID
		"Device.DeviceInfo.SoftwareVersion":                false,
		"Device.":                                          false,
	} {
		if secret(name) != want {
			t.Errorf("%s: %v", name, !want)
		}
	}
	for _, p := range set.All() {
		for _, name := range p.Secrets() {
			if !secret(name) {
				t.Errorf("%s of %s is shown", name, p.Name)
			}
		}
	}
	if a, b := shapeOf("Device.IP.12.Key"), shapeOf("Device.IP.{wan}.Key"); a != b || a == shapeOf("Device.IP.x1.Key") {
		t.Errorf("%q %q", a, b)
	}
}
