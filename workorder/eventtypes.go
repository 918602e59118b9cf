package workorder

import (
	"regexp"
	"strings"

	"itms"
)

// ownEvents begin the types of events that telling of events causes. They are told to
// nobody: each would cause the next.
const ownEvents = "webhook."

// typePattern is an event type, or the beginning of some with ".*" behind it.
var typePattern = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9]*(\.[A-Za-z][A-Za-z0-9]*)*(\.\*)?$`)

// checkTypes reports what is wrong with the types of a subscription.
func checkTypes(in *intake, types []string) {
	const most, longest = 64, 100 // event types, and bytes of one: there are fewer, and none is near as long
	if len(types) > most {
		in.wrong("/types", "more than %d types", most)
		return
	}
	for i, t := range types {
		if len(t) > longest || t != "*" && !typePattern.MatchString(t) {
			in.wrong("/types/"+itoa(i), `expected an event type such as order.done, or the beginning of some: order.*`)
		}
	}
}

// typeWanted reports whether a subscription with these types is told of an event type.
func typeWanted(types []string, typ string) bool {
	if strings.HasPrefix(typ, ownEvents) {
		return false
	}
	for _, t := range types {
		beginning, open := strings.CutSuffix(t, "*")
		if t == typ || open && strings.HasPrefix(typ, beginning) {
			return true
		}
	}
	return len(types) == 0
}

// wants reports whether a subscription is told of an event: its type, and the area that
// it, or its device, lies in.
func wants(tx itms.Tx, s *itms.Subscription, ev *itms.Event) (bool, error) {
	if !typeWanted(s.Types, ev.Type) {
		return false, nil
	}
	if s.Areas == nil || ev.Area != "" {
		return s.Areas.Hold(ev.Area), nil
	}
	if ev.Device.IsZero() {
		return false, nil
	}
	d, err := tx.Devices().Get(ev.Device)
	if itms.IsKind(err, itms.KindNotFound) {
		return false, nil
	}
	return err == nil && s.Areas.Hold(d.Area), err
}

// complain returns what was found wrong with a subscription, nil when nothing was.
func (in *intake) complain() error {
	if len(in.fields) == 0 {
		return nil
	}
	return &itms.Error{Kind: itms.KindInvalid, Code: itms.CodeInvalid,
		Text: "the subscription has " + itoa(len(in.fields)) + " wrong field(s)", Fields: in.fields}
}
