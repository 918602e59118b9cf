package itms

// ProfileSettings is the beginning of the settings that hold profiles; behind it stands
// the name of one.
const ProfileSettings = "profile/"

// ProfileTrial is what a device would be told by a profile that is tried on it. It holds
// no secret.
type ProfileTrial struct {
	Bound    bool // a service is delivered through the device; else the profile says little of it
	Withheld bool // credentials would be overwritten instead: its service is suspended or ended
	Reads    []ParamPath
	Rows     []RowTrial
	Params   []ParamTrial
	Reboot   bool // once values were written that need it
}

// RowTrial is a table row that must exist.
type RowTrial struct {
	Alias    string
	Table    ParamPath
	Instance string // "" = it would be added
}

// ParamTrial is one value that a device would hold.
type ParamTrial struct {
	Name    ParamPath // the spelling that would be taken; "" = the device has refused all of them
	Type    string
	Wanted  string // "" of a secret
	Holds   string // as it last told; "" of a secret, and of what it did not tell
	Known   bool   // it told of the parameter
	Differs bool   // it would be written
	Secret  bool
	// Optional ones may be refused.
	Optional bool
}
