package workorder

import (
	"fmt"
	"strings"
	"time"

	"itms"
)

// say makes a saying.
func say(english, chinese string) itms.Saying { return itms.Saying{English: english, Chinese: chinese} }

// orderWords are what a badge says of an order in a state.
var orderWords = map[itms.OrderState]itms.Saying{
	itms.OrderReceived:      say("received", "已受理"),
	itms.OrderHeld:          say("queued", "排队中"),
	itms.OrderWaitingDevice: say("waiting for the device", "等待设备上线"),
	itms.OrderWaitingSTB:    say("waiting for a device to be named", "等待指定设备"),
	itms.OrderWaitingCode:   say("waiting for the code", "等待激活码"),
	itms.OrderExecuting:     say("being set up", "开通中"),
	itms.OrderVerifying:     say("being verified", "核对中"),
	itms.OrderDone:          say("done", "已完成"),
	itms.OrderFailed:        say("failed", "失败"),
	itms.OrderRejected:      say("rejected", "已拒绝"),
	itms.OrderCancelled:     say("cancelled", "已撤销"),
	itms.OrderSuperseded:    say("superseded", "已被取代"),
	itms.OrderExpired:       say("expired", "已过期"),
}

// deviceWords are what a badge says of a device in a state, when nothing else is the
// matter.
var deviceWords = map[itms.DeviceState]itms.Saying{
	itms.DeviceUnknown:       say("never seen", "从未上线"),
	itms.DeviceInStock:       say("in stock", "在库"),
	itms.DeviceOnlineUnbound: say("no order", "无工单"),
	itms.DeviceCodeRequired:  say("waiting for a code", "等待激活码"),
	itms.DeviceLocked:        say("locked", "已锁定"),
	itms.DeviceUpgrading:     say("upgrading", "升级中"),
	itms.DeviceConfiguring:   say("being set up", "配置中"),
	itms.DeviceInService:     say("in service", "正常"),
	itms.DeviceSuspended:     say("suspended", "已停机"),
	itms.DeviceQuarantine:    say("quarantined", "已隔离"),
	itms.DeviceWipePending:   say("being wiped", "清除中"),
	itms.DeviceRecycled:      say("free", "已回收"),
	itms.DeviceBlocked:       say("blocked", "已禁用"),
}

// Words of badges that no state has.
var (
	wordUpgrade  = say("upgrading", "升级中")
	wordStuck    = say("stuck", "受阻")
	wordBlocked  = say("blocked", "已禁用")
	wordConflict = say("identity conflict", "身份冲突")
	wordFailed   = say("failed", "失败")
	wordMoved    = say("moved", "位置变动")
	wordSilent   = say("silent", "失联")
	wordRefused  = say("not let in", "未准入")
	wordLook     = say("needs a look", "需关注")
	wordModel    = say("unknown model", "型号未知")
)

// OrderLight says how an order stands, from its record alone.
func (e *Engine) OrderLight(o *itms.Order) itms.Light {
	light := itms.Light{Level: o.Light(), Word: orderWords[o.State]}
	switch {
	case o.Trouble == itms.TroubleUpgrading && light.Level == itms.LightBusy:
		light.Word = wordUpgrade
	case light.Level == itms.LightAttention:
		light.Word = wordStuck
	}
	if light.Level == itms.LightOK || light.Level == itms.LightOff || o.Trouble == "" {
		light.Reason = say(o.Reason, "")
		return light
	}
	return lightBecause(light, o.Trouble, o.Reason)
}

// lightBecause adds what is the matter and what is to be done.
func lightBecause(light itms.Light, code itms.Trouble, facts string) itms.Light {
	english, chinese := advices[code], advicesZh[code]
	light.Reason = say(sentence(english.operator, facts), chinese.operator)
	light.Next = say(english.next, chinese.next)
	return light
}

// sentence puts the facts into an operator's sentence, which stands without them too.
func sentence(format, facts string) string {
	if facts = strings.TrimSuffix(strings.TrimSpace(facts), "."); facts == "" {
		return strings.Replace(format, ": %s", "", 1)
	}
	return fmt.Sprintf(format, facts)
}

// missedInforms is how many periodic Informs in a row must have stayed away before a
// device counts as silent: one may be lost to a line that was down for a moment.
const missedInforms = 3

