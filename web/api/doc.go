// Package api is the REST door: it translates HTTP calls to the domain and back.
// It holds no rule of the domain. Reads go straight to the store in one snapshot
// each; whatever changes something goes through the interfaces Orders, Devices,
// Tasks, Stock and Waker, which the work order engine and the CWMP door meet.
//
// The outside is fixed by the contract: base path /api/v1, bearer tokens, errors
// as application/problem+json (RFC 9457) with a stable code, and a description of
// all of it at /openapi.json (OpenAPI 3.1), made from the same Go types that the
// handlers take and return.
package api
