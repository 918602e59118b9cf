package workorder

import "itms"

// Knowledge is what data models say of parameters, by their names; met by
// profile/datamodel. Of a name that no data model has it goes by the name alone.
type Knowledge interface {
	// TypeOf returns the CWMP type of a parameter, "" when it is not known.
	TypeOf(path string) string
	// Check reports whether a value may stand in a parameter; typ is what the device
	// said that it is, "" for nothing. The error is of KindInvalid, says what was
	// expected, and has no credential in it.
	Check(path, value, typ string) error
	// Suggest returns the name that a misspelt one most likely means, "" for none.
	Suggest(path string) string
	// Volatile reports whether a change of the value means nothing.
	Volatile(path string) bool
	// Secret reports whether the value is a credential.
	Secret(path string) bool
}

// noKnowledge goes by names alone.
type noKnowledge struct{}

func (noKnowledge) TypeOf(string) string               { return "" }
func (noKnowledge) Check(string, string, string) error { return nil }
func (noKnowledge) Suggest(string) string              { return "" }
func (noKnowledge) Volatile(path string) bool          { return itms.ParamPath(path).IsVolatile() }
func (noKnowledge) Secret(path string) bool            { return itms.ParamPath(path).IsSecret() }

// secret reports whether the value of a parameter is a credential, whatever its profile.
func (e *Engine) secret(name itms.ParamPath) bool {
	return name.IsSecret() || e.knowledge.Secret(string(name))
}
