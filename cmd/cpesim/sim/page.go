package sim

import "fmt"

// PageState is what the page of a box is about.
type PageState string

// The states of a page.
const (
	PageBlank   PageState = "blank"   // nothing to show
	PageService PageState = "service" // the values of the service are there and the page is off
	PageAsk     PageState = "ask"     // somebody is to type
	PageRefused PageState = "refused" // what was typed was wrong; somebody is to type again
	PageWait    PageState = "wait"    // sent, and no verdict or not all services yet
	PageDone    PageState = "done"
	PageFailed  PageState = "failed" // accepted, but the services could not be set up
	PageLocked  PageState = "locked" // too many tries; it takes no input
)

// Page is what the person in front of a box sees. Pages can be compared with ==.
type Page struct {
	State PageState `json:"state"`
	// Text is one line. It repeats nothing that was typed.
	Text string `json:"text"`
	// Progress is that of the services of a gateway, such as "0 of 2".
	Progress string `json:"progress,omitempty"`
}

// String is the page in one line.
func (p Page) String() string { return string(p.State) + ": " + p.Text }

// Asks tells whether the page wants somebody to type.
func (p Page) Asks() bool { return p.State == PageAsk || p.State == PageRefused }

// Page returns what the person in front of the box sees.
func (c *CPE) Page() Page {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.page()
}

func (c *CPE) page() Page {
	if object := c.schema.model.Registration.UserInfo; object != "" {
		return c.userInfoPage(object)
	}
	state := c.switchState()
	return Page{State: state, Text: switchTexts[state]}
}

// switchTexts are what a set-top box shows.
var switchTexts = map[PageState]string{
	PageBlank:   "Nothing is shown.",
	PageService: "The service is set up.",
	PageAsk:     "Enter the activation code.",
	PageRefused: "The activation code was refused. Enter the activation code.",
	PageWait:    "The activation code was sent. Waiting for the platform.",
	PageDone:    "The box is registered.",
}

// switchState is the state of a page that the ACS turns on and off.
func (c *CPE) switchState() PageState {
	r := c.schema.model.Registration
	switch state := r.Shows[c.Values[c.path(r.Switch)]]; {
	case c.Typing.open():
		return PageWait
	case state == PageAsk && c.Typing == typingAgain:
		return PageRefused
	case state != "":
		return state
	case c.schema.model.Account != "" && c.Values[c.path(c.schema.model.Account)] != "":
		return PageService
	}
	return PageBlank
}

// unregistered is the Status and the Result of a gateway that has no verdict.
const unregistered = "99"

// The other values of Status and Result that a page knows.
const (
	statusAccepted  = 0
	statusNothing   = 5
	resultDone      = 1
	resultFailed    = 2
	statusUndecided = 99
)

// verdicts are the words for the values of Status that refuse.
var verdicts = map[int]string{
	1: "the password is unknown",
	2: "the LOID is unknown",
	3: "LOID and password do not belong together",
	4: "the platform did not answer in time",
}

// userInfoPage is the page of a gateway.
func (c *CPE) userInfoPage(object string) Page {
	status, times, limit := c.number(object+"Status"), c.number(object+"Times"), c.number(object+"Limit")
	switch {
	case times >= limit:
		return Page{State: PageLocked, Text: fmt.Sprintf("Locked after %d of %d tries. The page takes no input.", times, limit)}
	case c.Typing.open():
		return Page{State: PageWait, Text: "LOID and password were sent. Waiting for the platform."}
	case status == statusUndecided:
		return Page{State: PageAsk, Text: "Enter LOID and password."}
	case status == statusNothing:
		return Page{State: PageDone, Text: "Registered already. There is nothing to set up."}
	case status != statusAccepted:
		return Page{State: PageRefused, Text: fmt.Sprintf("Refused: %s (try %d of %d). Enter LOID and password.", verdict(status), times, limit)}
	}
	return resultPage(c.number(object+"Result"), c.number(object+"ServiceNum"))
}

// verdict is why a gateway was refused.
func verdict(status int) string {
	if words, known := verdicts[status]; known {
		return words
	}
	return fmt.Sprintf("status %d", status)
}

// resultPage is the page of a gateway that was accepted.
func resultPage(result, services int) Page {
	switch result {
	case resultDone:
		return Page{State: PageDone, Text: "Registered. The services are set up."}
	case resultFailed:
		return Page{State: PageFailed, Text: "Registered, but the services could not be set up."}
	}
	progress := fmt.Sprintf("0 of %d", services)
	return Page{State: PageWait, Text: "Registered. " + progress + " services are set up.", Progress: progress}
}
