package boltdb

import (
	"encoding/binary"
	"time"

	"itms/store/internal/record"
)

// bucket is one of the file's top-level buckets.
type bucket int

// The buckets. Keys that are made of several parts have a zero byte between them;
// numbers and times are 8 bytes, big-endian, so that they sort.
const (
	inMeta                 bucket = iota // name -> text
	inDevices                            // id -> document
	inDeviceState                        // state, id
	inParams                             // device, where a block begins (left out for the first) -> block
	inContacts                           // device -> last session
	inSessions                           // device, start + session id -> session
	inServices                           // id -> document
	inBindings                           // id -> document
	inBindingDevice                      // device -> the binding in force
	inBindingSlot                        // service, open state -> binding
	inBindingGen                         // service, generation + id
	inOrders                             // id -> document
	inOrderNumber                        // source, number -> id
	inOrderState                         // state, id; entries of older programs have a value, for this and the next two
	inOrderKind                          // kind, id
	inOrderArea                          // area, id
	inTerms                              // type, value, kind, id
	inJournal                            // sequence -> event
	inJournalDevice                      // device, sequence
	inOutbox                             // id -> queued delivery
	inOutboxStream                       // stream, position -> id
	inOutboxHeads                        // time + position -> id, of each stream's oldest
	inAgenda                             // key -> time
	inAgendaDue                          // time + key
	inTokens                             // hash -> document
	inSettings                           // key -> bytes
	inActivations                        // hash -> document
	inStock                              // MAC -> document
	inStockState                         // state, MAC -> batch
	inStockBatch                         // batch, MAC -> state
	inTasks                              // id -> document
	inTaskDevice                         // device, id
	inTaskOpen                           // device, id, of tasks that have not ended
	inEndings                            // order -> document
	inEndingDay                          // day, order -> what is counted by
	inTaskBatch                          // batch, state, task id
	inBatches                            // id -> document
	inChanges                            // device, number -> changed values, of one transaction
	inFiles                              // id -> document
	inFileKind                           // kind, id
	inFileSum                            // SHA-256, id -> kind
	inFileOffer                          // kind, id of an offered file -> SHA-256
	inChunks                             // id, number -> content
	inTransfers                          // token -> document
	inTransferTask                       // task, token
	inTransferFile                       // file, expiry + token, of transfers that were not closed
	inTransferDue                        // expiry + token
	inTraces                             // id -> document
	inTraceMessages                      // trace, sequence -> message
	inLeases                             // address -> document; what it is found by is in memory, see leaseindex.go
	inDeviceModel                        // model, id
	inDeviceVendor                       // manufacturer, id
	inDeviceArea                         // area, id
	inDeviceLight                        // light, id
	inOrderMode                          // mode, id
	inOrderLight                         // light, id
	inReplies                            // key -> document
	inReplyTime                          // time + key
	inUsers                              // name -> document
	inUserSubject                        // subject -> name
	inSignIns                            // hash -> document
	inSignInUser                         // user, hash
	inSignInDue                          // expiry + hash
	inAudit                              // sequence -> entry
	inAuditTarget                        // kind, id, sequence
	inAuditActor                         // actor, sequence
	inAuditSeals                         // sequence -> seal
	inServiceOrders                      // id -> document
	inServiceOrderNumber                 // source, external id -> id
	inServiceOrderSource                 // source, id
	inServiceOrderState                  // state, id
	inServiceOrderArea                   // area, id
	inServiceOrderExternal               // external id, id
	inOutboxLane                         // lane, position -> id
	inOutboxLaneHeads                    // lane, time + position -> id, of each stream's oldest
	inSubscriptions                      // id -> document
	inDeadLetters                        // subscription, id -> document
	inAccess                             // session of the network's access, id -> document
	inAccessFind                         // column, text, place
	inAccessDue                          // state, last word or end, id
	bucketCount
)

// bucketNames are the names in the file; they never change.
var bucketNames = [bucketCount]string{"meta", "devices", "device_state", "params", "contacts", "sessions",
	"services", "bindings", "binding_device", "binding_slot", "binding_gen",
	"orders", "order_number", "order_state", "order_kind", "order_area", "terms",
	"journal", "journal_device", "outbox", "outbox_stream", "outbox_heads",
	"agenda", "agenda_due", "tokens", "settings",
	"activations", "stock", "stock_state", "stock_batch", "tasks", "task_device", "task_open",
	"endings", "ending_day", "task_batch", "batches", "changes",
	"files", "file_kind", "file_sum", "file_offer", "chunks", "transfers", "transfer_task", "transfer_file", "transfer_due", "traces", "trace_messages",
	"leases", "device_model", "device_vendor", "device_area", "device_light", "order_mode", "order_light",
	"replies", "reply_time", "users", "user_subject", "sign_ins", "sign_in_user", "sign_in_due", "audit", "audit_target", "audit_actor", "audit_seals",
	"service_orders", "service_order_number", "service_order_source", "service_order_state", "service_order_area", "service_order_external",
	"outbox_lane", "outbox_lane_heads", "subscriptions", "dead_letters",
	"access_sessions", "access_session_find", "access_session_due"}

// Keys in inMeta.
var (
	keySchema    = []byte("schema")
	keyOutboxPos = []byte("outbox_position")
)

// join makes a key of several parts.
func join(parts ...string) []byte {
	n := len(parts)
	for _, p := range parts {
		n += len(p)
	}
	key := make([]byte, 0, n)
	for i, p := range parts {
		if i > 0 {
			key = append(key, 0)
		}
		key = append(key, p...)
	}
	return key
}

// under returns the prefix of all keys that start with these parts, whole.
func under(parts ...string) []byte { return append(join(parts...), 0) }

// number writes n so that it sorts.
func number(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }

// instant writes t so that it sorts, times before 1970 included.
func instant(t time.Time) []byte { return record.AppendInstant(nil, t) }

// readInstant reads what instant wrote.
func readInstant(b []byte) time.Time { return record.ReadInstant(b) }

// after returns the first key behind all keys with the prefix, nil when there is
// none.
func after(prefix []byte) []byte {
	end := append([]byte(nil), prefix...)
	for i := len(end) - 1; i >= 0; i-- {
		if end[i]++; end[i] != 0 {
			return end[:i+1]
		}
	}
	return nil
}