// SilentSince is the time before which the last contact of a silent device was.
func (e *Engine) SilentSince() time.Time {
	return e.now().Add(-missedInforms * e.policy.PeriodicInform)
}

// DeviceLight says how a device stands: from its record, and from how long ago it was in
// contact.
func (e *Engine) DeviceLight(d *itms.Device) itms.Light {
	light := itms.Light{Level: d.Light()}
	switch word, code, facts := deviceCase(d); {
	case e.silent(d, light.Level):
		light.Level, light.Word = itms.LightAttention, wordSilent
		return lightSilent(light, d.LastContact)
	case code != "":
		light.Word = word
		return lightBecause(light, code, facts)
	default:
		light.Word, light.Reason = word, say(d.Problem, "")
		return light
	}
}

// silent reports whether a device that should come by itself does not. Cable modems do
// not come.
func (e *Engine) silent(d *itms.Device, level itms.LightLevel) bool {
	if d.Cable != nil || d.LastContact.IsZero() || level == itms.LightOff || level == itms.LightTrouble {
		return false
	}
	return d.LastContact.Before(e.SilentSince())
}

// lightSilent explains the silence of a device.
func lightSilent(light itms.Light, last time.Time) itms.Light {
	at := last.Format(time.RFC3339)
	light.Reason = say("The device has not been in contact since "+at+".", "设备自 "+at+" 起没有上线。")
	light.Next = say("Ask it for contact; look whether it has power and its port is up.", "请求设备上线；检查电源和端口。")
	return light
}

// deviceCase says in a word how a device stands and, when something is the matter, what.
func deviceCase(d *itms.Device) (word itms.Saying, code itms.Trouble, facts string) {
	switch {
	case d.Blocked:
		return wordBlocked, itms.TroubleConflict, "an operator blocked it"
	case d.Conflict:
		return wordConflict, itms.TroubleConflict, d.Problem
	case d.Sync.Phase == itms.SyncFailed:
		return wordFailed, orFault(d.Sync.Trouble), d.Sync.Reason
	case d.Upgrade.Failed != "":
		return wordFailed, itms.TroubleFirmware, d.Upgrade.Failed
	case d.Unadmitted:
		return wordRefused, "", ""
	}
	switch d.State {
	case itms.DeviceInService:
		return servingCase(d)
	case itms.DeviceUpgrading:
		return deviceWords[d.State], itms.TroubleUpgrading, fmt.Sprintf("from %s to %s", d.Software, d.Upgrade.Version)
	case itms.DeviceLocked:
		return deviceWords[d.State], itms.TroubleLocked, d.Problem
	case itms.DeviceOnlineUnbound, itms.DeviceCodeRequired:
		return unboundCase(d)
	}
	return deviceWords[d.State], "", ""
}

// servingCase is deviceCase of a device in service.
func servingCase(d *itms.Device) (word itms.Saying, code itms.Trouble, facts string) {
	switch {
	case d.Sighting.Moved:
		return wordMoved, itms.TroubleConflict, d.Problem
	case d.Problem != "":
		return wordLook, "", ""
	}
	return deviceWords[d.State], "", ""
}

// unboundCase is deviceCase of a device that serves nothing.
func unboundCase(d *itms.Device) (word itms.Saying, code itms.Trouble, facts string) {
	switch {
	case d.Profile == "":
		return wordModel, itms.TroubleNoProfile, d.Problem
	case d.Page.Want.State == itms.PageRefused:
		return deviceWords[d.State], itms.TroubleRefused, d.Problem
	case d.State == itms.DeviceCodeRequired:
		return deviceWords[d.State], itms.TroubleNeedsCode, d.Problem
	}
	return deviceWords[d.State], itms.TroubleNoOrder, d.Problem
}

// Enlighten lets a diagnosis, which looked further than at one record, speak in place of
// what the record tells.
func (e *Engine) Enlighten(light itms.Light, found *itms.Diagnosis) itms.Light {
	if found == nil {
		return light
	}
	if light.Level == itms.LightWaiting && found.Code == itms.TroubleMACMismatch {
		light.Level, light.Word = itms.LightAttention, wordStuck
	}
	light.Reason = say(found.Operator, found.OperatorZh)
	light.Next = say(found.Next, found.NextZh)
	return light
}
