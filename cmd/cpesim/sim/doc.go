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
// The package shares the codec of package cwmp and the digest computation with
// the server, and nothing else, so that it can testify about the server.
package sim
