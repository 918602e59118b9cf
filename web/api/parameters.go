package api

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"

	"itms"
)

// parametersInput selects parameters of a device.
type parametersInput struct {
	ID     string `path:"id" doc:"Device id." example:"00005E-STB-S1001"`
	Prefix string `query:"prefix" doc:"Only names that start with it." example:"Device.DeviceInfo."`
	Cursor string `query:"cursor" doc:"Next of the answer before."`
	Limit  int    `query:"limit" minimum:"1" maximum:"500" doc:"Most items wanted; 50 when left out." example:"50"`
}

// parameterView is one parameter as last known.
type parameterView struct {
	Name         string  `json:"name" example:"Device.DeviceInfo.SoftwareVersion"`
	Value        *string `json:"value" doc:"Null when it is a credential." example:"2.3.4"`
	Type         string  `json:"type,omitempty" doc:"As the device said; when it said nothing, as the data model has it." example:"xsd:string"`
	Writable     bool    `json:"writable" doc:"The device lists it as writable."`
	Secret       bool    `json:"secret,omitempty" doc:"The value is a credential and never shown."`
	Notification *int    `json:"notification,omitempty" minimum:"0" maximum:"6" doc:"What the device does when the value changes, as last read or set: 0 nothing, 1 tells it in the next Inform, 2 informs at once; 3 to 6 are the lightweight ways of TR-069 A.3.2.4. Absent when not known." example:"2"`
	Refused      int     `json:"notificationFault,omitempty" doc:"The fault by which the device refused the notification level that its profile wants." example:"9009"`
	Access       string  `json:"access,omitempty" enum:"acs,subscriber,other" doc:"Who may write it beside the ACS: nobody, the subscriber, or others. Absent when not known." example:"subscriber"`
	Hint         string  `json:"hint,omitempty" doc:"What the data model says of its values: unit, bounds, choices." example:"one of short, long, auto"`
}

// changeView is one changed value.
type changeView struct {
	Name   string    `json:"name" example:"Device.DeviceInfo.SoftwareVersion"`
	Old    *string   `json:"old" doc:"Null when the parameter has become a credential since. Long values are cut." example:"2.3.3"`
	New    *string   `json:"new" doc:"Like old." example:"2.3.4"`
	At     time.Time `json:"at"`
	Source string    `json:"source" enum:"inform,read,set,task" doc:"Told by the device in an Inform, found when it was read, written for a service, or written by a task."`
}

// parameterRoutes registers what is known of a device's parameters.
func (s *Server) parameterRoutes() {
	const path = devicesPath + "/{id}/parameters"
	version, older, level := "2.3.4", "2.3.3", 2
	add(s, route{method: http.MethodGet, path: path, id: "list-parameters", tag: "Devices",
		summary: "List the known parameters of a device", description: "As last read, ordered by name. " +
			"Credentials are listed without their value.", needs: devicesRead,
		example: pageOf[parameterView]{Items: []parameterView{
			{Name: "Device.DeviceInfo.SoftwareVersion", Value: &version, Type: itms.TypeString, Notification: &level},
			{Name: "Device.ManagementServer.ConnectionRequestPassword", Type: itms.TypeString, Writable: true, Secret: true}}},
		problems: []int{http.StatusNotFound, http.StatusUnprocessableEntity}}, s.listParameters)
	add(s, route{method: http.MethodGet, path: path + "/history", id: "list-parameter-history", tag: "Devices",
		summary: "List changed values of a device", description: "Newest first; the last " + strconv.Itoa(itms.KeepChanges) + " are kept. " +
			"Credentials are never in it, nor are counters, clocks and the like.", needs: devicesRead,
		example:  pageOf[changeView]{Items: []changeView{{"Device.DeviceInfo.SoftwareVersion", &older, &version, exampleTime, string(itms.ChangeInform)}}},
		problems: []int{http.StatusNotFound, http.StatusUnprocessableEntity}}, s.listHistory)
}

// parameterList marks the cursors of the parameter list.
const parameterList = "parameters"

