// Package profile turns a service into the parameter values a device must hold,
// as YAML documents say for each model and dialect.
package profile
