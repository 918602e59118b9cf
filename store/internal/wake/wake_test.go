package wake

import (
	"context"
	"slices"
	"sync"
	"testing"

	"go.uber.org/goleak"

	"itms"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// pending reports whether a hint waits.
func pending(ch <-chan struct{}) bool { return len(ch) == 1 }

// TestSignal: the topics' readers get one hint, others none.
func TestSignal(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	var h Hub
	h.Signal(Every) // nobody waits
	journal, outbox, agenda := h.Subscribe(ctx, itms.TopicJournal), h.Subscribe(ctx, itms.TopicOutbox), h.Subscribe(ctx, itms.TopicAgenda)
	h.Signal(0)
	if pending(journal) || pending(outbox) || pending(agenda) {
		t.Error("a hint for nothing")
	}
	for range 3 {
		h.Signal(Journal | Agenda)
	}
	if !pending(journal) || pending(outbox) || !pending(agenda) {
		t.Errorf("hints: %v %v %v", pending(journal), pending(outbox), pending(agenda))
	}
	<-journal
	if pending(journal) {
		t.Error("more than one hint pending")
	}
}

// TestEnd: a channel closes with its context, and signals go on.
func TestEnd(t *testing.T) {
	var h Hub
	ctx, cancel := context.WithCancel(context.Background())
	ch := h.Subscribe(ctx, itms.TopicJournal)
	cancel()
	for range ch { // until it is closed
	}
	h.Signal(Every)
	over, cancel := context.WithCancel(context.Background())
	cancel()
	for range h.Subscribe(over, itms.TopicJournal) { // closed although nobody signals
	}
}

// TestCrowd: readers come and go while others signal.
func TestCrowd(t *testing.T) {
	var h Hub
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for range 50 {
				ctx, cancel := context.WithCancel(context.Background())
				ch := h.Subscribe(ctx, itms.TopicOutbox)
				h.Signal(Outbox)
				<-ch
				cancel()
				for range ch {
				}
			}
		})
	}
	all.Wait()
}

// TestTopics: names and sets agree.
func TestTopics(t *testing.T) {
	if got := slices.Collect(Every.All); !slices.Equal(got, []itms.Topic{itms.TopicJournal, itms.TopicOutbox, itms.TopicAgenda, itms.TopicTokens, itms.TopicTraces, itms.TopicPeople, itms.TopicAudit, itms.TopicProfiles, itms.TopicSubscriptions}) {
		t.Errorf("every topic: %v", got)
	}
	for topic := range Every.All {
		if got := slices.Collect(Parse(string(topic)).All); !slices.Equal(got, []itms.Topic{topic}) {
			t.Errorf("%s parsed as %v", topic, got)
		}
		break // a consumer may stop
	}
	if Parse("unknown") != 0 {
		t.Error("an unknown name is a topic")
	}
}
