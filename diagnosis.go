package itms

// Diagnosis says why something does not move, for each person concerned. It is
// derived from what is stored whenever somebody asks, and holds no secret.
type Diagnosis struct {
	Code       Trouble  `json:"code"`
	Operator   string   `json:"operator"`          // what is the matter
	Technician string   `json:"technician"`        // what the person at the box sees and can do
	Shows      string   `json:"shows,omitempty"`   // what the box shows, "" when it shows nothing of ours
	Next       string   `json:"next"`              // the next action
	Devices    []string `json:"devices,omitempty"` // ids of devices that it is about
	// The same in Chinese, without the facts of the case.
	OperatorZh   string `json:"operatorZh,omitempty"`
	TechnicianZh string `json:"technicianZh,omitempty"`
	NextZh       string `json:"nextZh,omitempty"`
}

// StockCheck is the answer to the front desk that scans a box before handing it out.
type StockCheck struct {
	STBID  STBID      `json:"stbId,omitempty"`
	MAC    MAC        `json:"mac,omitzero"`
	Item   *StockItem `json:"item,omitempty"`  // nil = the warehouse does not know it
	Device DeviceID   `json:"device,omitzero"` // that reported this MAC or STBID
	InUse  ServiceID  `json:"inUse,omitempty"` // the service that holds it or that an order reserves it for
	Free   bool       `json:"free"`            // it may be handed out
	Why    string     `json:"why"`             // in words
}
