package api

import "itms"

// attrSyncView is how far a device is with what it shall report by itself.
type attrSyncView struct {
	Done    bool                   `json:"done" doc:"It was asked and told everything."`
	Refused []attributeRefusalView `json:"refused,omitempty" doc:"What it does not report; not tried again until its profile or software is another. No order fails for it."`
	Failed  string                 `json:"failed,omitempty" doc:"Why nothing more is tried, in words." example:"device refused SetParameterAttributes: 9000 Method not supported"`
}

// attributeRefusalView is a name whose attributes a device does not tell or take.
type attributeRefusalView struct {
	Name string `json:"name" example:"Device.LAN.IPAddress"`
	Code int    `json:"code" doc:"Of the device's fault (TR-069 A.5.1)." example:"9009"`
	Text string `json:"text,omitempty" doc:"In the device's words." example:"Notification request rejected"`
}

// viewAttributes shows it, nil when the device was never asked.
func viewAttributes(s *itms.AttributeSync) *attrSyncView {
	if s.Target == "" && len(s.Refused) == 0 {
		return nil
	}
	v := &attrSyncView{Done: s.Done, Failed: s.Failed}
	for _, r := range s.Refused {
		v.Refused = append(v.Refused, attributeRefusalView{string(r.Name), r.Code, r.Text})
	}
	return v
}
