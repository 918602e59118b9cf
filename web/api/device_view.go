package api

import (
	"net/url"
	"time"

	"itms"
)

// deviceView is one CPE as shown. It has no credentials: neither those of its
// connection request nor those of its service.
type deviceView struct {
	ID           string      `json:"id" doc:"OUI-ProductClass-Serial, each part percent-encoded where needed." example:"00005E-STB-S1001"`
	OUI          string      `json:"oui" example:"00005E"`
	ProductClass string      `json:"productClass,omitempty" example:"STB"`
	Serial       string      `json:"serial" example:"S1001"`
	Manufacturer string      `json:"manufacturer,omitempty" example:"Example"`
	Model        string      `json:"model,omitempty" example:"STB-4K"`
	Hardware     string      `json:"hardware,omitempty" example:"1.0"`
	Software     string      `json:"software,omitempty" example:"2.3.4"`
	MAC          string      `json:"mac,omitempty" example:"00:00:5E:00:53:01"`
	STBID        string      `json:"stbId,omitempty" example:"0010019900600000000000005E005301"`
	IP           string      `json:"ip,omitempty" doc:"Source address of its last stored Inform." example:"192.0.2.10"`
	Area         string      `json:"area,omitempty" doc:"Where it serves: the area of its service, else of the line where the network last saw it." example:"510100"`
	State        deviceState `json:"state"`
	Light        lightView   `json:"light" doc:"How it stands, in words of both languages. A device that was not in contact for three periodic Informs needs attention: it is silent."`
	Blocked      bool        `json:"blocked" doc:"An operator forbade it any session."`
	Conflict     bool        `json:"conflict" doc:"Contradicts another device: nothing is pushed."`
	Problem      string      `json:"problem,omitempty" doc:"Why an operator must look, in words."`
	Credentials  string      `json:"acsCredentials" enum:"shared,pending,own,refused" doc:"What it authenticates with here, as far as names and passwords go: those that all share; its own, which it was given and has not used yet; its own; or the shared ones, since it does not take its own."`
	Profile      string      `json:"profile,omitempty" doc:"Profile that describes it; absent when none fits." example:"ctc-stb"`
	CWMP         string      `json:"cwmp,omitempty" doc:"CWMP namespace version it speaks." example:"1-0"`

	ConnectionRequestURL string    `json:"connectionRequestUrl,omitempty" example:"http://192.0.2.10:7547/cr"`
	Reach                reachView `json:"reach" doc:"How it is brought into contact."`
	FirstSeen            time.Time `json:"firstSeen,omitzero"`
	LastBoot             time.Time `json:"lastBoot,omitzero"`
	LastContact          time.Time `json:"lastContact,omitzero"`

	LastSession *sessionView  `json:"lastSession,omitempty"`
	Sync        syncView      `json:"sync" doc:"Progress of bringing it to its wanted state."`
	Attributes  *attrSyncView `json:"attributes,omitempty" doc:"What it shall report by itself; once it serves, and its profile wants any of it."`
	Service     string        `json:"service,omitempty" doc:"Service slot it is bound to." example:"U1001-1"`
	Order       string        `json:"order,omitempty" doc:"Number of the order that bound it." example:"WO-1001"`

	Page        *pageView      `json:"page,omitempty" doc:"Its registration page, once we touched it."`
	LockedUntil time.Time      `json:"lockedUntil,omitzero" doc:"No activation code is taken from it until then; absent when it is not locked."`
	Upgrade     *upgradeView   `json:"upgrade,omitempty" doc:"Firmware that it must get before anything else."`
	WipePending bool           `json:"wipePending" doc:"It may still hold credentials of a service it was released from."`
	Sighting    *sightingView  `json:"sighting,omitempty" doc:"Where the network last saw it."`
	Hosts       []string       `json:"hosts,omitempty" doc:"MAC addresses that a gateway reports behind it." example:"[\"00:00:5E:00:53:02\"]"`
	OpenTasks   int            `json:"openTasks,omitempty" doc:"Tasks that have not ended." example:"1"`
	Cable       *cableView     `json:"cable,omitempty" doc:"Of a device that is provisioned by DHCP and a configuration file; /cable below it has all."`
	Diagnosis   *diagnosisView `json:"diagnosis,omitempty" doc:"Why it does not get on; when one device is shown, and something is the matter."`
}

