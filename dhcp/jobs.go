package dhcp

import (
	"net/netip"
	"sync"

	"itms"
)

// job is a lease that waits to be written.
type job struct {
	req   *request
	offer *offer // that is held for it; nil where the lease stands already
	lease *itms.Lease
	// What the transaction found; it may run more than once.
	fate  fate
	freed []netip.Addr // addresses that the client had before
}

// fate is what became of a job in its transaction.
type fate uint8

// Fates.
const (
	fateStored fate = iota
	fateTaken       // another client has the address
	fateOver        // there are too many clients behind the modem
	fateGone        // the lease is not what it was when this was decided
)

// jobs is the line of leases to be written.
type jobs struct {
	most int

	mu     sync.Mutex // guards all below
	list   []*job
	closed bool
	more   sync.Cond
}

func newJobs(most int) *jobs {
	j := &jobs{most: most}
	j.more.L = &j.mu
	return j
}

// put adds a job, and reports whether there was room.
func (j *jobs) put(one *job) bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.closed || len(j.list) >= j.most {
		return false
	}
	j.list = append(j.list, one)
	j.more.Signal()
	return true
}

// long reports whether more wait than two batches: who begins now would wait too long.
func (j *jobs) long() bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	return len(j.list) > committers*commitBatch
}

// take waits for jobs and returns up to most of them, none once the line is closed.
func (j *jobs) take(most int) []*job {
	j.mu.Lock()
	defer j.mu.Unlock()
	for len(j.list) == 0 && !j.closed {
		j.more.Wait()
	}
	if j.closed {
		return nil
	}
	n := min(most, len(j.list))
	taken := j.list[:n:n]
	j.list = j.list[n:]
	if len(j.list) > 0 {
		j.more.Signal() // for the other committer
	}
	return taken
}

// close ends all waiting.
func (j *jobs) close() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.closed = true
	j.more.Broadcast()
}
