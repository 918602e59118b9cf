package workorder

import (
	"slices"

	"itms"
)

// recipe is what the engine must know of one kind of order. A new kind is a new
// row in recipes, not a branch elsewhere.
type recipe struct {
	modes []itms.OrderMode
	// check validates what this kind needs beyond the common fields.
	check func(*intake)
	// admit decides, in the transaction of the order's arrival or release, whether
	// it may run now and prepares service and binding.
	admit func(*work, *itms.Order) (admission, error)
}

// admission is the verdict on an order that wants to start.
type admission struct {
	on     trigger // onAccept, onHold or onReject
	reason string
}

// recipes holds the kinds this system performs.
var recipes = map[itms.OrderKind]recipe{
	itms.KindInstall: {
		modes: []itms.OrderMode{itms.ModeSelf},
		check: (*intake).checkInstall,
		admit: (*work).admitInstall,
	},
}

// allKinds and allModes are the words of the contract, performed here or not.
var (
	allKinds = []itms.OrderKind{itms.KindInstall, itms.KindSwap, itms.KindRelocate, itms.KindSuspend, itms.KindResume,
		itms.KindModify, itms.KindPassword, itms.KindTransfer, itms.KindTerminate}
	allModes = []itms.OrderMode{itms.ModeSelf, itms.ModeTechnician}
)

// performs reports whether the recipe covers the mode.
func (r recipe) performs(m itms.OrderMode) bool { return slices.Contains(r.modes, m) }
