package postgres

import (
	"bytes"

	"github.com/jackc/pgx/v5"

	"itms"
	"itms/store/internal/record"
)

// The statements on trees: a row per block. Most trees are one block, which then is
// read and written as one row.
const (
	selectParams = `select at, block from params where device = $1 order by at`
	// selectPage reads blocks from the one on that a name belongs to.
	selectPage = `select at, block from params where device = $1 and at >= coalesce((select at from params
		where device = $1 and at <= $2 order by at desc limit 1), '') order by at limit $3`
	upsertParams = `insert into params (device, at, block) select $1, b.at, b.block from unnest($2::bytea[], $3::bytea[]) as b(at, block)
		on conflict (device, at) do update set block = excluded.block`
	dropParams  = `delete from params where device = $1 and at = any($2::bytea[])`
	otherParams = `delete from params where device = $1 and at <> all($2::bytea[])`
)

// Params returns the parameter tree.
func (d devices) Params(id itms.DeviceID) (*itms.ParamTree, error) {
	if _, known := d.t.memory.params[id]; !known {
		if err := d.t.trip(d.paramsQuestion(id)); err != nil {
			return nil, err
		}
	}
	return record.OpenTree(id, d.t.memory.params[id])
}

// paramsQuestion asks for a device's parameter tree.
func (d devices) paramsQuestion(id itms.DeviceID) question {
	return question{statement{selectParams, []any{id.String()}}, func(rows pgx.Rows) (err error) {
		d.t.memory.params[id], err = pgx.CollectRows(rows, block)
		return err
	}}
}

// block makes a block of a row.
func block(row pgx.CollectableRow) (b itms.PackedBlock, err error) {
	var at []byte
	err = row.Scan(&at, &b.Data)
	b.From = itms.ParamPath(at)
	return b, err
}

// Blocks of which a page is looked for at a time: as many as it fills when they are
// half full, and then four times as many as before.
const (
	leastInBlock = 64
	moreBlocks   = 4
)

// ParamPage returns a page of parameters.
func (d devices) ParamPage(id itms.DeviceID, q itms.ParamPage) ([]itms.Param, error) {
	if q.Limit <= 0 {
		return nil, nil
	}
	if blocks, known := d.t.memory.params[id]; known {
		return pageOf(id, blocks, q)
	}
	for n := q.Limit/leastInBlock + 2; ; n *= moreBlocks {
		blocks, err := all(d.t, block, selectPage, id.String(), []byte(q.From()), n)
		if err != nil {
			return nil, err
		}
		page, err := pageOf(id, blocks, q)
		if err != nil || len(page) == q.Limit || len(blocks) < n || q.Past(blocks[n-1].From) {
			return page, err
		}
	}
}

// pageOf returns a page of the parameters that blocks hold.
func pageOf(id itms.DeviceID, blocks []itms.PackedBlock, q itms.ParamPage) ([]itms.Param, error) {
	tree, err := record.OpenTree(id, blocks)
	if err != nil {
		return nil, err
	}
	page := tree.Page(q)
	if err := tree.Err(); err != nil {
		return nil, record.BadTree(id, err)
	}
	return page, nil
}

// PutParams stores the parameter tree of a known device: what differs of it, when this
// transaction knows what is stored.
func (d devices) PutParams(id itms.DeviceID, tree *itms.ParamTree) error {
	if err := d.known(id); err != nil {
		return err
	}
	blocks, err := tree.Pack()
	if err != nil {
		return itms.Errorf(itms.KindInternal, itms.CodeInternal, "encode the parameters of %s", id).Because(err)
	}
	stored, known := d.t.memory.params[id]
	d.t.memory.params[id] = blocks
	write := differing(stored, blocks)
	switch over := vanished(blocks, stored); {
	case !known:
		err = d.t.later(otherParams, id.String(), keys(blocks))
	case len(over) > 0:
		err = d.t.later(dropParams, id.String(), over)
	}
	if err != nil || len(write) == 0 {
		return err
	}
	data := make([][]byte, len(write))
	for i, b := range write {
		data[i] = b.Data
	}
	return d.t.later(upsertParams, id.String(), keys(write), data)
}

// differing returns the blocks that are not among the stored ones as they are. Both
// are in order.
func differing(stored, blocks []itms.PackedBlock) (list []itms.PackedBlock) {
	for _, b := range blocks {
		for len(stored) > 0 && stored[0].From < b.From {
			stored = stored[1:]
		}
		if len(stored) == 0 || stored[0].From != b.From || !bytes.Equal(stored[0].Data, b.Data) {
			list = append(list, b)
		}
	}
	return list
}

// vanished returns where blocks stand that are not there any more.
func vanished(blocks, stored []itms.PackedBlock) (over [][]byte) {
	for _, s := range stored {
		for len(blocks) > 0 && blocks[0].From < s.From {
			blocks = blocks[1:]
		}
		if len(blocks) == 0 || blocks[0].From != s.From {
			over = append(over, []byte(s.From))
		}
	}
	return over
}

// keys returns where blocks stand.
func keys(blocks []itms.PackedBlock) [][]byte {
	list := make([][]byte, len(blocks))
	for i, b := range blocks {
		list[i] = []byte(b.From)
	}
	return list
}

// known refuses writes of a View, and what belongs to a device that is not there.
func (d devices) known(id itms.DeviceID) error {
	if err := d.t.mayWrite(); err != nil {
		return err
	}
	dev, _, err := d.fetch(id)
	if err == nil && dev == nil {
		err = itms.NotFound("device", id.String())
	}
	return err
}
