package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"

	"itms"
	"itms/cmd/itms/config"
	"itms/web/client"
)

// The BSS side of the demo: one of the orders comes by TMF641, its sender is told by the
// hub, and an IPTV platform is told which box serves an account before the box is.

// tmfOrdering is the base of TMF641.
const tmfOrdering = "/tmf-api/serviceOrdering/v4"

// demoPaths are where the receiver of the demo plays whom.
const (
	demoCallbackPath = "/callback"
	demoHubPath      = "/hub"
	demoPlatformPath = "/platform"
)

// playBSS answers as the BSS, as the listener of the hub and as the platform. Its address
// is known now, so the platform can be configured.
func (d *demo) playBSS(l net.Listener) http.Handler {
	at := "http://" + l.Addr().String()
	d.callback, d.hub = at+demoCallbackPath, at+demoHubPath
	d.config.Neighbours = []config.Neighbour{{
		Name: "iptv-platform", On: []string{"bind", "unbind", "move", "suspend", "resume", "terminate"}, Types: []string{string(itms.ServiceIPTV)},
		URL: at + demoPlatformPath, Before: "push",
		Body: `{"action": {{json .Action}}, "account": {{json .Account}}, "mac": {{colon .MAC | json}}, "old": {{colon .OldMAC | json}}}`,
	}}
	mux := http.NewServeMux()
	mux.HandleFunc("POST "+demoCallbackPath, d.hear)
	mux.HandleFunc("POST "+demoHubPath, d.hearHub)
	mux.HandleFunc("POST "+demoPlatformPath, d.hearPlatform)
	return mux
}

// demoRadius serves access servers on this host, of which there is none but radclient.
func demoRadius(c config.Radius) config.Radius {
	c.Listen, c.Accounting = []string{"127.0.0.1:0"}, []string{"127.0.0.1:0"}
	c.NAS = []config.RadiusNAS{{Name: "demo", Networks: []string{"127.0.0.0/8"}, Secret: rand.Text(), RequireMessageAuthenticator: true}}
	return c
}

// readDemo reads what the receiver was sent; what is no such document is nobody's.
func readDemo(w http.ResponseWriter, r *http.Request, v any) bool {
	const most = 1 << 20
	if err := json.NewDecoder(io.LimitReader(r.Body, most)).Decode(v); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return false
	}
	return true
}

// tmfOrder is what the demo looks at of a TMF641 order.
type tmfOrder struct {
	ExternalID string `json:"externalId"`
	State      string `json:"state"`
}

// over reports whether nothing more happens to it.
func (o tmfOrder) over() bool { return itms.ServiceOrderState(o.State).Over() }

// hearHub prints the notification of another state.
func (d *demo) hearHub(w http.ResponseWriter, r *http.Request) {
	var n struct {
		EventType string
		Event     struct{ ServiceOrder tmfOrder }
	}
	if !readDemo(w, r, &n) || n.EventType != "ServiceOrderStateChangeEvent" {
		return
	}
	o := n.Event.ServiceOrder
	d.printf("  notified  %-7s %s\n", o.ExternalID, o.State)
	if o.over() {
		d.end(o.ExternalID)
	}
}

// hearPlatform prints what the platform is told.
func (d *demo) hearPlatform(w http.ResponseWriter, r *http.Request) {
	var call struct{ Action, Account, MAC, Old string }
	if readDemo(w, r, &call) {
		d.printf("  platform  %-7s %s is served by %s\n", call.Action, call.Account, call.MAC)
	}
}

// listenAtHub subscribes the sender of TMF641 orders, once for all runs on the same data.
func (d *demo) listenAtHub(ctx context.Context) error {
	c, err := client.New(d.web, d.token)
	if err != nil {
		return err
	}
	var known struct{ Items []struct{ Target string } }
	if err := doDemo(ctx, c, client.Call{Method: http.MethodGet, Path: "/api/v1/webhooks"}, &known); err != nil {
		return err
	}
	for _, s := range known.Items {
		if s.Target == d.hub {
			return nil
		}
	}
	return doDemo(ctx, c, client.Call{Method: http.MethodPost, Path: tmfOrdering + "/hub", Body: map[string]string{"callback": d.hub}}, new(any))
}

// doDemo makes a call and reads its answer.
func doDemo(ctx context.Context, c *client.Client, call client.Call, answer any) error {
	resp, err := c.Do(ctx, call)
	if err != nil {
		return fmt.Errorf("%s: %w", call.Path, err)
	}
	defer resp.Body.Close()
	return json.NewDecoder(resp.Body).Decode(answer)
}

// postTMF posts the order of a story as a sender of TMF641 writes it. What an earlier run
// on the same data posted is not posted again.
func (d *demo) postTMF(ctx context.Context, s demoStory) error {
	c, err := client.New(d.web, d.token)
	if err != nil {
		return err
	}
	var known []tmfOrder
	q := url.Values{"externalId": {s.no}}
	if err := doDemo(ctx, c, client.Call{Method: http.MethodGet, Path: tmfOrdering + "/serviceOrder", Query: q}, &known); err != nil {
		return err
	}
	var o tmfOrder
	if len(known) > 0 {
		o = known[0]
	} else if err := doDemo(ctx, c, client.Call{Method: http.MethodPost, Path: tmfOrdering + "/serviceOrder", Body: d.tmfDocument(s)}, &o); err != nil {
		return err
	}
	if o.over() {
		d.end(s.no)
	}
	return nil
}

// tmfDocument is the order of a story by TMF641.
func (d *demo) tmfDocument(s demoStory) map[string]any {
	characteristics := []map[string]string{
		{"name": "account", "value": "acct-" + s.no}, {"name": "password", "value": samplePassword(s.no, "service")},
		{"name": "package", "value": "SAMPLE"}, {"name": "authUrl", "value": "http://auth.example.com:8080/"},
		{"name": "area", "value": "510100"}, {"name": "mac", "value": s.mac},
	}
	return map[string]any{"externalId": s.no, "description": "sample order", "serviceOrderItem": []any{map[string]any{"id": "1", "action": "add",
		"service": map[string]any{"id": s.no + "-1", "serviceType": s.service, "serviceCharacteristic": characteristics,
			"relatedParty": []any{map[string]string{"role": "customer", "id": "U-" + s.no, "name": "Sample Subscriber", "@referredType": "Customer"}}}}}}
}
