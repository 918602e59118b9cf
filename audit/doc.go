// Package audit keeps the record of what callers changed: it enters changes in the
// transaction that makes them, seals the entries into a chain, and checks the chain.
//
// Each seal is the SHA-256 of the seal before it (nothing for the first), a line feed, and
// the canonical form of the entry: its JSON without the hash, members in the order of
// their names, no space between, UTF-8 without needless escapes.
package audit
