package audit

import (
	"net/url"
	"reflect"
	"time"

	"itms"
)

// What an audit tells of each kind of thing. The lists name what may be told, so that a
// field which is added later is no secret by mistake.

// told makes facts of those values that are not zero.
func told(f facts) facts {
	for name, v := range f {
		if v == nil || reflect.ValueOf(v).IsZero() {
			delete(f, name)
		}
	}
	return f
}

// when writes a time, "" for none.
func when(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return itms.Timestamp(t).Format(time.RFC3339Nano)
}

// claimed writes how a device is named.
func claimed(c itms.DeviceClaim) string {
	for _, text := range []string{c.MAC.String(), string(c.STBID), c.Serial} {
		if text != "" {
			return text
		}
	}
	return ""
}

func deviceFacts(d *itms.Device) facts {
	return told(facts{"state": string(d.State), "blocked": d.Blocked, "conflict": d.Conflict, "problem": d.Problem, "area": d.Area, "profile": d.Profile,
		"unadmitted": d.Unadmitted, "lockedUntil": when(d.Guesses.Until), "wipe": string(d.Wipe), "upgradeTo": d.Upgrade.Version,
		"line": d.Sighting.Line.Key(), "tasks": d.Tasks})
}

func serviceFacts(s *itms.Service) facts {
	return told(facts{"state": string(s.State), "type": string(s.Type), "package": s.Package, "account": s.Account, "authUrl": s.AuthURL,
		"access": string(s.Access.Type), "accessAccount": s.Access.Account, "downKbps": s.Access.DownKbps, "upKbps": s.Access.UpKbps,
		"subscriber": s.Subscriber.ID, "area": s.Line.Area, "line": s.Line.Key(), "vlan": s.Line.VLAN, "revision": s.DesiredRev})
}

func bindingFacts(b *itms.Binding) facts {
	return told(facts{"state": string(b.State), "service": string(b.Service), "device": b.Device.String(), "claim": claimed(b.Claim), "way": string(b.Way)})
}

func orderFacts(o *itms.Order) facts {
	return told(facts{"state": string(o.State), "reason": o.Reason, "trouble": string(o.Trouble), "source": o.Source, "kind": string(o.Kind), "mode": string(o.Mode),
		"service": string(o.Service), "subscriber": o.Subscriber, "area": o.Area, "claim": claimed(o.Claim), "device": o.Device.String(),
		"attempt": o.Attempt, "touched": o.Touched, "dueBy": when(o.DueBy), "code": o.Activation != ""})
}

// serviceOrderFacts leaves the document out: it is its sender's, and may hold anything.
func serviceOrderFacts(o *itms.ServiceOrder) facts {
	var items []string
	for _, item := range o.Items {
		items = append(items, item.ID+" "+string(item.Action)+" "+string(item.State))
	}
	return told(facts{"state": string(o.State), "source": o.Source, "externalId": o.ExternalID, "area": o.Area, "onHold": o.OnHold,
		"items": items, "requestedStart": when(o.RequestedStart), "requestedCompletion": when(o.RequestedCompletion),
		"cancellations": len(o.Cancellations)})
}

func stockFacts(i *itms.StockItem) facts {
	return told(facts{"state": string(i.State), "note": i.Note, "stbId": string(i.STBID), "serial": i.Serial, "vendor": i.Vendor, "model": i.Model,
		"batch": i.Batch, "carton": i.Carton})
}

func taskFacts(t *itms.Task) facts {
	return told(facts{"state": string(t.State), "kind": string(t.Kind), "device": t.Device.String(), "batch": string(t.Batch)})
}

func batchFacts(b *itms.Batch) facts {
	return told(facts{"state": string(b.State), "kind": string(b.Kind), "note": b.Note, "area": b.Filter.Area, "model": b.Filter.Model,
		"software": b.Filter.Software, "notSoftware": b.Filter.NotSoftware, "profile": b.Filter.Profile, "devices": len(b.Filter.Devices)})
}

func fileFacts(f *itms.File) facts {
	return told(facts{"name": f.Name, "kind": string(f.Kind), "version": f.Version, "size": f.Size, "sha256": f.SHA256, "offer": f.Offer, "note": f.Note})
}

func traceFacts(t *itms.Trace) facts {
	return told(facts{"device": t.Device.String(), "network": t.Network, "until": when(t.Until)})
}

func tokenFacts(t *itms.Token) facts {
	return told(facts{"name": t.Name, "role": string(t.Role), "areas": []string(t.Areas)})
}

func userFacts(u *itms.User) facts {
	return told(facts{"displayName": u.DisplayName, "role": string(u.Role), "areas": []string(u.Areas), "disabled": u.Disabled,
		"passwordSet": when(u.PasswordAt), "passwordDue": u.PasswordDue, "signedIn": when(u.SignedInAt), "provider": u.Subject != ""})
}

func leaseFacts(l *itms.Lease) facts {
	return told(facts{"state": string(l.State), "mac": l.MAC.String(), "kind": string(l.Kind), "class": l.Class, "expires": when(l.ExpiresAt)})
}

func subscriptionFacts(s *itms.Subscription) facts {
	return told(facts{"name": s.Name, "owner": s.Owner, "host": hostOf(s.Target), "format": string(s.Format), "types": s.Types,
		"areas": []string(s.Areas), "disabled": s.Disabled, "reason": s.Reason, "keys": len(s.Keys)})
}

// hostOf is the host of an address: the rest of it may hold credentials.
func hostOf(target string) string {
	u, err := url.Parse(target)
	if err != nil {
		return ""
	}
	return u.Host
}
