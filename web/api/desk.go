package api

import (
	"context"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"itms"
)

// Desk says in words how things stand, and opens what is sealed for whom it may concern.
type Desk interface {
	// OrderLight says how an order stands, from its record alone.
	OrderLight(o *itms.Order) itms.Light
	// DeviceLight says how a device stands, from its record and its last contact.
	DeviceLight(d *itms.Device) itms.Light
	// Enlighten lets a diagnosis speak in place of what the record tells; nil leaves it.
	Enlighten(light itms.Light, found *itms.Diagnosis) itms.Light
	// SilentSince is the time before which the last contact of a silent device was.
	SilentSince() time.Time
	// Reveal opens a secret of a service and journals who wanted it and why. Errors:
	// KindNotFound for the service and for a secret that it does not have, KindInvalid for
	// a name that is none.
	Reveal(ctx context.Context, actor string, id itms.ServiceID, which itms.ServiceSecret, reason string) (itms.Secret, error)
}

// The closed sets of words of the desk, see words.go.
type (
	lightLevel    itms.LightLevel
	orderGroup    itms.OrderGroup
	serviceSecret itms.ServiceSecret
)

// Schema lists the words.
func (lightLevel) Schema(huma.Registry) *huma.Schema { return enum(itms.LightLevels) }

// Schema lists the words.
func (orderGroup) Schema(huma.Registry) *huma.Schema { return enum(itms.OrderGroups) }

// Schema lists the words.
func (serviceSecret) Schema(huma.Registry) *huma.Schema { return enum(itms.ServiceSecrets) }

// lightView is how something stands.
type lightView struct {
	Level    lightLevel `json:"level" doc:"ok: as it should be; busy: something is being done; waiting: for a move that was asked for; attention: somebody should look; trouble: it went wrong; off: out of the game."`
	Word     string     `json:"word" doc:"For a badge." example:"in service"`
	WordZh   string     `json:"wordZh" doc:"The same in Chinese." example:"正常"`
	Reason   string     `json:"reason,omitempty" doc:"Why, in a sentence."`
	ReasonZh string     `json:"reasonZh,omitempty" doc:"The same in Chinese, without the facts of the case; may be absent where reason is not."`
	Next     string     `json:"next,omitempty" doc:"The next action."`
	NextZh   string     `json:"nextZh,omitempty" doc:"The same in Chinese."`
}

// viewLight shows a light.
func viewLight(l itms.Light) lightView {
	return lightView{Level: lightLevel(l.Level), Word: l.Word.English, WordZh: l.Word.Chinese, Reason: l.Reason.English, ReasonZh: l.Reason.Chinese,
		Next: l.Next.English, NextZh: l.Next.Chinese}
}

// exampleLight is that of an order that waits for its device.
func exampleLight() lightView {
	return lightView{Level: lightLevel(itms.LightWaiting), Word: "waiting for the device", WordZh: "等待设备上线"}
}

// exampleServing is that of a device in service.
func exampleServing() lightView {
	return lightView{Level: lightLevel(itms.LightOK), Word: "in service", WordZh: "正常"}
}
