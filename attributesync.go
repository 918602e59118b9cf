package itms

// WantedAttribute is what a parameter, or all below an object, shall report by itself
// and who may write it (TR-069 Amd 6 A.3.2.4).
type WantedAttribute struct {
	// Names are the spellings firmware versions use, the preferred one first; objects
	// end in a dot.
	Names  []ParamPath
	Notify Notification // NotificationUnknown = as it is
	Access AccessList   // AccessUnknown = as it is
}

// AttributeSync is the durable progress of bringing the attributes of a device to those
// that its profile wants. It is apart from Sync, since attributes never hold up an order.
type AttributeSync struct {
	Target  string             `json:"target,omitempty"`  // the Sync.Target that what follows is about
	Done    bool               `json:"done,omitempty"`    // nothing is left to ask or to send
	Again   bool               `json:"again,omitempty"`   // what is known is asked for anew
	Asked   []ParamPath        `json:"asked,omitempty"`   // names whose attributes were read
	Written []ParamPath        `json:"written,omitempty"` // names whose attributes the device took
	Apart   bool               `json:"apart,omitempty"`   // a combined question was refused: names that were never seen are asked for alone
	Singly  bool               `json:"singly,omitempty"`  // a combined request was refused: one name per request
	Tries   int                `json:"tries,omitempty"`   // failures in a row that may pass, and sessions that broke off
	Pause   string             `json:"pause,omitempty"`   // session in which nothing more is tried
	Broken  string             `json:"broken,omitempty"`  // the last session that was counted since it broke off
	Profile string             `json:"profile,omitempty"` // digest of the profile that the rest is about
	Refused []AttributeRefusal `json:"refused,omitempty"` // not sent again as long as profile and software are the same
	Failed  string             `json:"failed,omitempty"`  // why nothing more is sent, in words
}

// AttributeRefusal is a name whose attributes a device does not tell or take.
type AttributeRefusal struct {
	Name ParamPath `json:"name"`
	Code int       `json:"code"` // of the fault, e.g. FaultNotification
	Text string    `json:"text,omitempty"`
}

// Refuses returns the fault code by which the device refused a name, 0 for none.
func (s *AttributeSync) Refuses(name ParamPath) int {
	for _, r := range s.Refused {
		if r.Name == name {
			return r.Code
		}
	}
	return 0
}
