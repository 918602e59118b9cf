// Package tmf is the TM Forum door: service ordering (TMF641 4.1), the inventories of
// services (TMF638 4.0) and of resources (TMF639 4.0), and service activation (TMF640 4.0),
// as annexes of the REST door.
//
// It holds no rule of the domain. Documents of the standard become orders of several items
// (itms.ServiceOrderRequest) and what is stored becomes documents again; what was sent and
// has no place in the domain is kept beside it and echoed. Secrets go in and never come
// out.
//
// A sender is read strictly or leniently. Strictly, a document must be what the schemas in
// the folder schema say, and nothing else. Leniently, it is first brought into that shape:
// old names, words in any case, numbers for texts and single things for lists are put
// right, and what is unknown is kept. So what is shown is always in the standard's shape.
package tmf
