package itms

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
	case len(entities) == 1 && entities[0] == "Subscriber":
		return AccessSubscriber
	}
	return AccessOther
}