// pageView is what a registration page tells the person in front of it.
type pageView struct {
	State   pageState `json:"state"`
	Verdict int       `json:"verdict" minimum:"0" maximum:"5" doc:"Of a gateway's page: 0 right, 1 wrong password, 2 unknown LOID, 3 mismatch, 4 timeout, 5 nothing to do."`
	Times   int       `json:"times" doc:"Wrong codes so far." example:"2"`
}

// upgradeView is a firmware download on its way.
type upgradeView struct {
	Version string `json:"version" doc:"That it must report in the end." example:"2.4.0"`
	Tries   int    `json:"tries" example:"1"`
	Failed  string `json:"failed,omitempty" doc:"Why it was given up."`
}

// sightingView is line evidence.
type sightingView struct {
	Line       lineDoc   `json:"line"`
	Subscriber string    `json:"subscriber,omitempty" example:"U1001"`
	Account    string    `json:"account,omitempty" example:"pppoe1001"`
	Source     string    `json:"source,omitempty" doc:"Who saw it." example:"dhcp-1"`
	At         time.Time `json:"at,omitzero"`
	Elsewhere  time.Time `json:"elsewhere,omitzero" doc:"Since when it is seen on a line that is not its service's."`
	Moved      bool      `json:"moved" doc:"Seen elsewhere twice, long enough apart."`
}

// syncView is how far the device is from what it should hold.
type syncView struct {
	InSync  bool     `json:"inSync" doc:"The last target was read back and verified."`
	Phase   string   `json:"phase" enum:",read,reboot,verify,proof,failed" doc:"Step of the pass; empty when idle."`
	Tries   int      `json:"tries" doc:"Refused or unverified pushes of the target."`
	Reason  string   `json:"reason,omitempty" doc:"The last failure in words."`
	Trouble trouble  `json:"trouble,omitempty" doc:"The same as a stable word."`
	Missing []string `json:"missing,omitempty" doc:"Parameter names that the device refused."`
}

// sessionView is one CWMP session.
type sessionView struct {
	ID         string    `json:"id" example:"01J0000000000000000000000Z"`
	Started    time.Time `json:"started"`
	DurationMS int64     `json:"durationMs" example:"420"`
	Node       string    `json:"node,omitempty" example:"node-1"`
	Remote     string    `json:"remote,omitempty" example:"192.0.2.10"`
	Events     []string  `json:"events" doc:"Event codes of the Inform." example:"[\"1 BOOT\"]"`
	RPCs       []string  `json:"rpcs" doc:"Methods the ACS sent, in order." example:"[\"SetParameterValues\"]"`
	Faults     []string  `json:"faults" doc:"Code and text of each fault."`
	Messages   int       `json:"messages" doc:"POSTs of the device." example:"4"`
	RetryCount int       `json:"retryCount" doc:"Sessions that failed before this one, by the Inform." example:"0"`
	BytesIn    int64     `json:"bytesIn" example:"5120"`
	BytesOut   int64     `json:"bytesOut" example:"2048"`
	End        string    `json:"end" enum:"done,timeout,fenced,error" doc:"How it ended."`
}

// boundTo is what a device serves.
type boundTo struct {
	service itms.ServiceID
	order   itms.OrderNo
}

// bindingOf reads what a device in force is bound to; nothing when it is not.
func bindingOf(tx itms.Tx, id itms.DeviceID) (to boundTo, err error) {
	b, err := tx.Bindings().OfDevice(id)
	if itms.IsKind(err, itms.KindNotFound) {
		return to, nil
	}
	if err != nil {
		return to, err
	}
	to.service = b.Service
	to.order, err = orderNumber(tx, b.Order)
	return to, err
}

// orderNumber reads the number of an order, "" when it is gone.
func orderNumber(tx itms.Tx, id itms.OrderID) (itms.OrderNo, error) {
	o, err := tx.Orders().Get(id)
	switch {
	case itms.IsKind(err, itms.KindNotFound):
		return "", nil
	case err != nil:
		return "", err
	}
	return o.No, nil
}

