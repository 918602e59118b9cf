package wake

import "itms"

// Topics is a set of topics, small enough to be kept per transaction.
type Topics uint16

// The topics as sets of one.
const (
	Journal Topics = 1 << iota
	Outbox
	Agenda
	Tokens
	Traces
	People
	Audit
	Profiles
	Subscriptions
)

// Every is the set of all topics.
const Every = Journal | Outbox | Agenda | Tokens | Traces | People | Audit | Profiles | Subscriptions

// names are the topics in the order of their bits.
var names = [...]itms.Topic{itms.TopicJournal, itms.TopicOutbox, itms.TopicAgenda, itms.TopicTokens, itms.TopicTraces, itms.TopicPeople, itms.TopicAudit, itms.TopicProfiles,
	itms.TopicSubscriptions}

// All yields the topics of the set.
func (t Topics) All(yield func(itms.Topic) bool) {
	for i, name := range names {
		if t&(1<<i) != 0 && !yield(name) {
			return
		}
	}
}

// Parse returns the set of one named topic, empty for an unknown name.
func Parse(name string) Topics {
	for i, n := range names {
		if string(n) == name {
			return 1 << i
		}
	}
	return 0
}
