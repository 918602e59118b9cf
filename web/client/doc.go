// Package client calls the REST API of itms from Go. It needs the standard library only.
//
//	c, err := client.New("https://itms.example.com", token)
//	...
//	order, created, err := c.SubmitOrder(ctx, client.OrderRequest{OrderNo: "WO-1001", Kind: "install", Mode: "self", ...})
//
// Every method takes a context and returns a *Error when the server refused: its Code says
// why (CodeOrderConflict, CodeNotFound, ...), its Fields which fields are wrong. Lists are
// sequences that fetch page after page. Calls that may be repeated without harm are repeated
// by themselves, with growing pauses, when the network or the server fails for a moment;
// those that act each time they are made carry a key that makes a repeat safe where the API
// takes one.
//
// The types hold what the description of the API (/openapi.json) says, members that a program
// rarely needs left out; words such as states and kinds are plain texts, since new ones may be
// added. What has no method here is reached by Do.
package client
