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
//	connectionRequest: {...}  # how it may be called
//	hosts: [...]              # where a gateway tells the MACs behind it
//	notify: [...]             # what the device shall report by itself
//	refresh: ["X CT-COM ACCOUNTCHANGE"]   # events after which the device is read anew and
//	                          # compared: of changes that it announces without telling them
//	proof: [...]              # values that show that the service works
//	register: {...}           # how a person tells the device who it is for
//	quirks: {...}             # what the device cannot do, or does in another way
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
//	    wipe: '"none"'            # expression; what a withdrawal overwrites it with
//	    if: line.vlan > 0         # condition; missing = always
//
// A parameter in a row that is not wanted is left out, as is a row in such a row.
//
// Withdrawal: a device that lost its service, or whose service is suspended, gets its
// credentials overwritten, whichever service it was. Overwritten is each parameter
// that is secret or whose value mentions service.account, service.password or those
// of service.access: with the empty text, 0 for numbers and boolean, or what its key
// wipe says, an expression that sees device only. "wipe: keep" leaves it alone. A
// parameter that is no credential is overwritten only when it has the key, as in
// "wipe: false" for the Enable of a connection. The device may refuse any of it.
//
// A withdrawal passes over conditions (if), since nobody knows what service it was,
// and adds no rows. In every table it overwrites the rows which match without an
// order, that is with empty attributes: coalesce(attributes.wanName, "internet")
// finds those named internet. A number within a name of match, as in
// WANPPPConnection.1.Name, then stands for any. When no row matches, the fixed one is
// taken. All other rows are left alone, among them the connection that carries the
// management. So give match and fixed a value that holds without an order: where one
// mentions service, subscriber or line, or comes out empty, it finds no row.
//
// Management, each key one name or a list of spellings, [] to leave it alone:
//
//	management:
//	  periodicEnable: "{root}ManagementServer.PeriodicInformEnable"
//	  periodicInterval: "{root}ManagementServer.PeriodicInformInterval"
//	  connectionUsername: "{root}ManagementServer.ConnectionRequestUsername"
//	  connectionPassword: "{root}ManagementServer.ConnectionRequestPassword"
//	  stunEnable: "{root}ManagementServer.STUNEnable"
//	  stunServerAddress: "{root}ManagementServer.STUNServerAddress"
//	  stunServerPort: "{root}ManagementServer.STUNServerPort"
//	  stunUsername: "{root}ManagementServer.STUNUsername"
//	  stunPassword: "{root}ManagementServer.STUNPassword"
//
// The last five are written when this system has a STUN server, to devices that are
// known to have them. User name and password are those of the connection request.
//
// Connection requests use digest authentication. A device that asks for Basic gets its
// password only where the profile says so, since whoever takes the device's address
// then knows it:
//
//	connectionRequest: {basic: true}   # default false
//
// Proof, beside the read-back, that the service works. The first spelling that the
// device has is looked at once everything was written; a device that has none of them
// proves nothing and fails nothing. The built-in profiles name none, since firmware
// differs:
//
//	proof:
//	  - name: Device.X_CTC_IPTV.ServiceStatistics.LoginSuccesses   # or names: [...]
//	    shows: logged in at the IPTV platform   # for people
//	    holds: int(value) > 0     # condition; it sees the text value only, and does
//	                              # not hold where it cannot be computed
//
// Hosts, for gateways: the parameters that tell the MACs of the boxes behind it, with
// {i} for the rows of a table. The tables are read with the service's parameters:
//
//	hosts: [InternetGatewayDevice.LANDevice.1.Hosts.Host.{i}.MACAddress]
//
// Notify, what the device shall report by itself when it changes, and who beside the ACS
// may write it (TR-069 Amd 6 A.3.2.4). It goes to devices that serve, once their values
// are right, and never fails an order: what a device refuses, or has not, is noted and left
// out until the profile or its software is another, or the device is recovered. What is taken out of the profile stays
// on the device as it is:
//
//	notify:
//	  - name: "{root}ManagementServer.UDPConnectionRequestAddress"   # or names: [...]; rows
//	                              # may be named, and objects, for all below them
//	    level: active             # off, passive, active, passive-lightweight,
//	                              # passive-and-lightweight, active-lightweight,
//	                              # passive-and-active-lightweight, or 0 to 6
//	    access: [Subscriber]      # or [], nobody but the ACS; missing = as it is
//	    if: line.vlan > 0         # condition; missing = always
//
// level, access or both must be given. Where names overlap, the longer one counts.
//
// Registration, for devices with a page on which a person types an activation code
// or, at a gateway, the logical id (LOID) of the line and its password. Each of the
// first four is one name or a list of spellings; code or loid must be given:
//
//	register:
//	  code: [Device.X_CTC_IPTV.UserAccount.AccountNumber]      # a typed code arrives here
//	  loid: [InternetGatewayDevice.X_CT-COM_UserInfo.UserName] # a typed logical id
//	  password: [InternetGatewayDevice.X_CT-COM_UserInfo.UserId]   # and its password
//	  stbid: [Device.X_EXAMPLE.TypedSTBID]  # the STBID as typed, where the box tells it
//	  events: ["X CT-COM BIND"] # events of an Inform that brings a fresh input
//	  limit: 10                 # tries after which the page locks itself (10, at most 100)
//	  page:                     # what each state of the page is written as
//	    ask:                    # type the code
//	      - {name: Device.X_CTC_IPTV.UserAccount.Enable, value: 1, type: boolean}
//	    refused: [...]          # it was wrong, type it again
//	    locked: [...]           # it was wrong too often
//	    pushing: [...]          # accepted, the service is being written
//	    done: [...]             # the service was verified
//	    failed: [...]           # the service could not be written
//	    idle: [...]             # registered already, nothing to do
//
// A state that is not given writes nothing. The items of a state have the keys name
// or names, value and type, as parameters have; the device's refusal of one fails
// nothing. Values see
//
//	page.verdict     # 0 ok, 1 password unknown, 2 LOID unknown, 3 they do not fit,
//	                 # 4 timeout, 5 nothing to do
//	page.times       # wrong inputs so far
//	page.limit       # the key limit
//	page.services    # how many services are being written
//
// Quirks, what devices of the model cannot do or want said otherwise; each false or 0
// when left out:
//
//	quirks:
//	  noMethods: true         # breaks when it is asked for its methods (GetRPCMethods)
//	  confirmByVersion: true  # never says that a download has ended (TransferComplete):
//	                          # the version that it reports tells
//	  batch: 20               # most names of one request; 0 = 100
//	  xmlDeclaration: true    # messages to it begin with an XML declaration
//	  empty200: true          # an empty reply is 200 instead of 204
//	  omitParameterKey: true  # requests that change parameters carry no ParameterKey
//	  booleans: words         # true and false; left out or digits: 1 and 0
//
// What is typed as code or password counts as a credential, the LOID does not.
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
//	acs.stun.host port                      # the STUN server; "" and 0 without one
//
// and the functions len, lower, upper, trim, trimPrefix, trimSuffix, string, int
// and coalesce, the first of its texts that is not empty. A match condition sees
// device only, and has("Device.X_CTC_IPTV."): whether a parameter or object at or
// below that name is known of the device. A constant text needs quotes of its own:
// '"DHCP"'. The value nil leaves a parameter alone whatever its empty says.
//
// A text is taken for number types when it is a whole number, 1 and 0 for boolean;
// else the result must have the type of the parameter. Values with control
// characters are refused.
//
// # Model rules
//
// One further document, apart from the profiles, says which models and firmware may
// be used where. The first rule that fits a device decides; where none fits, all is
// allowed:
//
//	rules:
//	  - area: "5101*"           # area of the line
//	    vendor: "Example*"      # manufacturer, as the device reports it
//	    model: "EX-*"           # model name, or the product class of a device without one
//	    hardware: "*"           # hardware version
//	    below: "2.4.0"          # firmware older than this
//	    allow: false            # true (default) or false
//	    reason: needs 2.4       # shown to operators
//	    firmware:               # must be fetched before anything else: this, or {file: NAME}
//	      version: "2.4.1"      # exactly as the device reports it once it runs
//	      url: "http://files.example.com/ex.bin"    # http or https
//	      size: 1234            # bytes; optional, as the next two are
//	      username: ""
//	      password: ""
//
// file stands alone: it names a firmware of the file store by its id, or by its name, and
// then the newest of that name is meant. Version and size are those of the file. A device
// for which there is no such file, since there is none, it has no version or is meant for
// other models, gets no service until there is one.
//
// The first four are patterns, in which * stands for any text and ? for one
// character; one that is missing fits everything, and case counts in area only.
// Versions compare by their numbers, from left to right: 2.10 is newer than 2.9. A
// device whose version is not known, or has no number, is not below any. A rule whose
// firmware the device runs already is passed over; the next one that fits decides.
// Rules that would send a device back and forth between versions fetch nothing.
package profile
