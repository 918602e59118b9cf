package workorder

import (
	"slices"

	"itms"
)

// aspect is a part of a slot that an order decides. Orders that arrive late, behind
// one with a higher sequence number, act only on what the later one left open.
type aspect uint16

// The aspects of a slot.
const (
	aspectLife      aspect = 1 << iota // whether there is a service at all
	aspectDevice                       // which device serves it
	aspectState                        // suspended or not
	aspectPackage                      // what was bought
	aspectAccount                      // account at the platform
	aspectAddress                      // authUrl
	aspectBackup                       // authUrlBackup
	aspectAccess                       // how the device gets onto the network, rates included
	aspectAttribute                    // free attributes
	aspectSecret                       // password at the platform
	aspectAccessKey                    // password of the access
	aspectLine                         // where it is delivered
	aspectOwner                        // who it is for
	aspectAll       = 1<<iota - 1
)

// What orders carry of a service, apart from its passwords and with them.
const (
	contents = aspectPackage | aspectAccount | aspectAddress | aspectBackup | aspectAccess | aspectAttribute
	secrets  = aspectSecret | aspectAccessKey
)

// recipe is what the engine must know of one kind of order. A new kind is a new
// row in recipes, not a branch elsewhere.
type recipe struct {
	modes  []itms.OrderMode
	decide aspect // what of the slot the kind decides, whatever the order carries
	carry  aspect // what else it may carry along
	// check validates what this kind needs beyond the common fields.
	check func(*intake)
	// admit decides, in the transaction of the order's arrival or release, whether
	// it may run now and prepares service and binding.
	admit func(*work, *itms.Order, *slot) (admission, error)
	// undo is the kind that reverses it.
	undo itms.OrderKind
}

// admission is the verdict on an order that wants to start.
type admission struct {
	on      trigger // onAccept, onNeedSTB, onNeedCode, onHold, onReject, onSettle, onSupersede
	trouble itms.Trouble
	reason  string
}

var bothModes = []itms.OrderMode{itms.ModeSelf, itms.ModeTechnician}

// recipes holds the kinds this system performs. It is filled when the program
// starts: as a plain initializer it would refer to itself, since admitting one order
// may start others.
var recipes map[itms.OrderKind]recipe

func init() { recipes = makeRecipes() }

// makeRecipes is the table.
func makeRecipes() map[itms.OrderKind]recipe {
	return map[itms.OrderKind]recipe{
		itms.KindInstall: {modes: bothModes, decide: aspectAll, undo: itms.KindTerminate,
			check: (*intake).checkInstall, admit: (*work).admitInstall},
		itms.KindSwap: {modes: bothModes, decide: aspectDevice, carry: contents | secrets | aspectLine, undo: itms.KindSwap,
			check: (*intake).checkSwap, admit: (*work).admitSwap},
		itms.KindRelocate: {modes: bothModes, decide: aspectLine, carry: contents | secrets | aspectDevice, undo: itms.KindRelocate,
			check: (*intake).checkRelocate, admit: (*work).admitRelocate},
		itms.KindSuspend: {modes: bothModes, decide: aspectState, undo: itms.KindResume,
			check: (*intake).checkNamed, admit: (*work).admitSuspend},
		itms.KindResume: {modes: bothModes, decide: aspectState, undo: itms.KindSuspend,
			check: (*intake).checkNamed, admit: (*work).admitResume},
		itms.KindModify: {modes: bothModes, carry: contents | secrets | aspectLine, undo: itms.KindModify,
			check: (*intake).checkModify, admit: (*work).admitChange},
		itms.KindPassword: {modes: bothModes, carry: secrets, undo: itms.KindPassword,
			check: (*intake).checkPassword, admit: (*work).admitChange},
		itms.KindTransfer: {modes: bothModes, decide: aspectOwner, carry: contents | secrets, undo: itms.KindTransfer,
			check: (*intake).checkTransfer, admit: (*work).admitChange},
		itms.KindTerminate: {modes: bothModes, decide: aspectAll, undo: itms.KindInstall,
			check: (*intake).checkNamed, admit: (*work).admitTerminate},
	}
}

// allKinds are the words of the contract.
var allKinds = []itms.OrderKind{itms.KindInstall, itms.KindSwap, itms.KindRelocate, itms.KindSuspend, itms.KindResume,
	itms.KindModify, itms.KindPassword, itms.KindTransfer, itms.KindTerminate}

// performs reports whether the recipe covers the mode.
func (r recipe) performs(m itms.OrderMode) bool { return slices.Contains(r.modes, m) }

// aspects is what of its slot the order decides: what its kind does, and what it
// carries along.
func aspects(o *itms.Order) aspect {
	r := recipes[o.Kind]
	return r.decide | r.carry&carried(o)
}

// carried is what the document of an order says something about.
func carried(o *itms.Order) (a aspect) {
	s := &o.Request.Service
	for _, each := range []struct {
		says bool
		of   aspect
	}{
		{s.Package != "", aspectPackage}, {s.Account != "", aspectAccount}, {s.AuthURL != "", aspectAddress},
		{s.AuthURLBackup != "", aspectBackup}, {s.Access != (itms.AccessSpec{}), aspectAccess},
		{len(o.Request.Attributes) > 0, aspectAttribute}, {len(o.ServicePassword) > 0, aspectSecret},
		{len(o.AccessPassword) > 0, aspectAccessKey}, {o.Request.Line != (itms.Line{}), aspectLine},
		{!o.Claim.IsZero(), aspectDevice},
	} {
		if each.says {
			a |= each.of
		}
	}
	return a
}
