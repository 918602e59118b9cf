package main

import (
	"cmp"
	"context"
	"io"
	"os"
	"slices"
	"time"

	"itms"
	"itms/web/api"
)

// systemDesk tells the REST door of the process and its store.
type systemDesk struct {
	*base
	nodes   *nodes
	started time.Time
}

var _ api.System = systemDesk{}

// System implements api.System.
func (d systemDesk) System(ctx context.Context) (api.SystemInfo, error) {
	info := api.SystemInfo{Started: itms.Timestamp(d.started), Nodes: d.nodes.alive(ctx)}
	var err error
	info.Store, err = d.storeInfo(ctx)
	return info, err
}

// storeInfo describes the store.
func (d systemDesk) storeInfo(ctx context.Context) (api.StoreInfo, error) {
	if d.bolt == nil {
		bytes, err := d.postgres.Size(ctx)
		return api.StoreInfo{Kind: "postgres", Bytes: bytes}, err
	}
	path := dataFile(d.config)
	file, err := os.Stat(path)
	if err != nil {
		return api.StoreInfo{}, itms.Errorf(itms.KindUnavailable, itms.CodeUnavailable, "examine the data file").Because(err)
	}
	return api.StoreInfo{Kind: "bolt", Bytes: file.Size(), Path: path}, nil
}

// Backup implements api.System.
func (d systemDesk) Backup() (func(io.Writer) error, error) {
	if d.bolt == nil {
		return nil, errUsePgDump
	}
	return func(w io.Writer) error {
		_, err := d.bolt.Backup(w)
		return err
	}, nil
}

// errUsePgDump is the answer to who would copy PostgreSQL's data here.
var errUsePgDump = itms.Errorf(itms.KindConflict, itms.CodeUnsupported, "the store is PostgreSQL: use pg_dump")

// alive lists the nodes that gave a sign of life lately, by name. What cannot be read now
// is told as it was last known.
func (n *nodes) alive(ctx context.Context) (list []api.NodeInfo) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if time.Since(n.asked) > nodeCache {
		_ = n.refresh(ctx) // an old answer is better than none
	}
	for name, entry := range n.known {
		if time.Since(entry.Seen) < nodeDead {
			list = append(list, api.NodeInfo{Name: name, URL: entry.URL, Seen: entry.Seen})
		}
	}
	slices.SortFunc(list, func(a, b api.NodeInfo) int { return cmp.Compare(a.Name, b.Name) })
	return list
}
