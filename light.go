package itms

// LightLevel is how an order or a device stands, as a lamp beside it would show: for
// people who look before they read. It follows from the record alone, so that lists are
// kept by it; see Order.Light and Device.Light.
type LightLevel string

// The levels.
const (
	LightOK        LightLevel = "ok"        // as it should be
	LightBusy      LightLevel = "busy"      // something is being done; nobody's move
	LightWaiting   LightLevel = "waiting"   // somebody's move that was asked for: a device's, a technician's
	LightAttention LightLevel = "attention" // it does not go on by itself, or not for sure: somebody should look
	LightTrouble   LightLevel = "trouble"   // it went wrong
	LightOff       LightLevel = "off"       // out of the game: withdrawn, blocked, in stock
)

// LightLevels lists every level.
var LightLevels = []LightLevel{LightOK, LightBusy, LightWaiting, LightAttention, LightTrouble, LightOff}

// Saying is one text for people in the languages of the console.
type Saying struct {
	English string
	Chinese string
}

// Light is a level in words.
type Light struct {
	Level  LightLevel
	Word   Saying // one or two words for a badge
	Reason Saying // a sentence that says why; empty when there is nothing to say
	Next   Saying // the next action; empty when there is none
}

// OrderGroup is where an order stands in the day's funnel.
type OrderGroup string

// The groups.
const (
	GroupWaiting    OrderGroup = "waiting"    // for a device or a person
	GroupInProgress OrderGroup = "inProgress" // a device is being set up
	GroupStuck      OrderGroup = "stuck"      // open, and does not go on by itself
	GroupFailed     OrderGroup = "failed"     // failed, rejected or expired
	GroupDone       OrderGroup = "done"
	GroupWithdrawn  OrderGroup = "withdrawn" // cancelled or superseded
)

// OrderGroups lists every group.
var OrderGroups = []OrderGroup{GroupWaiting, GroupInProgress, GroupStuck, GroupFailed, GroupDone, GroupWithdrawn}

// groupLevels pairs the groups with the light that all orders of one show.
var groupLevels = map[OrderGroup]LightLevel{GroupWaiting: LightWaiting, GroupInProgress: LightBusy, GroupStuck: LightAttention,
	GroupFailed: LightTrouble, GroupDone: LightOK, GroupWithdrawn: LightOff}

// Level returns the light that orders of the group show, "" for no group.
func (g OrderGroup) Level() LightLevel { return groupLevels[g] }

// Group returns the group of orders that show the light, "" for no level.
func (l LightLevel) Group() OrderGroup {
	for g, level := range groupLevels {
		if level == l {
			return g
		}
	}
	return ""
}

// expected reports whether an order that stands still for this reason goes on as soon as
// what was asked for happens: a device comes, a code is typed, another order ends.
func (t Trouble) expected() bool {
	switch t {
	case "", TroubleNeverInformed, TroubleNeedsCode, TroubleNeedsSTB, TroubleOrderFirst, TroubleNoService, TroublePostponed:
		return true
	}
	return false
}

// Light returns the level of the order.
func (o *Order) Light() LightLevel {
	switch o.State {
	case OrderDone:
		return LightOK
	case OrderFailed, OrderRejected, OrderExpired:
		return LightTrouble
	case OrderCancelled, OrderSuperseded:
		return LightOff
	}
	switch {
	case o.Trouble == TroubleUpgrading, o.State.UnderWay() && o.Trouble == "":
		return LightBusy
	case o.Trouble.expected():
		return LightWaiting
	}
	return LightAttention
}

// Light returns the level of the device as its record tells it. How long ago it was in
// contact is not part of that.
func (d *Device) Light() LightLevel {
	switch {
	case d.Blocked:
		return LightOff
	case d.Conflict, d.State == DeviceQuarantine, d.Sync.Phase == SyncFailed, d.Upgrade.Failed != "" && d.State != DeviceInService:
		return LightTrouble
	case d.Unadmitted:
		return LightAttention
	}
	switch d.State {
	case DeviceInService:
		if d.Problem != "" || d.Sighting.Moved || d.Upgrade.Failed != "" {
			return LightAttention
		}
		return LightOK
	case DeviceUpgrading, DeviceConfiguring, DeviceWipePending:
		return LightBusy
	case DeviceLocked:
		return LightAttention
	case DeviceOnlineUnbound, DeviceCodeRequired:
		if d.Profile == "" || d.Suspect {
			return LightAttention
		}
		return LightWaiting
	}
	return LightOff
}
