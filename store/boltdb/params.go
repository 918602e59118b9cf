package boltdb

import (
	"bytes"
	"iter"

	"itms"
	"itms/store/internal/record"
)

// The first block of a device's tree stands under the device's own id, where the whole
// tree stood before there were blocks: reading and replacing it are the same. The
// others stand behind it, each under the id and where it begins.

// blockKey is where a block of a tree stands.
func blockKey(id string, from itms.ParamPath) []byte {
	if from == "" {
		return []byte(id)
	}
	return join(id, string(from))
}

// blockFrom returns where the block of a key begins, and whether it is of the device.
func blockFrom(id string, key []byte) (itms.ParamPath, bool) {
	switch rest := key[len(id):]; {
	case len(rest) == 0:
		return "", true
	case rest[0] == 0:
		return itms.ParamPath(rest[1:]), true
	}
	return "", false
}

// blocks yields the stored blocks of a tree from the one on that a name belongs to.
// What they hold is valid until the transaction ends.
func (t *tx) blocks(id string, name itms.ParamPath) iter.Seq[itms.PackedBlock] {
	return func(yield func(itms.PackedBlock) bool) {
		if t.get(inParams, []byte(id)) == nil {
			return
		}
		start := []byte(id)
		if name != "" {
			for k := range t.descend(inParams, start, append(join(id, string(name)), 0)) {
				start = bytes.Clone(k)
				break
			}
		}
		for k, v := range t.ascend(inParams, []byte(id), start) {
			from, ok := blockFrom(id, k)
			if !ok || !yield(itms.PackedBlock{From: from, Data: v}) {
				return
			}
		}
	}
}

// Params returns the parameter tree.
func (d devices) Params(id itms.DeviceID) (*itms.ParamTree, error) {
	var blocks []itms.PackedBlock
	for b := range d.t.blocks(id.String(), "") {
		b.Data = bytes.Clone(b.Data)
		blocks = append(blocks, b)
	}
	return record.OpenTree(id, blocks)
}

// ParamPage returns a page of parameters. The blocks are unpacked where they are.
func (d devices) ParamPage(id itms.DeviceID, q itms.ParamPage) (page []itms.Param, err error) {
	if q.Limit <= 0 {
		return nil, nil
	}
	for b := range d.t.blocks(id.String(), q.From()) {
		if q.Past(b.From) {
			break
		}
		tree, err := record.OpenTree(id, []itms.PackedBlock{b})
		if err != nil {
			return nil, err
		}
		rest := q
		rest.Limit -= len(page)
		page = append(page, tree.Page(rest)...)
		if err := tree.Err(); err != nil {
			return nil, record.BadTree(id, err)
		}
		if len(page) == q.Limit {
			break
		}
	}
	return page, nil
}

// PutParams stores the parameter tree of a known device: what differs of it.
func (d devices) PutParams(id itms.DeviceID, tree *itms.ParamTree) error {
	if err := d.t.known(id); err != nil {
		return err
	}
	blocks, err := tree.Pack()
	if err != nil {
		return itms.Errorf(itms.KindInternal, itms.CodeInternal, "encode the parameters of %s", id).Because(err)
	}
	key := id.String()
	wanted := make(map[itms.ParamPath]bool, len(blocks))
	for _, b := range blocks {
		wanted[b.From] = true
	}
	var over [][]byte
	for b := range d.t.blocks(key, "") {
		if !wanted[b.From] {
			over = append(over, blockKey(key, b.From))
		}
	}
	for _, k := range over {
		if err := d.t.drop(inParams, k); err != nil {
			return err
		}
	}
	for _, b := range blocks {
		if err := d.t.put(inParams, blockKey(key, b.From), b.Data); err != nil {
			return err
		}
	}
	return nil
}

// known refuses writes of a View, and what belongs to a device that is not there.
func (t *tx) known(id itms.DeviceID) error {
	if err := t.mayWrite(); err != nil {
		return err
	}
	if t.get(inDevices, []byte(id.String())) == nil {
		return itms.NotFound("device", id.String())
	}
	return nil
}
