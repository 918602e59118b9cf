// Package acs is the CWMP door: the HTTP endpoint that CPEs inform, their
// authentication, the session, and the connection requests that ask a CPE to
// come (TR-069 Amendment 6 §3).
//
// It decides nothing of the domain and stores nothing. What an Inform means and
// what is done next on a device is asked of a [Planner]; this package carries
// the answer to the device and the outcome back.
//
// A session is a value moved by a pure function, step: a POST or an answer of
// the planner goes in, the next state, a reply and effects come out. Everything
// around it — the listener, cookies, time-outs, forwarding to the node that owns
// a session — only feeds that function and carries out what it says.
package acs
