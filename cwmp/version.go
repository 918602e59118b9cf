package cwmp

import "strings"

// Version is a CWMP version. The zero value means that a message did not say;
// it is written as 1.0, which every CPE reads.
type Version uint8

// The versions of CWMP. The published schemas of 1.3 and 1.4 keep the
// namespace of 1.2; some CPEs nevertheless send namespaces with 1-3 and 1-4.
const (
	VersionUnknown Version = iota
	Version10
	Version11
	Version12
	Version13
	Version14
)

// namespacePrefix starts the namespace of every version.
const namespacePrefix = "urn:dslforum-org:cwmp-"

var namespaces = [...]string{
	VersionUnknown: namespacePrefix + "1-0",
	Version10:      namespacePrefix + "1-0",
	Version11:      namespacePrefix + "1-1",
	Version12:      namespacePrefix + "1-2",
	Version13:      namespacePrefix + "1-3",
	Version14:      namespacePrefix + "1-4",
}

// Namespace returns the XML namespace of the version, such as
// "urn:dslforum-org:cwmp-1-2". An answer uses the namespace of its request.
func (v Version) Namespace() string {
	if int(v) < len(namespaces) {
		return namespaces[v]
	}
	return namespaces[VersionUnknown]
}

// String returns "1.0" to "1.4", or "unknown".
func (v Version) String() string {
	if v == VersionUnknown || v > Version14 {
		return "unknown"
	}
	return "1." + string(rune('0'+v-Version10))
}

// versionOf returns the version of a namespace. isCWMP is true for every
// namespace of the CWMP family, also one of a version not known here.
func versionOf(namespace string) (v Version, isCWMP bool) {
	tail, isCWMP := strings.CutPrefix(strings.TrimSpace(namespace), namespacePrefix)
	if len(tail) == 3 && tail[:2] == "1-" && tail[2] >= '0' && tail[2] <= '4' {
		v = Version10 + Version(tail[2]-'0')
	}
	return v, isCWMP
}
