package boltdb

import (
	"slices"
	"time"

	"itms"
	"itms/store/internal/record"
)

// replies is itms.Replies.
type replies struct{ t *tx }

// Get returns the reply of a key.
func (r replies) Get(key string) (*itms.Reply, error) {
	return load[itms.Reply](r.t, inReplies, "reply", key)
}

// Insert stores a new reply.
func (r replies) Insert(reply *itms.Reply) error {
	return r.write(reply, func(old *itms.Reply) error {
		if old != nil {
			return record.DuplicateReply()
		}
		return nil
	})
}

// Put replaces a known reply.
func (r replies) Put(reply *itms.Reply) error {
	return r.write(reply, func(old *itms.Reply) error {
		if old == nil {
			return itms.NotFound("reply", reply.Key)
		}
		return nil
	})
}

// write stores a reply unless what is there is refused.
func (r replies) write(reply *itms.Reply, refuse func(old *itms.Reply) error) error {
	if err := r.t.mayWrite(); err != nil {
		return err
	}
	doc, err := record.Reply(reply)
	if err != nil {
		return err
	}
	old, err := find[itms.Reply](r.t, inReplies, reply.Key)
	if err == nil {
		err = refuse(old)
	}
	if err != nil {
		return err
	}
	if err := r.t.move(inReplyTime, replyTime(old), replyTime(reply), nil); err != nil {
		return err
	}
	return r.t.put(inReplies, []byte(reply.Key), doc)
}

// replyTime is the place of a reply in time, nil for none.
func replyTime(reply *itms.Reply) []byte {
	if reply == nil {
		return nil
	}
	return append(instant(itms.Timestamp(reply.At)), reply.Key...)
}

// Delete removes a reply.
func (r replies) Delete(key string) error {
	if err := r.t.mayWrite(); err != nil {
		return err
	}
	old, err := find[itms.Reply](r.t, inReplies, key)
	if err != nil || old == nil {
		return err
	}
	return r.remove(replyTime(old))
}

// remove drops the reply that stands at a place in time.
func (r replies) remove(at []byte) error {
	if err := r.t.drop(inReplies, at[timeLen:]); err != nil {
		return err
	}
	return r.t.drop(inReplyTime, at)
}

// timeLen is the length of a time within a key.
const timeLen = 8

// Trim removes replies that are old or too many.
func (r replies) Trim(before time.Time, keep int) (int, error) {
	if err := r.t.mayWrite(); err != nil {
		return 0, err
	}
	var all [][]byte // oldest first
	for k := range r.t.ascend(inReplyTime, nil, nil) {
		all = append(all, slices.Clone(k))
	}
	before = itms.Timestamp(before)
	old := slices.IndexFunc(all, func(k []byte) bool { return !readInstant(k[:timeLen]).Before(before) })
	if old < 0 {
		old = len(all)
	}
	gone := all[:max(old, len(all)-max(keep, 0))]
	for _, at := range gone {
		if err := r.remove(at); err != nil {
			return 0, err
		}
	}
	return len(gone), nil
}
