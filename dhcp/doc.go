// Package dhcp is the DHCPv4 door (RFC 2131): it takes messages of relayed and direct
// clients, keeps scopes and pools, and commits a lease before it acknowledges it. It knows
// packets and addresses; who a client is and what it is entitled to, it asks a Directory.
package dhcp
