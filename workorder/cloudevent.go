package workorder

import (
	"cmp"
	"encoding/json"
	"fmt"
	"time"

	"itms"
)

// toldEvent is an event as CloudEvents 1.0 has it, structured JSON, with the extension
// "sequence" (a text that sorts).
type toldEvent struct {
	SpecVersion string     `json:"specversion"`
	ID          string     `json:"id"`
	Source      string     `json:"source"`
	Type        string     `json:"type"`
	Subject     string     `json:"subject,omitempty"`
	Time        time.Time  `json:"time"`
	ContentType string     `json:"datacontenttype"`
	Sequence    string     `json:"sequence"`
	Data        itms.Event `json:"data"`
}

// cloudEvents renders events as CloudEvents.
type cloudEvents struct{}

var _ Formatter = cloudEvents{}

// Format implements Formatter.
func (cloudEvents) Format(_ itms.Tx, _ *itms.Subscription, ev *itms.Event, id string) ([]byte, error) {
	return json.Marshal(toldEvent{SpecVersion: "1.0", ID: id, Source: "/itms/events", Type: "itms." + ev.Type,
		Subject: cmp.Or(ev.Data["serviceOrder"], string(ev.OrderNo), ev.Device.String(), string(ev.Service)), Time: ev.At,
		ContentType: "application/json", Sequence: fmt.Sprintf("%020d", ev.Seq), Data: *ev})
}

// mediaType is what a format is posted as.
func mediaType(format itms.EventFormat) string {
	if format == itms.FormatCloudEvents {
		return "application/cloudevents+json"
	}
	return "application/json"
}

// eventStream is the stream of what a subscriber is told of one order or device, in their
// order; what is about neither is one stream.
func eventStream(id itms.SubscriptionID, ev *itms.Event) string {
	lane := itms.SubscriptionLane(id) + "/"
	stream := lane + cmp.Or(ev.Data["serviceOrder"], string(ev.Order), ev.Device.String(), "-")
	if itms.CheckKey("", stream) != nil {
		return lane + "-"
	}
	return stream
}
