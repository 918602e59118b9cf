package acs

import (
	"context"
	"sync"
	"time"

	"itms"
	"itms/internal/stun"
)

// Notes of bindings: a device that moves costs one write in a batch, one that stays
// costs none.
const (
	notePause = 2 * time.Second // from the first note to the write of all
	noteBatch = 200             // bindings in one write
	// maxBindingNotes may wait; what is dropped is known to this node all the same.
	maxBindingNotes = 50_000
	noteTime        = 10 * time.Second // for one write
)

// bindingNotes collects bindings that are to be stored.
type bindingNotes struct {
	srv     *Server
	pause   time.Duration
	kick    chan struct{}
	mu      sync.Mutex
	waiting map[itms.DeviceID]itms.UDPBinding
}

// newBindingNotes makes an empty collection.
func newBindingNotes(srv *Server) *bindingNotes {
	return &bindingNotes{srv: srv, pause: notePause, kick: make(chan struct{}, 1), waiting: map[itms.DeviceID]itms.UDPBinding{}}
}

// bound takes a binding in. It never blocks.
func (n *bindingNotes) bound(b stun.Binding) {
	id, err := itms.ParseDeviceID(b.Username)
	if err != nil || n.srv.opt.Bound == nil {
		return // its password was found by this very name
	}
	n.mu.Lock()
	if len(n.waiting) < maxBindingNotes {
		n.waiting[id] = itms.UDPBinding{Address: b.Address.String(), Node: n.srv.opt.Node, At: itms.Timestamp(b.Seen)}
	}
	n.mu.Unlock()
	select {
	case n.kick <- struct{}{}:
	default:
	}
}

// run writes what was collected until the server stops.
func (n *bindingNotes) run() {
	defer n.srv.wg.Done()
	for {
		select {
		case <-n.srv.ctx.Done():
			return
		case <-n.kick:
		}
		if !pause(n.srv.ctx, n.pause) {
			return
		}
		for batch := n.take(); len(batch) > 0; batch = n.take() {
			n.write(batch)
		}
	}
}

// take removes a batch from the collection.
func (n *bindingNotes) take() map[itms.DeviceID]itms.UDPBinding {
	n.mu.Lock()
	defer n.mu.Unlock()
	batch := map[itms.DeviceID]itms.UDPBinding{}
	for id, b := range n.waiting {
		if len(batch) == noteBatch {
			break
		}
		batch[id] = b
		delete(n.waiting, id)
	}
	return batch
}

// write stores a batch. One that is lost costs the other nodes a way to its devices.
func (n *bindingNotes) write(batch map[itms.DeviceID]itms.UDPBinding) {
	ctx, cancel := context.WithTimeout(n.srv.ctx, noteTime)
	defer cancel()
	if err := n.srv.opt.Bound(ctx, batch); err != nil {
		n.srv.opt.Logger.Warn().Err(err).Int("bindings", len(batch)).Msg("UDP bindings are not stored")
	}
}
