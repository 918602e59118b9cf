package acs

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"itms"
)

func TestOptionsAreChecked(t *testing.T) {
	for pointer, change := range map[string]func(*Options){
		"/planner":        func(o *Options) { o.Planner = nil },
		"/node":           func(o *Options) { o.Node = "a;b" },
		"/auth":           func(o *Options) { o.Auth = "" },
		"/username":       func(o *Options) { o.Auth, o.Username = AuthDigest, "u" },
		"/forwardKey":     func(o *Options) { o.ForwardKey = []byte("short") },
		"/sessionTimeout": func(o *Options) { o.SessionTimeout = -1 },
	} {
		o := Options{Planner: newPlanner(), Node: "n1", Auth: AuthNone}
		change(&o)
		srv, err := New(o)
		if srv != nil || !itms.IsKind(err, itms.KindInvalid) || !strings.Contains(err.Error(), pointer) {
			t.Errorf("%s: %v", pointer, err)
		}
	}
}

func TestMetricsAreRegisteredOnce(t *testing.T) {
	registry := prometheus.NewRegistry()
	first, err := New(Options{Planner: newPlanner(), Node: "n1", Auth: AuthNone, Registerer: registry})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := New(Options{Planner: newPlanner(), Node: "n1", Auth: AuthNone, Registerer: registry}); !itms.IsKind(err, itms.KindInvalid) {
		t.Error("registered twice:", err)
	}
	if err := first.Close(context.Background()); err != nil {
		t.Fatal(err)
	}
	newServer(t, newPlanner(), func(o *Options) { o.Registerer = registry }) // there is room again
}

func TestHTTPServerHasLimits(t *testing.T) {
	hs := newServer(t, newPlanner(), func(o *Options) { o.SessionTimeout = time.Minute }).HTTPServer()
	if hs.ReadHeaderTimeout == 0 || hs.ReadTimeout == 0 || hs.WriteTimeout == 0 || hs.MaxHeaderBytes == 0 || hs.ConnContext == nil {
		t.Errorf("%+v", hs)
	}
	if hs.IdleTimeout <= time.Minute {
		t.Error("idle connections die before their sessions:", hs.IdleTimeout)
	}
	if hs.Protocols.HTTP2() {
		t.Error("HTTP/2 is on")
	}
}
