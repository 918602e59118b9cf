// Package docsis says what a cable modem, or what is in it, gets: which class it belongs
// to, the name of its configuration file, and the file itself, made in memory at the
// moment it is fetched. It answers the DHCP server as dhcp.Directory and the TFTP server
// as tftp.Source; what orders entitle a client to, it asks the domain.
package docsis
