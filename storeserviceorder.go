package itms

// ServiceOrders holds orders of several items.
type ServiceOrders interface {
	// Get returns the order or KindNotFound.
	Get(id ServiceOrderID) (*ServiceOrder, error)
	// ByExternalID returns the order that a source gave this number, or KindNotFound.
	ByExternalID(source, external string) (*ServiceOrder, error)
	// Insert adds a new order. It fails with KindConflict and CodeDuplicate when ID, or
	// (Source, ExternalID) unless the latter is empty, is taken.
	Insert(o *ServiceOrder) error
	// Put replaces an existing order, or fails with KindNotFound. Source, ExternalID and
	// CreatedAt never change.
	Put(o *ServiceOrder) error
	// Delete removes an order, or fails with KindNotFound.
	Delete(id ServiceOrderID) error
	// List returns a page of orders, newest (highest ID) first. Of what the offset leaves
	// out it reads keys only. It fails with KindInvalid when the offset is above
	// MaxServiceOrderOffset.
	List(q ServiceOrderQuery) ([]*ServiceOrder, error)
	// Count counts what List would find from the newest to the oldest, whatever Before,
	// Offset and Limit are. It reads keys only.
	Count(q ServiceOrderQuery) (int, error)
}
