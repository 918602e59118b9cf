package acs

import (
	"cmp"
	"time"
)

// What one session, one connection and one source may use. The numbers bound
// what a broken or hostile CPE costs; an honest one comes nowhere near.
const (
	// defaultBodyBytes is below the 32 MiB the decoder takes: a full tree of
	// 20,000 parameters, the largest seen in the field, is 5 MB.
	defaultBodyBytes = 16 << 20
	// defaultSessions at about 2 kB each; more than a node serves in the 30 s
	// that an abandoned session stays.
	defaultSessions = 100_000
	// defaultMessages is the count of POSTs and decisions in one session:
	// reading 20,000 parameters in batches of 50 takes 400.
	defaultMessages = 500
	// defaultSessionBytes bounds all bodies of one session together.
	defaultSessionBytes = 128 << 20
	// defaultSessionTime ends a session that is kept alive for ever.
	defaultSessionTime = time.Hour

	// informsWithoutProgress is how many Informs of one device in a row a
	// connection may carry when none leads to another POST: a CPE that cannot
	// parse our answer was seen to send one every 44 ms.
	informsWithoutProgress = 3

	// defaultSessionTimeout is what TR-069 Amd 6 §3.7.1.1 recommends.
	defaultSessionTimeout = 30 * time.Second
	// minCPETimeout and maxCPETimeout bound the SessionTimeout header of a CPE.
	minCPETimeout = 10 * time.Second
	maxCPETimeout = 600 * time.Second
	// endedLinger is how long the cookie of an ended session is known: old CPEs
	// close with two empty POSTs, some send a late answer.
	endedLinger = 30 * time.Second
	// plannerTime is when a planner call is given up: the CPE does not wait
	// longer than 30 s for an answer.
	plannerTime = 25 * time.Second

	// discardBytes is the longest body read away unseen, so that the connection
	// survives the 401; the first Inform of an honest CPE is below 16 kB.
	discardBytes = 64 << 10
	// largeBody is where a body counts as large, and largeBodies how many may be
	// in memory at once: together at most 8 times the body limit.
	largeBody   = 1 << 20
	largeBodies = 8
	// keptBuffer is the largest buffer given back to the pool.
	keptBuffer = 256 << 10

	// headerTimeout, readTimeout, writeTimeout: the slowest honest CPE is a
	// gateway on a 64 kbit/s uplink sending 100 kB.
	headerTimeout = 10 * time.Second
	readTimeout   = 60 * time.Second
	writeTimeout  = 2 * time.Minute
	// largeTimeout replaces readTimeout for a large body on a slow uplink.
	largeTimeout = 5 * time.Minute
	// idleGrace is added to the session timeout for idle connections, so that a
	// CPE without cookies does not lose its session to a closed connection.
	idleGrace = 10 * time.Second
	// headerBytes: an honest request has below 2 kB of headers.
	headerBytes = 16 << 10

	// wrongPerWindow wrong credentials of one source within wrongWindow close the
	// door to it for wrongPenalty. A whole estate may hide behind one address,
	// so a single box with an old password must not close it.
	wrongPerWindow = 20
	wrongWindow    = time.Minute
	wrongPenalty   = time.Minute
	// wrongPerName wrong credentials for one user name from one source shut that name
	// out there; those of one device are not taken then even if they are right.
	wrongPerName = 10
	// wrongPerNameAll for one name from all sources raise the alarm: an estate with an
	// old password comes near, one by one.
	wrongPerNameAll = 200
	// maxSources bounds the memory of it, at about 100 bytes each.
	maxSources = 10_000

	// retryAfter is what a 503 asks for, in seconds; up to as much again is added
	// at random so that refused CPEs do not come back together.
	retryAfter = 30
	// busyAfter is the same for a POST of a session that is just being served.
	busyAfter = 1

	// maxNotes bounds the oddities remembered of one session for its log event.
	maxNotes = 8
	// maxFaults bounds the faults kept in a summary.
	maxFaults = 32
	// maxText clips a fault text in a summary.
	maxText = 256
)

// Limits bound what one device may use. Zero fields mean the default.
type Limits struct {
	BodyBytes    int64         // of one POST, also after decompression; default 16 MiB, at most 32 MiB
	Serving      int           // POSTs served at once; with more, Informs are turned away by class; default 1024
	Sessions     int           // live at once; more Informs get 503; default 100,000
	Messages     int           // of one session; default 500
	SessionBytes int64         // received in one session; default 128 MiB
	SessionTime  time.Duration // of one session; default 1 h
}

// withDefaults fills the zero fields.
func (l Limits) withDefaults() Limits {
	l.BodyBytes = cmp.Or(l.BodyBytes, defaultBodyBytes)
	l.Serving = cmp.Or(l.Serving, defaultServing)
	l.Sessions = cmp.Or(l.Sessions, defaultSessions)
	l.Messages = cmp.Or(l.Messages, defaultMessages)
	l.SessionBytes = cmp.Or(l.SessionBytes, defaultSessionBytes)
	l.SessionTime = cmp.Or(l.SessionTime, defaultSessionTime)
	return l
}
