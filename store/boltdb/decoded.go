package boltdb

import (
	"bytes"
	"hash/maphash"
	"sync/atomic"

	"itms/store/internal/record"
)

// cacheSlots bounds the decoded documents that are kept: at some 3 KB each, 24 MB. A
// session reads its device, binding and service several times within milliseconds,
// and decoding JSON was a quarter of an idle session's time.
const cacheSlots = 8192

// decodedCache keeps documents as decoded, each with the bytes it was decoded from.
// A hit needs the very same bytes in the database, so that it can never be stale
// and nothing has to be dropped when something is written.
type decodedCache struct {
	seed  maphash.Seed
	slots [cacheSlots]atomic.Pointer[decoded]
}

// decoded is one document; it is never changed.
type decoded struct {
	bucket bucket
	key    string
	data   []byte
	value  any
}

// newDecodedCache returns an empty cache.
func newDecodedCache() *decodedCache { return &decodedCache{seed: maphash.MakeSeed()} }

// slot is where a key's document stands, if it does.
func (c *decodedCache) slot(b bucket, key string) *atomic.Pointer[decoded] {
	return &c.slots[(maphash.String(c.seed, key)+uint64(b))%cacheSlots]
}

// cloner is a document that can be handed out more than once.
type cloner[T any] interface{ Clone() *T }

// decode returns the document that data holds, as the caller's own.
func decode[T any](c *decodedCache, b bucket, key string, data []byte) (*T, error) {
	v, err := look[T](c, b, key, data)
	if err != nil {
		return nil, err
	}
	if doc, ok := any(v).(cloner[T]); ok {
		return doc.Clone(), nil
	}
	return v, nil
}

// look returns the document that data holds, to be read only: it may be the cache's.
func look[T any](c *decodedCache, b bucket, key string, data []byte) (*T, error) {
	if _, ok := any((*T)(nil)).(cloner[T]); !ok {
		return record.Decode[T](data)
	}
	if e := c.slot(b, key).Load(); e != nil && e.bucket == b && e.key == key && bytes.Equal(e.data, data) {
		return e.value.(*T), nil
	}
	v, err := record.Decode[T](data)
	if err != nil {
		return nil, err
	}
	c.keep(b, key, bytes.Clone(data), v)
	return v, nil
}

// keep remembers a document. Neither data nor value may change after it.
func (c *decodedCache) keep(b bucket, key string, data []byte, value any) {
	c.slot(b, key).Store(&decoded{bucket: b, key: key, data: data, value: value})
}
