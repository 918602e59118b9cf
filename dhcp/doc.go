// Package dhcp is the DHCPv4 door (RFC 2131): it takes messages of relayed and direct
// clients, keeps scopes and pools, and commits a lease before it acknowledges it. It knows
// packets and addresses; who a client is and what it is entitled to, it asks a Directory.
//
//	sockets ─▶ parse, limits ─▶ queue ─▶ workers: look, identify, decide ─▶ answer
//	                                                   │ a lease changes
//	                                                   ▼
//	                               jobs ─▶ committers: one Update for many ─▶ answers
//
// What is decided about a message is a pure function of it and of what is known (decide.go).
// Which addresses are free is known in memory (space.go); the store decides. When storage or
// the Directory is away, nobody is answered.
package dhcp
