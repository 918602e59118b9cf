// Package cwmp reads and writes the messages of the CPE WAN Management
// Protocol, versions 1.0 to 1.4: the SOAP envelope, every RPC of TR-069
// Amendment 6 Annex A in both directions, faults, events and times.
//
// The reader is tolerant: it accepts what real CPEs send, as long as the
// message is complete and within the limits of this package. The writer is
// strict: what it produces follows the schema and the spelling that the
// simplest CPE parsers expect. The package keeps no state and opens no
// connection; all of its functions may be called from several goroutines.
//
// Decode turns a body into an Envelope whose Message is one of the RPC
// structs, a *Fault, an *UnknownMethod, or nil. Envelope.Encode goes the other
// way. Messages read are never tied to the memory of the body they came from.
package cwmp
