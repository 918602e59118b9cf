// Package tftp is a TFTP server for reading, made for networks in which thousands of
// cable modems fetch a file of a kilobyte when they boot, and a client for tests and
// simulations (RFC 1350 with RFC 2347 options, 2348 blksize, 2349 timeout and tsize,
// 7440 windowsize; modes octet and netascii; IPv4 and IPv6).
//
// It knows packets and asks a [Source] for content: bytes in memory, or a reader for
// what is too large for that. Nothing can be written: WRQ gets ERROR 2.
//
// What happens to one transfer is decided by a pure function, step: an ACK, a time-out
// or an ERROR goes in, the next state and the packets to send come out. Around it is
// as little as the load allows. A transfer has no goroutine, no timer and no socket of
// its own: replies leave from a few sockets that all transfers share, told apart by
// the address and port of the client, so that the pair of ports is unique as RFC 1350
// wants, and never the port that was asked. [Options.SinglePort] answers from that one.
package tftp
