package record

import "itms"

// OpenTree makes a tree of its blocks.
func OpenTree(id itms.DeviceID, blocks []itms.PackedBlock) (*itms.ParamTree, error) {
	tree, err := itms.OpenParamTree(blocks)
	if err != nil {
		return nil, BadTree(id, err)
	}
	return tree, nil
}

// BadTree is the error for a tree that cannot be read.
func BadTree(id itms.DeviceID, err error) error {
	return itms.Errorf(itms.KindInternal, itms.CodeInternal, "decode the parameters of %s", id).Because(err)
}
