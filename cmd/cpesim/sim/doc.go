// Package sim plays CPEs: set-top boxes and gateways that hold a parameter
// tree, speak CWMP to an ACS, keep their state over sessions and reboots, and
// misbehave when they are told to.
//
// A [CPE] is made from a [Config]. [CPE.Session] runs one session and says what
// happened in it; [CPE.Run] is the life of a box: it boots, informs
// periodically, answers connection requests and retries what failed. A [Fleet]
// runs many. [CPE.Page] is what the person in front of the box sees, and
// [CPE.Enter] what that person types; Config.Technician is such a person during
// Run. The models are data ([Models]), and so is the list of what a box can do
// wrong ([Quirks]).
//
// A [Modem] is a cable modem behind a [CMTS], which relays its DHCP messages:
// [Modem.Boot] gets an address, the time and the configuration file, and checks
// it; [Modem.Run] is its life. [Attach] brings hosts and telephone adapters
// behind it into service. [ModemQuirks] lists what it can do wrong.
//
// The package shares with the server the codec of package cwmp, the digest
// computation, and the parser of cable configuration files, and nothing else, so
// that it can testify about the server: MICs are computed anew, DHCP, TFTP and
// time are asked by clients of their own.
package sim
