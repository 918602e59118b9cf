package acs

import (
	"strings"
	"testing"

	"itms"
	"itms/cwmp"
)

// manners are the ways in which a model may want to be spoken to, and what shows in the
// answers of a session: the InformResponse, a SetParameterValues, a GetParameterNames
// and the end.
var manners = map[string]struct {
	manner                   itms.Manner
	response, set, get, none string // what the texts begin with or contain
	status                   int
}{
	"usual":        {itms.Manner{}, "<soap-env:Envelope", "xsd:boolean\">1</Value>", "<NextLevel>1</NextLevel>", "<?xml", 204},
	"declaration":  {itms.Manner{XMLDeclaration: true}, `<?xml version="1.0" encoding="UTF-8"?><soap-env:Envelope`, "<?xml", "<?xml", "nothing", 204},
	"empty 200":    {itms.Manner{Empty200: true}, "<soap-env:Envelope", "<ParameterKey>k</ParameterKey>", "<NextLevel>1<", "<?xml", 200},
	"without keys": {itms.Manner{OmitParameterKey: true}, "<soap-env:Envelope", "</ParameterList></cwmp:SetParameterValues>", "<NextLevel>1<", "ParameterKey", 204},
	"words":        {itms.Manner{BooleanWords: true}, "<soap-env:Envelope", "xsd:boolean\">true</Value>", "<NextLevel>true</NextLevel>", ">1</", 204},
}

func TestMannerOfTheModel(t *testing.T) {
	for name, want := range manners {
		t.Run(name, func(t *testing.T) {
			p := newPlanner(itms.SetValues{Key: "k", Values: []itms.SetValue{{Name: "Device.A", Value: "1", Type: itms.TypeBoolean}}},
				itms.GetNames{Path: "Device.", NextLevel: true})
			p.contact = func(c *itms.Contact) error { c.Manner = want.manner; return nil }
			c := newCPE(t, serve(t, newServer(t, p)))
			response := c.inform()
			if !strings.HasPrefix(response.text, want.response) {
				t.Errorf("the answer to the Inform: %s", response.text)
			}
			set := c.post("")
			get := c.respond(set, &cwmp.SetParameterValuesResponse{})
			for text, holds := range map[string]string{set.text: want.set, get.text: want.get} {
				if !strings.Contains(text, holds) || strings.Contains(withoutHeader(text), want.none) {
					t.Errorf("without %s or with %s: %s", holds, want.none, text)
				}
			}
			end := c.respond(get, &cwmp.GetParameterNamesResponse{})
			if end.StatusCode != want.status || end.text != "" || end.ContentLength != 0 {
				t.Errorf("the end: %d, %d bytes", end.StatusCode, end.ContentLength)
			}
			if again := c.post(""); again.StatusCode != want.status {
				t.Errorf("after the end: %d", again.StatusCode)
			}
		})
	}
}

// withoutHeader is the message without its SOAP header, where booleans are those of SOAP.
func withoutHeader(text string) string {
	start, rest, _ := strings.Cut(text, "<soap-env:Header>")
	_, body, _ := strings.Cut(rest, "</soap-env:Header>")
	return start + body
}

// A device that is refused is answered in its manner, too: it must be able to read that.
func TestMannerOfABlockedDevice(t *testing.T) {
	p := newPlanner(someReboot)
	p.contact = func(c *itms.Contact) error {
		c.Manner = itms.Manner{XMLDeclaration: true, Empty200: true}
		return itms.Errorf(itms.KindForbidden, itms.CodeForbidden, "blocked")
	}
	c := newCPE(t, serve(t, newServer(t, p)))
	if a := c.inform(); !strings.HasPrefix(a.text, "<?xml") {
		t.Error(a.text)
	}
	c.post("").want(t, 200)
	if len(p.work) != 1 {
		t.Error("a blocked device was given work")
	}
}
