package api

import (
	"cmp"
	"context"
	"net/http"
	"time"

	"itms"
)

// linePath takes line evidence.
const linePath = base + "/line-evidence"

// maxVLAN is the greatest VLAN number (IEEE 802.1Q).
const maxVLAN = 4094

// lineInput is the posted document, as bytes: see decode.
type lineInput struct {
	RawBody []byte `contentType:"application/json"`
}

// lineRequest says where the network saw a device.
type lineRequest struct {
	MAC        string  `json:"mac" doc:"Any separator, either case." example:"00:00:5E:00:53:01"`
	Line       lineDoc `json:"line,omitzero" doc:"Where it was seen: DHCP option 82, or the port of the session."`
	Subscriber string  `json:"subscriber,omitempty" maxLength:"128" doc:"Whose line it is, if known." example:"U1001"`
	Account    string  `json:"account,omitempty" maxLength:"128" doc:"Access account it logged in with." example:"pppoe1001"`
	Source     string  `json:"source,omitempty" maxLength:"128" doc:"Who saw it; the name of the token when left out." example:"dhcp-1"`
}

// lineOutput confirms what was taken.
type lineOutput struct{ Body lineTakenView }

// lineTakenView is where a device is now believed to be.
type lineTakenView struct {
	MAC  string    `json:"mac" example:"00:00:5E:00:53:01"`
	Line lineDoc   `json:"line"`
	At   time.Time `json:"at" doc:"When it was taken in."`
}

// lineRoutes registers the call of DHCP and AAA servers.
func (s *Server) lineRoutes() {
	add(s, route{method: http.MethodPost, path: linePath, id: "tell-line", tag: "Devices",
		summary: "Tell where the network saw a device", description: "For DHCP and AAA servers, at each lease or login. It helps to " +
			"find the order of a device that none names, and shows when a box was moved.",
		needs: lineTell, status: http.StatusAccepted, body: smallBody,
		example: lineTakenView{exampleMAC, lineDoc{Area: exampleArea, Node: "olt-7", Port: "1/2/3", VLAN: 100}, exampleTime},
		problems: []int{http.StatusBadRequest, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType,
			http.StatusUnprocessableEntity}}, s.tellLine)
	describeBody[lineRequest](s, linePath, map[string]any{"mac": exampleMAC, "source": "dhcp-1", "account": "pppoe1001",
		"line": map[string]any{"area": exampleArea, "node": "olt-7", "port": "1/2/3", "vlan": 100}})
}

// tellLine takes line evidence.
func (s *Server) tellLine(ctx context.Context, in *lineInput) (*lineOutput, error) {
	if err := everywhere(ctx); err != nil {
		return nil, err
	}
	body, err := bodyOf[lineRequest](ctx, s, in.RawBody)
	if err != nil {
		return nil, err
	}
	mac, err := body.check()
	if err != nil {
		return nil, err
	}
	actor := recordOf(ctx).actor
	seen := itms.Sighting{Line: itms.Line(body.Line), Subscriber: body.Subscriber, Account: body.Account,
		Source: cmp.Or(body.Source, actor), At: itms.Timestamp(s.now())}
	if err := s.opts.Devices.Sight(ctx, actor, mac, seen); err != nil {
		return nil, err
	}
	return &lineOutput{lineTakenView{mac.String(), body.Line, seen.At}}, nil
}

// check reports every wrong field, and returns the MAC address.
func (b *lineRequest) check() (itms.MAC, error) {
	var wrong fieldErrors
	mac, err := itms.ParseMAC(b.MAC)
	wrong.add(err)
	if b.Line == (lineDoc{}) && b.Subscriber == "" && b.Account == "" {
		wrong.add(itms.Invalid("/line", "expected area, node, port or vlan, or else subscriber or account"))
	}
	if b.Line.VLAN < 0 || b.Line.VLAN > maxVLAN {
		wrong.add(itms.Invalid("/line/vlan", "expected 0 for none, or 1 to %d", maxVLAN))
	}
	for _, field := range []struct{ pointer, text string }{{"/line/area", b.Line.Area}, {"/line/node", b.Line.Node},
		{"/line/port", b.Line.Port}, {"/subscriber", b.Subscriber}, {"/account", b.Account}, {"/source", b.Source}} {
		wrong.add(checkText(field.pointer, field.text, maxName))
	}
	return mac, wrong.problem()
}