// viewDevice shows a device as it is now.
func (s *Server) viewDevice(d *itms.Device, to boundTo) deviceView {
	v := deviceView{
		ID: d.ID.String(), OUI: d.ID.OUI, ProductClass: d.ID.ProductClass, Serial: d.ID.Serial,
		Manufacturer: d.Manufacturer, Model: d.Model, Hardware: d.Hardware, Software: d.Software,
		MAC: d.MAC.String(), STBID: string(d.STBID), IP: d.IP, Area: d.Area, State: deviceState(d.State), Light: viewLight(s.opts.Desk.DeviceLight(d)),
		Blocked: d.Blocked, Conflict: d.Conflict, Problem: d.Problem, Credentials: credentialsOf(&d.Login), Profile: d.Profile, CWMP: d.CWMP,
		ConnectionRequestURL: withoutUser(d.ConnectionRequestURL), Reach: viewReach(d), FirstSeen: d.FirstSeen, LastBoot: d.LastBoot,
		LastContact: d.LastContact, Sync: viewSync(&d.Sync), Service: string(to.service), Order: string(to.order),
		Page: viewPage(d.Page.Want), Upgrade: viewUpgrade(&d.Upgrade), WipePending: d.Wipe != "",
		Sighting: viewSighting(&d.Sighting), OpenTasks: d.Tasks, Attributes: viewAttributes(&d.Attributes), Cable: viewCable(d.Cable),
	}
	if d.LastSession.ID != "" {
		session := viewSession(d.LastSession)
		v.LastSession = &session
	}
	if d.Guesses.Until.After(s.now()) {
		v.LockedUntil = d.Guesses.Until
	}
	for _, host := range d.Hosts {
		v.Hosts = append(v.Hosts, host.String())
	}
	return v
}

// viewPage shows what a page should tell, nil when we never touched it.
func viewPage(p itms.PageView) *pageView {
	if p.State == itms.PageNone {
		return nil
	}
	return &pageView{pageState(p.State), int(p.Verdict), p.Times}
}

// viewUpgrade shows a firmware download, nil when there is none.
func viewUpgrade(u *itms.Upgrade) *upgradeView {
	if u.Version == "" {
		return nil
	}
	return &upgradeView{u.Version, u.Tries, u.Failed}
}

// viewSighting shows line evidence, nil when there is none.
func viewSighting(s *itms.Sighting) *sightingView {
	if *s == (itms.Sighting{}) {
		return nil
	}
	return &sightingView{lineDoc(s.Line), s.Subscriber, s.Account, s.Source, s.At, s.Elsewhere, s.Moved}
}

// withoutUser drops credentials that a device put into its own address.
func withoutUser(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.User == nil {
		return address
	}
	u.User = nil
	return u.String()
}

// credentialsOf says in one word what a device authenticates with.
func credentialsOf(l *itms.Login) string {
	switch {
	case l.Failed != "":
		return "refused"
	case l.Pending():
		return "pending"
	case l.Wanted > 0:
		return "own"
	}
	return "shared"
}

// viewSync shows the progress.
func viewSync(s *itms.Sync) syncView {
	v := syncView{InSync: s.Target != "" && s.Target == s.Applied, Phase: string(s.Phase), Tries: s.Tries, Reason: s.Reason, Trouble: trouble(s.Trouble)}
	for _, name := range s.Missing {
		v.Missing = append(v.Missing, string(name))
	}
	return v
}

// viewSession shows a session.
func viewSession(s itms.SessionSummary) sessionView {
	return sessionView{ID: s.ID, Started: s.Started, DurationMS: s.Duration.Milliseconds(), Node: s.Node, Remote: s.Remote,
		Events: list(s.Events), RPCs: list(s.RPCs), Faults: list(s.Faults),
		Messages: s.Messages, RetryCount: s.Retries, BytesIn: s.BytesIn, BytesOut: s.BytesOut, End: s.End}
}

// list is never null in JSON.
func list(s []string) []string {
	if s == nil {
		return []string{}
	}
	return s
}
