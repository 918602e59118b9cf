package tmf

import (
	"regexp"
	"slices"
	"strings"

	"itms"
)

// itemReader reads one item of an order.
type itemReader struct {
	words  *words
	want   itms.OrderRequest
	at     string            // path of the item
	where  map[string]string // field of the work order -> path that it was read at
	fields []itms.FieldError
}

// wrong notes one wrong place.
func (in *itemReader) wrong(path, text string) {
	in.fields = append(in.fields, itms.FieldError{Pointer: path, Text: text})
}

// read returns the item with what is wrong in it. order is the document it stands in,
// whose parties count for each item.
func (in *itemReader) read(order, item object) itms.ServiceOrderItemRequest {
	service, _ := item["service"].(object)
	out := itms.ServiceOrderItemRequest{ID: text(item["id"]), Action: itms.ItemAction(text(item["action"]))}
	in.refuseUnoffered(item)
	in.want.Service.ID = itms.ServiceID(text(service["id"]))
	in.where["/service/id"] = in.at + ".service.id"
	in.serviceType(service)
	in.parties(order, "relatedParty")
	in.parties(service, in.at+".service.relatedParty")
	in.places(service)
	in.resources(service)
	in.characteristics(service)
	out.State = in.state(text(service["state"]))
	out.After = in.after(item)
	in.mode(out.Action)
	out.Want = in.want
	return out
}

// refuseUnoffered notes what items of this system cannot have.
func (in *itemReader) refuseUnoffered(item object) {
	if q := text(item["quantity"]); q != "" && q != "1" {
		in.wrong(in.at+".quantity", "each item is one service: expected 1")
	}
	if len(things(item["serviceOrderItem"])) > 0 {
		in.wrong(in.at+".serviceOrderItem", "items within items are not offered: write them beside each other, with serviceOrderItemRelationship")
	}
}

// serviceType finds out what is delivered.
func (in *itemReader) serviceType(service object) {
	spec, _ := service["serviceSpecification"].(object)
	in.where["/service/type"] = in.at + ".service.serviceType"
	for _, word := range []string{text(service["serviceType"]), text(spec["id"]), text(spec["name"]), text(service["category"]), text(service["name"])} {
		if t := in.words.serviceType(word); t != "" {
			in.want.Service.Type = t
			return
		}
	}
	if word := text(service["serviceType"]); word != "" {
		in.wrong(in.at+".service.serviceType", "is no word for a service of this system: expected iptv, internet or voip, or a word of tmf.serviceTypes of the configuration")
	}
}

// subscriberRoles are those of whom a service is for.
var subscriberRoles = []string{"customer", "subscriber", "user", "enduser", "serviceuser"}

// parties reads who the service is for.
func (in *itemReader) parties(of object, path string) {
	for _, p := range things(of["relatedParty"]) {
		if !slices.Contains(subscriberRoles, plainWord(text(p["role"]))) {
			continue
		}
		path := path + "[role=" + text(p["role"]) + "]"
		for _, each := range []struct {
			name, pointer string
			into          *string
		}{{"id", "/subscriber/id", &in.want.Subscriber.ID}, {"name", "/subscriber/name", &in.want.Subscriber.Name},
			{"phone", "/subscriber/phone", &in.want.Subscriber.Phone}, {"address", "/subscriber/address", &in.want.Subscriber.Address}} {
			if value := text(p[each.name]); value != "" {
				*each.into = value
				in.where[each.pointer] = path + "." + each.name
			}
		}
	}
}

// formerRoles are words for what was before: an old device, the place that is left.
var formerRoles = []string{"old", "olddevice", "previous", "previousdevice", "former", "replaced", "from"}

// former reports whether a role or relation is about what was before.
func former(o object) bool {
	for _, name := range []string{"role", "relationshipType"} {
		if slices.Contains(formerRoles, plainWord(text(o[name]))) {
			return true
		}
	}
	return false
}

// places reads where the service is delivered.
func (in *itemReader) places(service object) {
	for _, p := range things(service["place"]) {
		if former(p) {
			continue
		}
		path := in.at + ".service.place"
		for _, each := range []struct{ name, slot string }{{"id", "area"}, {"area", "area"}, {"areaCode", "area"},
			{"node", "node"}, {"port", "port"}, {"vlan", "vlan"}, {"name", "address"}, {"address", "address"}} {
			if value := text(p[each.name]); value != "" {
				in.characteristic(each.slot, value, path+"."+each.name)
			}
		}
	}
}

