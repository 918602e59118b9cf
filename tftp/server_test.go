package tftp

import (
	"context"
	"errors"
	"net/netip"
	"runtime"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// TestLimits: beyond them requests are not answered, and counted.
func TestLimits(t *testing.T) {
	for word, o := range map[string]Options{
		"busy":   {Limits: Limits{Transfers: 2}},
		"client": {Limits: Limits{PerClient: 2}},
		"rate":   {Limits: Limits{PerSecond: 2}},
	} {
		o.Source, o.Clock = files{"cm": octets(5)}, newClock().read
		s, at := serve(t, "127.0.0.1:0", o)
		for range 2 {
			p := newPeer(t, "127.0.0.1")
			p.ask(at, "cm", "")
			p.data(1, 5)
		}
		p, other := newPeer(t, "127.0.0.1"), newPeer(t, "127.0.0.2")
		p.ask(at, "cm", "")
		wait(t, s, "refused_total", word, 1)
		if word != "busy" {
			other.ask(at, "cm", "")
			other.data(1, 5)
		}
	}
}

// TestRelaysAreNotLimited: many clients are behind one address.
func TestRelaysAreNotLimited(t *testing.T) {
	_, at := serve(t, "127.0.0.1:0", Options{Source: files{"cm": octets(5)}, Limits: Limits{PerClient: 2, PerSecond: 2},
		Relays: []netip.Prefix{netip.MustParsePrefix("127.0.0.8/29")}})
	for range 10 {
		p := newPeer(t, "127.0.0.9")
		p.ask(at, "cm", "")
		p.data(1, 5)
	}
}

// TestPortsOfOneClient: a client has no more transfers from one port than we have ports.
func TestPortsOfOneClient(t *testing.T) {
	s, at := serve(t, "127.0.0.1:0", Options{Source: files{"a": octets(1), "b": octets(2), "c": octets(3)}, Ports: 2})
	p := newPeer(t, "127.0.0.1")
	p.ask(at, "a", "")
	p.data(1, 1)
	p.ask(at, "b", "")
	p.data(1, 2)
	p.ask(at, "c", "")
	wait(t, s, "refused_total", "client", 1)
	p.ack(1) // of b
	wait(t, s, "transfers_total", "complete", 1)
	p.ask(at, "c", "")
	p.data(1, 3)
}

// TestCloseLetsTransfersEnd: those in flight go on, new ones are not served.
func TestCloseLetsTransfersEnd(t *testing.T) {
	for _, single := range []bool{false, true} {
		source := newTold(Content{Bytes: octets(600)})
		s, at := serve(t, "127.0.0.1:0", Options{Source: source, SinglePort: single, drain: time.Hour})
		p := newPeer(t, "127.0.0.1")
		p.ask(at, "cm", "")
		p.data(1, 512)
		closed := make(chan error)
		go func() { closed <- s.Close(context.Background()) }()
		for s.table.open() {
			runtime.Gosched()
		}
		newPeer(t, "127.0.0.1").ask(at, "cm", "")
		p.ack(1)
		p.data(2, 88)
		p.ack(2)
		if err := <-closed; err != nil {
			t.Error(err)
		}
		if r := result(t, source.results); !r.Complete || len(source.requests) != 1 {
			t.Errorf("%+v, %d opened", r, len(source.requests))
		}
	}
}

// TestCloseDoesNotWaitForEver for a client that is gone, and that is no failure.
func TestCloseDoesNotWaitForEver(t *testing.T) {
	source := newTold(Content{Bytes: octets(600)})
	s, at := serve(t, "127.0.0.1:0", Options{Source: source, drain: time.Millisecond})
	p := newPeer(t, "127.0.0.1")
	p.ask(at, "cm", "")
	p.data(1, 512)
	if err := s.Close(t.Context()); err != nil {
		t.Error(err)
	}
	if r := result(t, source.results); r.Outcome != Stopped {
		t.Errorf("%+v", r)
	}
}

// TestCloseGivesUp: with its ctx, also those that are being opened.
func TestCloseGivesUp(t *testing.T) {
	opened := make(chan struct{})
	results := make(chan Result, 10)
	source := SourceFunc(func(ctx context.Context, r Request) (Content, error) {
		if r.Name == "slow" {
			close(opened)
			<-ctx.Done()
		}
		return Content{Bytes: octets(5), Done: func(r Result) { results <- r }}, nil
	})
	s, at := serve(t, "127.0.0.1:0", Options{Source: source})
	p, slow := newPeer(t, "127.0.0.1"), newPeer(t, "127.0.0.1")
	p.ask(at, "cm", "")
	p.data(1, 5)
	slow.ask(at, "slow", "")
	<-opened
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := s.Close(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	for range 2 {
		if r := result(t, results); r.Outcome != Stopped {
			t.Errorf("%+v", r)
		}
	}
	p.refused(codeUndefined)
	if _, err := s.Listen(t.Context(), "127.0.0.1:0"); !errors.Is(err, errClosed) {
		t.Errorf("a closed server listens: %v", err)
	}
}

// TestOptionsThatCannotWork are told by New.
func TestOptionsThatCannotWork(t *testing.T) {
	for _, o := range []Options{{}, {Source: files{}, Ports: -1}, {Source: files{}, Ports: 257}, {Source: files{}, Limits: Limits{BlockSize: 7}},
		{Source: files{}, Limits: Limits{Window: 70_000}}} {
		if _, err := New(o); err == nil {
			t.Errorf("%+v works", o)
		}
	}
}

// TestMetricsMoveToTheNextServer: they are registered once, and free after Close.
func TestMetricsMoveToTheNextServer(t *testing.T) {
	o := Options{Source: files{}, Registerer: prometheus.NewRegistry()}
	for range 2 {
		s, err := New(o)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := New(o); err == nil {
			t.Error("two servers count as one")
		}
		if err := s.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}
