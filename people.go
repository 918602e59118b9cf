package itms

import (
	"net/netip"
	"slices"
	"strings"
	"time"
)

// Role is what a person or an API token may do.
type Role string

// Roles, from most to least.
const (
	RoleAdmin      Role = "admin"
	RoleOperator   Role = "operator"
	RoleTechnician Role = "technician"
	RoleHelpDesk   Role = "helpdesk"
	RoleBSS        Role = "bss"
	RoleReadOnly   Role = "readonly"
)

// Roles lists every role.
var Roles = []Role{RoleAdmin, RoleOperator, RoleTechnician, RoleHelpDesk, RoleBSS, RoleReadOnly}

// Areas are where somebody may look and act: beginnings of area codes, "51" is all that
// begin with it. Nil is everywhere.
type Areas []string

// MaxAreas bounds them: more are a role of their own.
const MaxAreas = 64

// ParseAreas validates, sorts and simplifies a list: what another one covers goes. An
// empty list is everywhere.
func ParseAreas(pointer string, list []string) (Areas, error) {
	if len(list) > MaxAreas {
		return nil, Invalid(pointer, "lists more than %d areas", MaxAreas)
	}
	sorted := slices.Clone(list)
	for i, area := range sorted {
		sorted[i] = strings.TrimSpace(area)
		if err := CheckKey(pointer, sorted[i]); err != nil {
			return nil, err
		}
	}
	slices.Sort(sorted)
	var areas Areas
	for _, area := range sorted {
		if areas == nil || !areas.Hold(area) {
			areas = append(areas, area)
		}
	}
	return areas, nil
}

// Hold reports whether a thing of that area lies in them. Of what lies nowhere nobody
// knows: it is in no list.
func (a Areas) Hold(area string) bool {
	return a == nil || slices.ContainsFunc(a, func(within string) bool { return strings.HasPrefix(area, within) })
}

// Covers reports whether all of other lies in them.
func (a Areas) Covers(other Areas) bool {
	return a == nil || other != nil && !slices.ContainsFunc(other, func(area string) bool { return !a.Hold(area) })
}

// Token is an API token; only the SHA-256 hash of its text is kept.
type Token struct {
	Hash      string    `json:"hash"` // hex; primary key
	Name      string    `json:"name"`
	Role      Role      `json:"role"`
	Areas     Areas     `json:"areas,omitempty"`
	CreatedAt time.Time `json:"createdAt"`
}

// tokenIDLength is how much of the hash names a token: enough that no two are alike, and
// too little to look one up by.
const tokenIDLength = 16

// ID names the token to people.
func (t *Token) ID() string { return t.Hash[:min(tokenIDLength, len(t.Hash))] }

// User is a person who may sign in.
type User struct {
	Name        string `json:"name"` // lower case; primary key
	DisplayName string `json:"displayName,omitempty"`
	Role        Role   `json:"role"`
	Areas       Areas  `json:"areas,omitempty"`
	Disabled    bool   `json:"disabled,omitempty"`
	// Password is the hash of the password with the parameters it was made with, "" for
	// whom an identity provider vouches.
	Password    string    `json:"password,omitempty"`
	PasswordDue bool      `json:"passwordDue,omitempty"` // it must be changed at the next sign-in
	PasswordAt  time.Time `json:"passwordAt,omitzero"`   // when it was set
	// Subject is whom an identity provider vouches for: issuer, a space, and what it calls
	// the person, which does not change (OpenID Connect Core §5.7); "" = none.
	Subject    string    `json:"subject,omitempty"`
	SignedInAt time.Time `json:"signedInAt,omitzero"`
	CreatedAt  time.Time `json:"createdAt"`
	UpdatedAt  time.Time `json:"updatedAt"`
}

// SignInWay is how a caller proved who it is.
type SignInWay string

// The ways.
const (
	ByPassword SignInWay = "password"
	ByOIDC     SignInWay = "oidc"
	ByToken    SignInWay = "token"
)

// SignIn is a session of a person in a browser. Only the SHA-256 hash of what the browser
// holds is kept.
type SignIn struct {
	Hash      string    `json:"hash"` // hex; primary key
	User      string    `json:"user"`
	By        SignInWay `json:"by"`
	CreatedAt time.Time `json:"createdAt"`
	UsedAt    time.Time `json:"usedAt"`    // about when it was used last
	ExpiresAt time.Time `json:"expiresAt"` // whatever it is used for
}

// Session is a session with what only its browser holds, which is in the answer that
// begins it alone.
type Session struct {
	SignIn  SignIn
	User    *User
	Text    string        `json:"-"` // what the browser shows to be taken for the person
	Browser string        `json:"-"` // what marks it as one that signed in before
	Keep    time.Duration `json:"-"` // how long it should keep that
}

// SignInAttempt is a name and a password, and where they come from.
type SignInAttempt struct {
	Name     string
	Password Secret
	Address  netip.Addr
	Browser  string // as given by an earlier Session; "" = nothing
}

// UserRequest is what a user is to be.
type UserRequest struct {
	Name        string
	DisplayName string
	Role        Role
	Areas       []string
	Disabled    bool
	Password    Secret // zero = one is made
	Settled     bool   // the password given need not be changed
}

// Vouched is whom an identity provider vouches for.
type Vouched struct {
	Subject     string // see User.Subject
	Name        string
	DisplayName string
	Role        Role
	Areas       []string
}
