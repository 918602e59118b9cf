package boltdb

import (
	bolt "go.etcd.io/bbolt"

	"itms"
	"itms/store/internal/record"
)

// listedVersion is the layout that has an index for each column.
const listedVersion = 5

// reindex makes the columns of what an older program stored, and the names by which
// services are found.
func reindex(btx *bolt.Tx) error {
	if err := relist(btx, inDevices, deviceColumns); err != nil {
		return err
	}
	if err := relist(btx, inOrders, orderColumns); err != nil {
		return err
	}
	terms := btx.Bucket([]byte(bucketNames[inTerms]))
	return btx.Bucket([]byte(bucketNames[inServices])).ForEach(func(k, v []byte) error {
		svc, err := record.Decode[itms.Service](v)
		if err != nil {
			return err
		}
		for _, term := range svc.Terms() {
			if err := terms.Put(termKey(term, itms.RefService, string(k)), []byte{}); err != nil {
				return err
			}
		}
		return nil
	})
}

// relist makes the columns of all things of a bucket.
func relist[T any](btx *bolt.Tx, in bucket, columns []column[T]) error {
	return btx.Bucket([]byte(bucketNames[in])).ForEach(func(_, doc []byte) error {
		v, err := record.Decode[T](doc)
		if err != nil {
			return err
		}
		for _, c := range columns {
			if err := btx.Bucket([]byte(bucketNames[c.in])).Put(c.key(v), []byte{}); err != nil {
				return err
			}
		}
		return nil
	})
}