// resources reads the devices: what serves, and what is replaced.
func (in *itemReader) resources(service object) {
	for _, r := range things(service["supportingResource"]) {
		prefix := ""
		if former(r) {
			prefix = "old"
		}
		path := in.at + ".service.supportingResource"
		told := false
		for _, list := range []string{"resourceCharacteristic", "characteristic"} {
			for _, c := range things(r[list]) {
				if name := plainWord(prefix + text(c["name"])); strings.HasPrefix(slots[name].pointer, in.device(prefix)) {
					in.characteristic(name, text(c["value"]), path+"."+list+"[name="+text(c["name"])+"]")
					told = true
				}
			}
		}
		if id := text(r["id"]); !told && id != "" {
			kind := idKind(r, id)
			if strings.HasPrefix(kind, "serial") {
				id = deviceName(id)
			}
			in.characteristic(prefix+kind, id, path+".id")
		}
	}
	if old, ok := service["oldDevice"].(object); ok {
		for _, name := range []string{"mac", "serial", "stbId"} {
			if value := text(old[name]); value != "" {
				in.characteristic("old"+name, value, in.at+".service.oldDevice."+name)
			}
		}
	}
}

// device is the pointer of the device that a prefix means.
func (in *itemReader) device(prefix string) string {
	if prefix != "" {
		return "/oldDevice/"
	}
	return "/device/"
}

// idKind tells what the id of a device is: what its type or name says, else what it looks
// like.
func idKind(r object, id string) string {
	for _, name := range []string{"@referredType", "@type", "name"} {
		switch word := plainWord(text(r[name])); word {
		case "mac", "macaddress", "stbid", "serial", "serialnumber":
			return word
		}
	}
	if _, err := itms.ParseSTBID(id); err == nil {
		return "stbid"
	}
	if _, err := itms.ParseMAC(id); err == nil {
		return "mac"
	}
	return "serial"
}

// oui is how the maker stands in the id of a device.
var oui = regexp.MustCompile("^[0-9A-Fa-f]{6}$")

// deviceName is the serial number in the id that the resource inventory gives a device;
// anything else is itself.
func deviceName(id string) string {
	if parsed, err := itms.ParseDeviceID(id); err == nil && oui.MatchString(parsed.OUI) {
		return parsed.Serial
	}
	return id
}

// serviceStates are the standard's words for what a service is to be, and those of others.
var serviceStates = map[string]itms.ServiceState{
	"": "", "feasibilitychecked": "", "designed": "", "reserved": "",
	"active": itms.ServiceActive, "inactive": itms.ServiceSuspended, "suspended": itms.ServiceSuspended,
	"terminated": itms.ServiceTerminated,
}

// state reads what the service is to be.
func (in *itemReader) state(word string) itms.ServiceState {
	s, known := serviceStates[plainWord(word)]
	if !known {
		in.wrong(in.at+".service.state", "expected active, inactive or terminated")
	}
	in.where["/state"] = in.at + ".service.state"
	return s
}

// orderingRelations are the relations of items that say that the other one goes first.
var orderingRelations = []string{"dependson", "requires", "reliesOn", "relieson", "follows", "after"}

// after reads which items go first.
func (in *itemReader) after(item object) (ids []string) {
	for _, r := range things(item["serviceOrderItemRelationship"]) {
		if !slices.Contains(orderingRelations, plainWord(text(r["relationshipType"]))) {
			continue
		}
		ref, _ := r["orderItem"].(object)
		for _, id := range []string{text(ref["itemId"]), text(ref["id"]), text(r["id"])} {
			if id != "" {
				ids = append(ids, id)
				break
			}
		}
	}
	in.where["/after"] = in.at + ".serviceOrderItemRelationship"
	return ids
}

// mode says who fits the device when the sender does not: the customer when it is named or
// nothing is to be fitted, else a technician.
func (in *itemReader) mode(action itms.ItemAction) {
	if in.want.Mode != "" {
		return
	}
	in.want.Mode = itms.ModeSelf
	named := in.want.Device.MAC != "" || in.want.Device.Serial != "" || in.want.Device.STBID != "" || in.want.Registration.LOID != ""
	old := in.want.OldDevice.MAC != "" || in.want.OldDevice.Serial != "" || in.want.OldDevice.STBID != ""
	if !named && (action == itms.ActionAdd || action == itms.ActionModify && old) {
		in.want.Mode = itms.ModeTechnician
	}
}
