// Package profile turns a service into the parameter values a device must hold,
// as YAML documents say for each model and dialect. It computes and stores
// nothing; loading the documents is its only contact with the outside.
//
// # The document
//
// One file is one profile. Unknown and repeated keys, YAML aliases and a second
// document in the file are refused, each with file, line and column.
//
//	name: ctc-iptv            # required; the name of the file without .yaml
//	title: IPTV box           # for screens
//	version: "2"              # free text of the author
//	priority: 100             # 0 (default) to 1000; the highest that matches is taken
//	root: Device.             # what {root} means for a device that told no root;
//	                          # Device. (default) or InternetGatewayDevice.
//	match: has("Device.X_CTC_IPTV.")   # required; a condition, see below
//	probe: ["{root}"]         # objects worth listing before this profile is settled for
//	services: [iptv]          # required; of iptv, internet, voip
//	identity:                 # parameters that tell who the device is, best first
//	  stbid: [Device.X_CTC_IPTV.STBID]
//	  mac: [Device.LAN.MACAddress]
//	  model: [Device.DeviceInfo.ModelName]
//	read: [Device.LAN.]       # read beside the objects around the parameters below
//	rows: [...]               # table rows that must exist, outer ones first
//	params: [...]             # the values, in the order they are written
//	rebootAfter: true         # reboot once a value marked reboot was written
//	management: {...}         # where the device keeps its own management
//
// A profile is switched off by a file of its name with "match: false".
//
// Rows:
//
//	rows:
//	  - alias: ppp                        # {ppp} in names stands for its instance number
//	    table: Device.PPP.Interface.      # may lie in a row above: ...{wcd}.WANPPPConnection.
//	    match: {Alias: '"internet"'}      # relative name: expression; the first row that has all
//	    fixed: 1                          # expression; the row to take when none matches;
//	                                      # missing, empty or not there = a row is added;
//	                                      # match, fixed or both must be given
//	    if: service.access.type == "pppoe"   # condition; missing = always
//
// Parameters:
//
//	params:
//	  - name: Device.X_CTC_IPTV.ServiceInfo.UserID   # or names: [...], the spellings of
//	                                                 # firmware versions, best first
//	    value: service.account    # expression
//	    type: string              # string (default), boolean, int, unsignedInt, long,
//	                              # unsignedLong, dateTime, base64, hexBinary
//	    empty: omit               # of an empty value: omit (default) leaves the parameter
//	                              # alone, send writes it, refuse fails the order
//	    secret: true              # a credential, never shown; required where the value
//	                              # mentions a password, implied by a name such as Password
//	    writeOnly: true           # reads back empty or masked; default: as secret
//	    optional: true            # the device may refuse it without failing the order
//	    reboot: true              # takes effect after a reboot
//	    if: line.vlan > 0         # condition; missing = always
//
// A parameter in a row that is not wanted is left out, as is a row in such a row.
//
// Management, each key one name or a list of spellings, [] to leave it alone:
//
//	management:
//	  periodicEnable: "{root}ManagementServer.PeriodicInformEnable"
//	  periodicInterval: "{root}ManagementServer.PeriodicInformInterval"
//	  connectionUsername: "{root}ManagementServer.ConnectionRequestUsername"
//	  connectionPassword: "{root}ManagementServer.ConnectionRequestPassword"
//
// # Expressions
//
// Conditions and values are expressions of github.com/expr-lang/expr without
// variables, loops and ranges, at most 1024 bytes. Names and types are checked
// when the profile is loaded. They see
//
//	device.oui productClass serial manufacturer model hardware software root mac macKey stbid ip
//	service.id type package account password authUrl authUrlBackup
//	service.access.type account password downKbps upKbps
//	subscriber.id name phone address
//	line.area node port vlan
//	attributes.NAME, attributes["NAME"]     # of the order; "" when it has none
//
// and the functions len, lower, upper, trim, trimPrefix, trimSuffix, string, int
// and coalesce, the first of its texts that is not empty. A match condition sees
// device only, and has("Device.X_CTC_IPTV."): whether a parameter or object at or
// below that name is known of the device. A constant text needs quotes of its own:
// '"DHCP"'. The value nil leaves a parameter alone whatever its empty says.
//
// A text is taken for number types when it is a whole number; else the result must
// have the type of the parameter. Values with control characters are refused.
package profile
