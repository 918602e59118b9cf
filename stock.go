package itms

import "time"

// StockState says where a box is in the life between warehouse and customer.
type StockState string

// Stock states.
const (
	StockInStock  StockState = "inStock"
	StockIssued   StockState = "issued"   // handed out, not in service yet
	StockInUse    StockState = "inUse"    // serves a slot
	StockReturned StockState = "returned" // came back; must be recycled before it serves again
	StockBlocked  StockState = "blocked"  // must not be used
)

// StockStates lists every state.
var StockStates = []StockState{StockInStock, StockIssued, StockInUse, StockReturned, StockBlocked}

// StockItem is one box as the warehouse knows it, whether it was ever in contact or
// not.
type StockItem struct {
	MAC       MAC        `json:"mac"` // primary key
	STBID     STBID      `json:"stbId,omitempty"`
	Serial    string     `json:"serial,omitempty"`
	Vendor    string     `json:"vendor,omitempty"`
	Model     string     `json:"model,omitempty"`
	Batch     string     `json:"batch,omitempty"`
	Carton    string     `json:"carton,omitempty"`
	State     StockState `json:"state"`
	Note      string     `json:"note,omitempty"`
	CreatedAt time.Time  `json:"createdAt"`
	UpdatedAt time.Time  `json:"updatedAt"`
}

// Terms lists what the item can be found by.
func (s *StockItem) Terms() []Term {
	return compactTerms(Term{TermMAC, s.MAC.Key()}, Term{TermSTBID, string(s.STBID)}, Term{TermSerial, s.Serial})
}

// StockImport is what became of an import of stock: all of it is stored, or, when
// something is Wrong, nothing.
type StockImport struct {
	Added     int          `json:"added"`
	Updated   int          `json:"updated"`
	Unchanged int          `json:"unchanged"`
	Wrong     []FieldError `json:"wrong,omitempty"` // pointer is "/LINE/COLUMN", both from 1
}