// listParameters lists parameters by name.
func (s *Server) listParameters(ctx context.Context, in *parametersInput) (*listOutput[parameterView], error) {
	after, err := readCursor(parameterList, in.Cursor)
	if err != nil {
		return nil, err
	}
	limit := limitOf(in.Limit)
	var page []itms.Param
	var attributes itms.AttributeSync
	err = s.opts.Store.View(ctx, func(tx itms.Tx) error {
		d, err := pathDevice(ctx, tx)
		if err != nil {
			return err
		}
		attributes = d.Attributes
		page, err = tx.Devices().ParamPage(d.ID, itms.ParamPage{Prefix: in.Prefix, After: itms.ParamPath(after), Limit: limit + 1})
		return err
	})
	if err != nil {
		return nil, err
	}
	return newPage(parameterList, page, limit, func(p itms.Param) string { return string(p.Name) }, func(p itms.Param) parameterView {
		v := s.viewParameter(p)
		v.Refused = attributes.Refuses(p.Name)
		return v
	}), nil
}

// accessWords are access lists as shown.
var accessWords = map[itms.AccessList]string{itms.AccessACS: "acs", itms.AccessSubscriber: "subscriber", itms.AccessOther: "other"}

// viewParameter shows a parameter, never a credential. The name counts too: a
// device may have been read before its profile said what to hide.
func (s *Server) viewParameter(p itms.Param) parameterView {
	v := parameterView{Name: string(p.Name), Type: p.Type, Writable: p.Writable, Secret: p.Hidden || p.Name.IsSecret(), Access: accessWords[p.Access]}
	if level, known := p.Notify.Level(); known {
		v.Notification = &level
	}
	if models := s.opts.Models; models != nil {
		v.Hint, v.Secret = models.Hint(v.Name), v.Secret || models.Secret(v.Name)
		if v.Type == "" {
			v.Type = models.TypeOf(v.Name)
		}
	}
	if !v.Secret {
		v.Value = &p.Value
	}
	return v
}

// historyList marks the cursors of the history.
const historyList = "parameter-history"

// shownChange is a change, and whether its values may be shown.
type shownChange struct {
	itms.ParamChange
	secret bool
}

// listHistory lists changed values, newest first.
func (s *Server) listHistory(ctx context.Context, in *parametersInput) (*listOutput[changeView], error) {
	at, name, err := readChangeCursor(in.Cursor)
	if err != nil {
		return nil, err
	}
	limit := limitOf(in.Limit)
	var page []shownChange
	err = s.opts.Store.View(ctx, func(tx itms.Tx) error {
		d, err := pathDevice(ctx, tx)
		if err != nil {
			return err
		}
		changes, err := tx.Devices().Changes(d.ID, itms.ChangeQuery{Prefix: in.Prefix, BeforeAt: at, BeforeName: name, Limit: limit + 1})
		if err != nil || len(changes) == 0 {
			return err
		}
		tree, err := tx.Devices().Params(d.ID)
		if err != nil {
			return err
		}
		for _, c := range changes {
			p, _ := tree.Get(c.Name) // a profile that came later may know it for a credential
			page = append(page, shownChange{c, p.Hidden || s.viewParameter(itms.Param{Name: c.Name}).Secret})
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return newPage(historyList, page, limit, changeKey, viewChange), nil
}

// changeKey is the key of a change in a cursor.
func changeKey(c shownChange) string {
	return strconv.FormatInt(c.At.UnixMicro(), 10) + " " + string(c.Name)
}

// readChangeCursor returns the change that a cursor names, zero for none.
func readChangeCursor(cursor string) (at time.Time, name itms.ParamPath, err error) {
	key, err := readCursor(historyList, cursor)
	if err != nil || key == "" {
		return time.Time{}, "", err
	}
	number, rest, ok := strings.Cut(key, " ")
	us, err := strconv.ParseInt(number, 10, 64)
	if err != nil || !ok {
		return time.Time{}, "", itms.Invalid("/query/cursor", "is not a cursor of this list; pass next of the answer before")
	}
	return time.UnixMicro(us).UTC(), itms.ParamPath(rest), nil
}

// viewChange shows a changed value.
func viewChange(c shownChange) changeView {
	v := changeView{Name: string(c.Name), At: c.At, Source: string(c.Source)}
	if !c.secret {
		v.Old, v.New = &c.Old, &c.New
	}
	return v
}
