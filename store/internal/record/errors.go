package record

import "itms"

// ReadOnly is the refusal of a write inside a View.
func ReadOnly() error {
	return itms.Errorf(itms.KindInternal, itms.CodeReadOnly, "a write inside a read-only transaction")
}

// Closed is the answer of a store after Close.
func Closed() error {
	return itms.Errorf(itms.KindUnavailable, itms.CodeUnavailable, "the store is closed")
}

// DeviceTaken is the refusal of a second binding in force of one device.
func DeviceTaken(b *itms.Binding, other string) error {
	return itms.Errorf(itms.KindConflict, itms.CodeDeviceTaken,
		"device %s is held by binding %s", b.Device, other)
}

// SlotTaken is the refusal of a second binding of a slot in one open state.
func SlotTaken(b *itms.Binding, other string) error {
	return itms.Errorf(itms.KindConflict, itms.CodeSlotTaken,
		"service %q already has the %s binding %s", b.Service, b.State, other)
}

// DuplicateOrder is the refusal of a taken order number or order id.
func DuplicateOrder(o *itms.Order) error {
	return itms.Errorf(itms.KindConflict, itms.CodeDuplicate,
		"order %q of source %q, or id %s, exists already", o.No, o.Source, o.ID)
}

// DuplicateServiceOrder is the refusal of a taken external id or order id.
func DuplicateServiceOrder(o *itms.ServiceOrder) error {
	return itms.Errorf(itms.KindConflict, itms.CodeDuplicate,
		"service order %q of source %q, or id %s, exists already", o.ExternalID, o.Source, o.ID)
}

// LongOffset is the refusal to leave out more than is looked through.
func LongOffset() error {
	return itms.Invalid("/offset", "is above %d: narrow the list by filters, or page by the last id", itms.MaxServiceOrderOffset)
}

// DuplicateDelivery is the refusal of a taken delivery id.
func DuplicateDelivery(id string) error {
	return itms.Errorf(itms.KindConflict, itms.CodeDuplicate, "delivery %s exists already", id)
}

// DuplicateActivation is the refusal of a taken code.
func DuplicateActivation() error {
	return itms.Errorf(itms.KindConflict, itms.CodeDuplicate, "an activation of that code exists already")
}

// DuplicateReply is the refusal of a taken key.
func DuplicateReply() error {
	return itms.Errorf(itms.KindConflict, itms.CodeDuplicate, "a reply of that key exists already")
}

// DuplicateTask is the refusal of a taken task id.
func DuplicateTask(id itms.TaskID) error {
	return itms.Errorf(itms.KindConflict, itms.CodeDuplicate, "task %s exists already", id)
}

// DuplicateBatch reports that a batch's id is taken.
func DuplicateBatch(id itms.BatchID) error {
	return itms.Errorf(itms.KindConflict, itms.CodeDuplicate, "batch %s exists already", id)
}

// DuplicateFile is the refusal of a taken file id.
func DuplicateFile(id itms.FileID) error {
	return itms.Errorf(itms.KindConflict, itms.CodeDuplicate, "file %s exists already", id)
}

// DuplicateTransfer is the refusal of a taken token, which is not named.
func DuplicateTransfer() error {
	return itms.Errorf(itms.KindConflict, itms.CodeDuplicate, "a transfer of that token exists already")
}

// NoTransfer is the answer to an unknown token, which is not named: it may be somebody's.
func NoTransfer() error {
	return itms.Errorf(itms.KindNotFound, itms.CodeNotFound, "no such transfer")
}

// NoChunk is the answer to a chunk that is not there.
func NoChunk(id itms.FileID, n int) error {
	return itms.Errorf(itms.KindNotFound, itms.CodeNotFound, "file %q has no chunk %d", id, n)
}

// DuplicateUser is the refusal of a taken name or subject, which is not named.
func DuplicateUser(name string) error {
	return itms.Errorf(itms.KindConflict, itms.CodeDuplicate, "user %q, or one of the same subject, exists already", name)
}

// SubjectMoved is the refusal to make a user somebody else.
func SubjectMoved() error {
	return itms.Invalid("/subject", "is another than that of the stored user")
}

// HeadMoved is the refusal to seal behind what is not the last seal any more.
func HeadMoved() error {
	return itms.Errorf(itms.KindConflict, itms.CodeDuplicate, "others were sealed meanwhile")
}
