package sim

import (
	"encoding/hex"
	"fmt"
	"math/big"
	"net"
	"strings"
)

// stbidHead is the front of the STBIDs made here: checksum 2, operator and
// type 6, vendor 6, model 3, kind 1, batch 2 digits. Nobody verifies the
// checksum.
const stbidHead = "00" + "100100" + "990000" + "001" + "0" + "01"

// parseMAC reads six bytes in hexadecimal, with or without separators.
func parseMAC(text string) (net.HardwareAddr, error) {
	digits := strings.NewReplacer(":", "", "-", "", ".", "", " ", "").Replace(text)
	raw, err := hex.DecodeString(digits)
	if err != nil || len(raw) != 6 {
		return nil, fmt.Errorf("%q is not a MAC address, such as 00:00:5E:00:53:01", text)
	}
	return raw, nil
}

// formatMAC writes the form that boxes report: upper case with colons.
func formatMAC(mac net.HardwareAddr) string { return strings.ToUpper(mac.String()) }

// MakeSTBID returns an STBID for a MAC address: 32 hexadecimal digits, the last
// 12 of which are the address. The error says that mac is not one.
func MakeSTBID(mac string) (string, error) {
	address, err := parseMAC(mac)
	if err != nil {
		return "", err
	}
	return stbidHead + strings.ToUpper(hex.EncodeToString(address)), nil
}

// nextMAC returns the address n after mac.
func nextMAC(mac string, n int) (string, error) {
	address, err := parseMAC(mac)
	if err != nil {
		return "", err
	}
	var sum big.Int
	sum.SetBytes(address).Add(&sum, big.NewInt(int64(n)))
	if sum.BitLen() > 48 {
		return "", fmt.Errorf("there is no MAC address %d after %s", n, mac)
	}
	return formatMAC(sum.FillBytes(make([]byte, 6))), nil
}

// nextSerial counts the digits at the end of serial up by n and keeps their
// width: "BOX-0009" and 1 give "BOX-0010".
func nextSerial(serial string, n int) string {
	head := strings.TrimRight(serial, "0123456789")
	tail := serial[len(head):]
	var sum big.Int
	sum.SetString("0"+tail, 10)
	sum.Add(&sum, big.NewInt(int64(n)))
	return head + fmt.Sprintf("%0*s", len(tail), sum.String())
}
