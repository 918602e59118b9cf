package profile_test

import (
	"fmt"
	"os"
	"strings"

	"itms"
	"itms/profile"
)

// A set-top box that reports the STBID of China Telecom matches that profile, and
// the service of an order becomes the values it must hold.
func Example() {
	set, err := profile.Builtin()
	if err != nil {
		fmt.Println(err)
		return
	}
	var inform itms.ParamTree
	inform.Set(itms.Param{Name: "Device.X_CTC_IPTV.STBID", Value: "0010039999000010000000005E005301"})
	device := &itms.Device{Root: "Device."}
	p, _ := set.Match(device, &inform)
	wanted, err := p.Wanted(profile.Input{
		Device:  device,
		Bound:   true,
		Service: itms.ServiceSpec{Type: itms.ServiceIPTV, Account: "iptv1001", Password: itms.NewSecret("secret")},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(p.Name, wanted.Params[0].Names[0], wanted.Params[0].Value)
	// Output: ctc-iptv Device.X_CTC_IPTV.ServiceInfo.UserID iptv1001
}

// A slip in an expression is found when the profile is loaded.
func ExampleParse() {
	_, err := profile.Parse("mine.yaml", strings.NewReader(`name: mine
match: device.oui == "00005E"
services: [iptv]
params:
  - name: Device.X_MINE.Account
    value: service.acount
`))
	fmt.Println(strings.ReplaceAll(err.Error(), ": expected", ":\nexpected"))
	// Output:
	// wrong profile: mine.yaml:6:20: value: service has no field "acount":
	// expected one of id, type, package, account, password, authUrl, authUrlBackup, access
}

// Explain shows what would be written to whom, secrets excepted.
func ExampleProfile_Explain() {
	p, err := profile.Parse("mine.yaml", strings.NewReader(`name: mine
match: device.oui == "00005E"
services: [iptv]
params:
  - {name: Device.X_MINE.Account, value: service.account}
  - {name: Device.X_MINE.Key, value: service.password, secret: true}
`))
	if err != nil {
		fmt.Println(err)
		return
	}
	text, err := p.Explain(profile.Input{
		Bound:   true,
		Service: itms.ServiceSpec{Type: itms.ServiceIPTV, Account: "iptv1001", Password: itms.NewSecret("secret"), AuthURL: "http://example.com/"},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	_, _ = fmt.Fprint(os.Stdout, text)
	// Output:
	// profile mine (edb0115e597c58c0)
	// read    Device.X_MINE.
	// set     Device.X_MINE.Account  string  "iptv1001"
	// set     Device.X_MINE.Key      string  REDACTED  write-only
	// without service.authUrl: this profile has no place for it
}

// A device whose firmware is too old gets a newer one before anything else.
func ExampleRules_Judge() {
	rules, err := profile.ParseRules("rules.yaml", strings.NewReader(`rules:
  - vendor: "Example*"
    below: "2.10"
    reason: needs 2.10
    firmware: {version: "2.10.1", url: "http://files.example.com/ex.bin"}
`))
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, version := range []string{"2.9.4", "2.10.1"} {
		verdict := rules.Judge(&itms.Device{Manufacturer: "Example Set-Top", Software: version}, "510100", nil)
		fmt.Println(version, verdict.Allowed, verdict.Reason, verdict.Firmware != nil)
	}
	// Output:
	// 2.9.4 true needs 2.10 true
	// 2.10.1 true  false
}
