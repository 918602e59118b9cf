package main

import (
	"context"
	"encoding/json"
	"errors"
	"sync"
	"time"

	"itms"
	"itms/internal/lifecycle"
)

// Node list tuning.
const (
	nodePrefix = "node/"
	nodeBeat   = 10 * time.Second // between signs of life
	nodeDead   = 35 * time.Second // without one, a node is not asked any more
	nodeForget = 24 * time.Hour   // its entry is removed
	nodeCache  = 2 * time.Second  // how long a look-up is believed
)

// nodeEntry is one node in the settings of the shared store.
type nodeEntry struct {
	URL  string    `json:"url"`
	Seen time.Time `json:"seen"`
}

// nodes lets the nodes of one store find each other.
type nodes struct {
	store itms.Store
	self  string

	mu    sync.Mutex // guards known and asked
	known map[string]nodeEntry
	asked time.Time
}

// Lookup implements acs.Peers. A name that is not listed is believed to be unknown
// for as long: names come from devices' cookies, and must not cost a read each.
func (n *nodes) Lookup(ctx context.Context, name string) (string, bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if entry, ok := n.known[name]; time.Since(n.asked) > nodeCache {
		if err := n.refresh(ctx); err != nil {
			return entry.URL, ok // an old answer is better than none
		}
	}
	entry, ok := n.known[name]
	return entry.URL, ok && time.Since(entry.Seen) < nodeDead
}

// refresh reads the list.
func (n *nodes) refresh(ctx context.Context) error {
	return n.store.View(ctx, func(tx itms.Tx) error {
		all, err := tx.Settings().List(nodePrefix)
		if err != nil {
			return err
		}
		n.known, n.asked = map[string]nodeEntry{}, time.Now()
		for key, value := range all {
			var entry nodeEntry
			if json.Unmarshal(value, &entry) == nil {
				n.known[key[len(nodePrefix):]] = entry
			}
		}
		return nil
	})
}

// service keeps this node listed while it runs. Its URL is known once the CWMP door
// is open, and asked for once.
func (n *nodes) service(where func() string) lifecycle.Service {
	var loop lifecycle.Service
	return lifecycle.Service{Name: "nodes",
		Start: func(ctx context.Context) error {
			url := where()
			if err := n.beat(ctx, url); err != nil {
				return err
			}
			loop = lifecycle.Loop("nodes", nodeBeat, nodeBeat/5, func(ctx context.Context) { _ = n.beat(ctx, url) })
			return loop.Start(ctx)
		},
		Stop: func(ctx context.Context) error {
			return errors.Join(loop.Stop(ctx), n.store.Update(ctx, func(tx itms.Tx) error {
				return tx.Settings().Delete(nodePrefix + n.self)
			}))
		}}
}

// beat writes the sign of life and removes entries long dead.
func (n *nodes) beat(ctx context.Context, url string) error {
	now := itms.Timestamp(time.Now())
	value, err := json.Marshal(nodeEntry{URL: url, Seen: now})
	if err != nil {
		return err
	}
	return n.store.Update(ctx, func(tx itms.Tx) error {
		all, err := tx.Settings().List(nodePrefix)
		if err != nil {
			return err
		}
		for key, old := range all {
			var entry nodeEntry
			if json.Unmarshal(old, &entry) != nil || now.Sub(entry.Seen) > nodeForget {
				if err := tx.Settings().Delete(key); err != nil {
					return err
				}
			}
		}
		return tx.Settings().Put(nodePrefix+n.self, value)
	})
}
