package sim

import (
	"errors"
	"fmt"
	"slices"

	"itms/cwmp"
)

// Typed is what a person types into the page of a box: an activation code, or a
// LOID with its password. It is a credential.
type Typed struct {
	Code     string
	LOID     string
	Password string
}

// ErrLocked means that the page takes no input after too many tries.
var ErrLocked = errors.New("the page is locked and takes no input")

// typing is the way of what was typed to its verdict.
type typing string

const (
	typingNone  typing = ""
	typingNew   typing = "new"   // the ACS does not know of it
	typingSent  typing = "sent"  // told to the ACS, no verdict yet
	typingAgain typing = "again" // the ACS asked again instead of accepting it
)

// open tells whether a verdict is to come.
func (t typing) open() bool { return t == typingNew || t == typingSent }

// EnterCode is a user who types an activation code into the page of the box,
// whether it asks or not. On a gateway it takes the place of the LOID. It leads
// to an Inform with the bind event of the model. Errors: the model has no page,
// ErrLocked, no value of the parameter, or the state file could not be written.
func (c *CPE) EnterCode(code string) error { return c.Enter(Typed{Code: code}) }

// EnterLOID is a user who types a LOID and its password into the page of a
// gateway. The next Inform with the bind event shows the password; after that it
// reads back empty. Errors: the page has no such fields, else as EnterCode.
func (c *CPE) EnterLOID(loid, password string) error {
	return c.Enter(Typed{LOID: loid, Password: password})
}

// Enter is EnterLOID when there is a LOID, else EnterCode.
func (c *CPE) Enter(t Typed) error {
	fields, err := c.schema.model.fields(t)
	if err != nil {
		return fmt.Errorf("typing into the page: %w", err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.page().State == PageLocked {
		return fmt.Errorf("typing into the page: %w", ErrLocked)
	}
	for i, f := range fields {
		if fields[i].value, err = c.valid(c.path(f.path), f.value); err != nil {
			return fmt.Errorf("typing into the page: %w", err)
		}
	}
	for _, f := range fields {
		c.change(c.path(f.path), f.value)
	}
	c.Typing = typingNew
	c.seen = c.page() // for a while only, if the next session refuses it as the last one did
	c.enqueue(cwmp.Event{Code: c.schema.model.Registration.Event})
	return c.save(c.config.StatePath)
}

// field is a parameter that typing changes, relative to the root.
type field struct{ path, value string }

// fields are the parameters that typing changes: those that take the text, and on
// a gateway the verdict about what was typed before.
func (m Model) fields(t Typed) ([]field, error) {
	r := m.Registration
	switch {
	case r.Code == "":
		return nil, fmt.Errorf("the model %s has no registration page", m.Name)
	case r.Password == "" && t.LOID != "":
		return nil, fmt.Errorf("the page of the model %s has no field for a LOID", m.Name)
	case r.Password == "":
		return []field{{r.Code, t.Code}}, nil
	case t.LOID == "":
		t = Typed{LOID: t.Code}
	}
	return []field{{r.Code, t.LOID}, {r.Password, t.Password},
		{r.UserInfo + "Status", unregistered}, {r.UserInfo + "Result", unregistered}}, nil
}

// typed returns the parameters that an Inform must carry because the ACS does not
// know them yet, although it may leave out the carrier's own.
func (c *CPE) typed() []string {
	r := c.schema.model.Registration
	switch {
	case c.Typing != typingNew:
		return nil
	case r.Password == "":
		return []string{c.path(r.Code)}
	}
	return []string{c.path(r.Code), c.path(r.Password)}
}

// typingTold notes that the ACS has heard of events, and with them of what was typed.
// After a first contact, which tells of nothing else, it still has to.
func (c *CPE) typingTold(events []cwmp.Event) {
	bind := cwmp.Event{Code: c.schema.model.Registration.Event}
	switch {
	case c.Typing != typingNew:
	case slices.Contains(events, bind):
		c.Typing = typingSent
	case slices.ContainsFunc(events, isBootstrap):
		c.enqueue(bind)
	}
}

// judged takes a verdict about what was typed from values that the ACS wrote.
func (c *CPE) judged(written map[string]string) {
	r := c.schema.model.Registration
	if c.Typing == typingNone || c.Typing == typingNew {
		return
	}
	if r.UserInfo != "" {
		if c.wrote(written, r.UserInfo+"Status") || c.wrote(written, r.UserInfo+"Result") {
			c.Typing = typingNone
		}
		return
	}
	asks := r.Shows[c.Values[c.path(r.Switch)]] == PageAsk
	switch {
	case c.wrote(written, r.Switch) && asks:
		c.Typing = typingAgain
	case c.wrote(written, r.Switch), c.wrote(written, c.schema.model.Account) && !asks:
		c.Typing = typingNone
	}
}

// wrote tells whether a path relative to the root is among written parameters.
func (c *CPE) wrote(written map[string]string, path string) bool {
	_, is := written[c.path(path)]
	return is
}
