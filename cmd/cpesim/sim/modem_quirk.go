package sim

import "slices"

// What a cable modem does wrong, or in an odd way.
const (
	modemNoClientID  = "no-client-id"
	modemPlain       = "docsis-1-0"
	modemWrapped     = "wrapped-capabilities"
	modemNoBlockSize = "no-blksize"
	modemNoTime      = "no-time-of-day"
	modemTwice       = "sends-twice"
	modemUpperName   = "upper-case-name"
	modemLossy       = "lossy"
	modemInitReboot  = "init-reboot"
	modemReleases    = "releases"
	modemDeclines    = "declines-first"
	modemOldName     = "old-name"
)

// modemQuirks says what each does.
var modemQuirks = []Quirk{
	{Name: modemNoClientID, Help: "Sends no client identifier (option 61)."},
	{Name: modemPlain, Help: "Is of DOCSIS 1.0: option 60 is \"docsis1.0\", no capabilities anywhere, blocks of 512 octets."},
	{Name: modemWrapped, Help: "Wraps its capabilities in option 125 into a TLV 5 of their own."},
	{Name: modemNoBlockSize, Help: "Asks for its file without the option blksize."},
	{Name: modemNoTime, Help: "Does not ask for the time of day."},
	{Name: modemTwice, Help: "Sends each DHCP message twice."},
	{Name: modemUpperName, Help: "Asks for its file in upper case."},
	{Name: modemLossy, Help: "Loses each packet of the file's transfer once."},
	{Name: modemInitReboot, Help: "Asks for the address of its last run first (INIT-REBOOT)."},
	{Name: modemReleases, Help: "Gives its address back once it is operational, as if it was switched off."},
	{Name: modemDeclines, Help: "Says of the first address it gets that somebody else has it (DHCPDECLINE)."},
	{Name: modemOldName, Help: "Asks for the file of its last run by the old name."},
}

// ModemQuirks lists what a modem can do wrong.
func ModemQuirks() []Quirk { return slices.Clone(modemQuirks) }

// knownModemQuirk reports whether there is such a quirk.
func knownModemQuirk(name string) bool {
	return slices.ContainsFunc(modemQuirks, func(q Quirk) bool { return q.Name == name })
}
