package acs

import (
	"fmt"
	"testing"
	"time"
)

func TestSourcesForget(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	s := newSources(func() time.Time { return now })
	for i := range maxSources + 500 {
		s.wrong(fmt.Sprintf("10.%d.%d.%d", i>>16, i>>8&255, i&255))
	}
	if len(s.tallies) > maxSources {
		t.Errorf("%d sources", len(s.tallies))
	}
	now = now.Add(2 * wrongWindow)
	s.wrong("192.0.2.1")
	if len(s.tallies) != 1 {
		t.Errorf("%d sources after the window", len(s.tallies))
	}
	for range wrongPerWindow - 2 {
		s.wrong("192.0.2.1")
	}
	now = now.Add(wrongWindow + 1) // a new window begins
	if s.wrong("192.0.2.1") || s.shut("192.0.2.1") != 0 || s.wrong("nonsense") || s.shut("nonsense") != 0 {
		t.Error("shut too early")
	}
}

func TestAShutSourceStaysShut(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	s := newSources(func() time.Time { return now })
	for range wrongPerWindow {
		s.wrong("192.0.2.1")
	}
	if s.wrong("192.0.2.1") || s.shut("192.0.2.1") == 0 {
		t.Error("one more wrong try opened the door")
	}
	now = now.Add(wrongPenalty)
	if s.shut("192.0.2.1") != 0 {
		t.Error("shut for ever")
	}
}
