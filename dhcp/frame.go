package dhcp

import (
	"encoding/binary"
	"net/netip"
)

// Fields of the frames that answers to clients without an address go in.
const (
	etherIPv4   = 0x0800
	etherHeader = 14
	ipHeader    = 20
	udpHeader   = 8
	ipTTL       = 64
	protocolUDP = 17
)

// frame is an Ethernet frame with a message from one address to another that nobody
// answers for yet (RFC 894, RFC 791, RFC 768).
func frame(from, to netip.AddrPort, sourceMAC, targetMAC [6]byte, data []byte) []byte {
	b := make([]byte, etherHeader+ipHeader+udpHeader, etherHeader+ipHeader+udpHeader+len(data))
	copy(b, targetMAC[:])
	copy(b[6:], sourceMAC[:])
	binary.BigEndian.PutUint16(b[12:], etherIPv4)
	ip := b[etherHeader : etherHeader+ipHeader]
	ip[0], ip[8], ip[9] = 0x45, ipTTL, protocolUDP
	binary.BigEndian.PutUint16(ip[2:], uint16(ipHeader+udpHeader+len(data)))
	copy(ip[12:], from.Addr().AsSlice())
	copy(ip[16:], to.Addr().AsSlice())
	binary.BigEndian.PutUint16(ip[10:], ^sum(0, ip))
	udp := b[etherHeader+ipHeader:]
	binary.BigEndian.PutUint16(udp, from.Port())
	binary.BigEndian.PutUint16(udp[2:], to.Port())
	binary.BigEndian.PutUint16(udp[4:], uint16(udpHeader+len(data)))
	checksum := sum(protocolUDP+udpHeader+uint32(len(data)), ip[12:20])
	checksum = ^sum(uint32(sum(uint32(checksum), udp[:6])), data)
	if checksum == 0 {
		checksum = 0xffff // RFC 768: 0 stands for none
	}
	binary.BigEndian.PutUint16(udp[6:], checksum)
	return append(b, data...)
}

// sum is the ones' complement sum of 16-bit words on top of another (RFC 1071).
func sum(n uint32, b []byte) uint16 {
	for ; len(b) > 1; b = b[2:] {
		n += uint32(binary.BigEndian.Uint16(b))
	}
	if len(b) == 1 {
		n += uint32(b[0]) << 8
	}
	for n > 0xffff {
		n = n>>16 + n&0xffff
	}
	return uint16(n)
}
