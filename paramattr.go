package itms

import (
	"slices"
	"strconv"
)

// SubscriberAccess is the entity of an access list that the standard names: whoever stands
// in front of the device.
const SubscriberAccess = "Subscriber"

// Notification is what a device does when a parameter's value changes by another hand
// than the ACS's: a level of TR-069 Amd 6 A.3.2.4. The zero value is "not known", so
// that a level that was never asked for is told from "off".
type Notification uint8

// NotificationUnknown is the zero Notification.
const NotificationUnknown Notification = 0

// MaxNotification is the highest level there is: passive lightweight notification with
// active one (TR-069 Amd 6 A.3.2.4).
const MaxNotification = 6

// NotificationLevel is the Notification of a level, 0 (off) to MaxNotification; any
// other number is not known.
func NotificationLevel(level int) Notification {
	if level < 0 || level > MaxNotification {
		return NotificationUnknown
	}
	return Notification(level + 1)
}

// Level returns the level and whether it is known.
func (n Notification) Level() (level int, known bool) { return int(n) - 1, n != NotificationUnknown }

// notificationWords are the levels in words, in their order.
var notificationWords = [...]string{"off", "passive", "active", "passive-lightweight", "passive-and-lightweight",
	"active-lightweight", "passive-and-active-lightweight"}

// NotificationWords lists the levels in words, 0 first.
func NotificationWords() []string { return slices.Clone(notificationWords[:]) }

// ParseNotification reads a level as a word or a number. ok is false for anything else.
func ParseNotification(s string) (n Notification, ok bool) {
	level := slices.Index(notificationWords[:], s)
	if level < 0 {
		var err error
		if level, err = strconv.Atoi(s); err != nil {
			return NotificationUnknown, false
		}
	}
	n = NotificationLevel(level)
	return n, n != NotificationUnknown
}

// String is the level as a word, "" when it is not known.
func (n Notification) String() string {
	if level, known := n.Level(); known && level < len(notificationWords) {
		return notificationWords[level]
	}
	return ""
}

// AccessList says who but the ACS may write a parameter (TR-069 Amd 6 A.3.2.4). The
// zero value is "not known".
type AccessList uint8

// Access lists. "Subscriber" is the only entity that the standard names.
const (
	AccessUnknown    AccessList = iota
	AccessACS                   // nobody else
	AccessSubscriber            // whoever stands in front of the device
	AccessOther                 // entities of the vendor's own, or several
)

// ReadAccessList is the AccessList of the entities that a device lists.
func ReadAccessList(entities []string) AccessList {
	switch {
	case len(entities) == 0:
		return AccessACS
	case len(entities) == 1 && entities[0] == SubscriberAccess:
		return AccessSubscriber
	}
	return AccessOther
}

// Entities is the list as it is sent, false for one that cannot be: not known, or of
// entities that were not kept.
func (a AccessList) Entities() ([]string, bool) {
	switch a {
	case AccessACS:
		return []string{}, true
	case AccessSubscriber:
		return []string{SubscriberAccess}, true
	}
	return nil, false
}
