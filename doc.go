// Package itms is the vocabulary of a zero-touch provisioning system: devices,
// services, bindings, work orders, commands, events, and the storage contract
// that every engine must meet.
//
// The one idea: a work order states an intent, first contact with the device
// fulfils it, and nothing is finished until it was read back. Doors (CWMP, REST,
// DHCP ...) translate to and from this package and decide nothing of their own.
//
// The package imports the standard library only and is imported by everything.
// Its strings are types with validating constructors, so that a value which
// exists is a value which is well formed.
package itms
