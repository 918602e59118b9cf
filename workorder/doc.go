// Package workorder is the heart of the domain: it takes work orders in, ties
// devices to service slots, brings devices to the state their service wants and
// tells the BSS what became of it.
//
// Everything is level-triggered. Nothing here remembers "the next step": on each
// contact the wanted state is computed from the service and compared with what is
// known of the device, and only the difference is sent. A crash, a lost answer, a
// duplicate or a reordered message therefore needs no path of its own.
//
// The machines are data: transitions of orders and bindings in machine.go, kinds of
// orders in kinds.go, the rules for an Inform in decide.go.
package workorder
