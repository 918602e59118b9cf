package config

import "fmt"

// TMF is the TM Forum door: how its senders are read, and what they call things.
type TMF struct {
	Default      string `yaml:"default" doc:"how senders of TM Forum orders are read that are not listed in senders: lenient (what can be understood is put right, what is unknown is kept) or strict (what the standard does not know is refused)"`
	Senders      Free   `yaml:"senders" doc:"NAME: strict or NAME: lenient, by the name of the sender's token"`
	ServiceTypes Free   `yaml:"serviceTypes" doc:"WORD: iptv, internet or voip: what senders call services, besides the usual words; case, spaces and punctuation of a word do not count"`
}

// tmf checks the words of the TM Forum door.
func (p *problems) tmf() {
	t := p.config.TMF
	p.oneOf("tmf.default", t.Default, "strict", "lenient")
	for _, e := range t.Senders {
		p.oneOf("tmf.senders."+e.Key, fmt.Sprint(e.Value), "strict", "lenient")
	}
	for _, e := range t.ServiceTypes {
		p.oneOf("tmf.serviceTypes."+e.Key, fmt.Sprint(e.Value), "iptv", "internet", "voip")
	}
}
