// Package radius is the RADIUS door (RFC 2865, 2866, 2869, 5080, 5176): it answers access
// servers (NAS, BRAS) that ask who may come onto the network, takes in their accounting, and
// tells them when the standing of somebody on the network changes. Who may come in the
// orders say (Directory); what they are given the configuration says (Rule). Who is on the
// network is kept by a Ledger.
//
// A message that is malformed, comes from nobody known or fails a check of its secret is
// not answered: RFC 2865 wants silence, and so does caution.
package radius
