package api

import (
	"context"
	"fmt"
	"net/http"
	"strconv"

	"itms"
)

// deviceEventsInput selects events of a device.
type deviceEventsInput struct {
	ID     string `path:"id" doc:"Device id." example:"00005E-STB-S1001"`
	Cursor string `query:"cursor" doc:"Next of the answer before."`
	Limit  int    `query:"limit" minimum:"1" maximum:"500" doc:"Most items wanted; 50 when left out." example:"50"`
}

// sessionsInput selects sessions of a device.
type sessionsInput struct {
	ID    string `path:"id" doc:"Device id." example:"00005E-STB-S1001"`
	Limit int    `query:"limit" minimum:"1" maximum:"500" doc:"Most items wanted; at most 50 are kept." example:"50"`
}

// deviceDetailRoutes registers what belongs to a device.
func (s *Server) deviceDetailRoutes() {
	s.parameterRoutes()
	s.deviceCableRoutes()
	one := devicesPath + "/{id}"
	add(s, route{method: http.MethodGet, path: one + "/sessions", id: "list-sessions", tag: "Devices",
		summary: "List the last CWMP sessions of a device", description: "Newest first; sessions in which nothing " +
			"happened are not kept.", needs: devicesRead, example: pageOf[sessionView]{Items: []sessionView{exampleSession()}},
		problems: []int{http.StatusNotFound, http.StatusUnprocessableEntity}}, s.listSessions)
	add(s, route{method: http.MethodGet, path: one + "/events", id: "list-device-events", tag: "Devices",
		summary: "List what happened to a device", description: "Newest first.", needs: devicesRead,
		example:  pageOf[eventView]{Items: []eventView{exampleEvent()}},
		problems: []int{http.StatusNotFound, http.StatusUnprocessableEntity}}, s.listDeviceEvents)
}

// listSessions lists the kept sessions.
func (s *Server) listSessions(ctx context.Context, in *sessionsInput) (*listOutput[sessionView], error) {
	var sessions []itms.SessionSummary
	err := s.opts.Store.View(ctx, func(tx itms.Tx) error {
		d, err := pathDevice(ctx, tx)
		if err != nil {
			return err
		}
		sessions, err = tx.Devices().Sessions(d.ID, limitOf(in.Limit))
		return err
	})
	if err != nil {
		return nil, err
	}
	return newPage("", sessions, len(sessions), func(itms.SessionSummary) string { return "" }, viewSession), nil
}

// deviceEventList marks the cursors of a device's events.
const deviceEventList = "device-events"

// listDeviceEvents lists events, newest first.
func (s *Server) listDeviceEvents(ctx context.Context, in *deviceEventsInput) (*listOutput[eventView], error) {
	before, err := readSeq(deviceEventList, in.Cursor)
	if err != nil {
		return nil, err
	}
	limit := limitOf(in.Limit)
	var events []itms.Event
	err = s.opts.Store.View(ctx, func(tx itms.Tx) error {
		d, err := pathDevice(ctx, tx)
		if err != nil {
			return err
		}
		events, err = tx.Journal().OfDevice(d.ID, before, limit+1)
		return err
	})
	if err != nil {
		return nil, err
	}
	return newPage(deviceEventList, events, limit, func(e itms.Event) string { return strconv.FormatInt(e.Seq, 10) }, viewEvent), nil
}

// readSeq reads a cursor that is a journal sequence, 0 for none.
func readSeq(list, cursor string) (int64, error) {
	key, err := readCursor(list, cursor)
	if err != nil || key == "" {
		return 0, err
	}
	seq, err := strconv.ParseInt(key, 10, 64)
	if err != nil || seq < 1 {
		return 0, itms.Invalid("/query/cursor", "is not a cursor of this list: %s", fmt.Sprintf("%q is no sequence", key))
	}
	return seq, nil
}
