package tmf

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/go-chi/chi/v5"

	"itms"
)

// resourceStates are the standard's words for what a device is doing: resourceStatus,
// administrativeState and operationalState.
var resourceStates = map[itms.DeviceState][3]string{
	itms.DeviceUnknown:       {"unknown", "unlocked", "disable"},
	itms.DeviceInStock:       {"available", "unlocked", "disable"},
	itms.DeviceOnlineUnbound: {"available", "unlocked", "enable"},
	itms.DeviceCodeRequired:  {"standby", "unlocked", "enable"},
	itms.DeviceLocked:        {"alarm", "unlocked", "enable"},
	itms.DeviceUpgrading:     {"reserved", "unlocked", "enable"},
	itms.DeviceConfiguring:   {"reserved", "unlocked", "enable"},
	itms.DeviceInService:     {"reserved", "unlocked", "enable"},
	itms.DeviceSuspended:     {"suspended", "unlocked", "enable"},
	itms.DeviceQuarantine:    {"alarm", "locked", "disable"},
	itms.DeviceWipePending:   {"standby", "unlocked", "enable"},
	itms.DeviceRecycled:      {"available", "unlocked", "disable"},
	itms.DeviceBlocked:       {"alarm", "locked", "disable"},
}

// areaHref begins the reference to an area, which is no resource of this system: the
// standard wants one all the same.
const areaHref = "urn:x-itms:area:"

// usage is the standard's usageState of a device.
func usage(d *itms.Device) string {
	switch d.State {
	case itms.DeviceInService, itms.DeviceSuspended:
		return "active"
	case itms.DeviceConfiguring, itms.DeviceUpgrading:
		return "busy"
	}
	return "idle"
}

// resource is a device as TMF639 shows it. b is the binding in force, nil when it serves
// nothing.
func (rn renderer) resource(d *itms.Device, b *itms.Binding) object {
	id := d.ID.String()
	states, known := resourceStates[d.State]
	if !known {
		states = resourceStates[itms.DeviceUnknown]
	}
	if d.Conflict {
		states[0] = "alarm"
	}
	doc := object{"@type": "PhysicalResource", "@baseType": "Resource", "id": id, "href": rn.href(ResourcesBase, "resource", id),
		"name": id, "category": "CPE", "serialNumber": d.ID.Serial,
		"resourceStatus": states[0], "administrativeState": states[1], "operationalState": states[2], "usageState": usage(d)}
	fillText(doc, "description", strings.TrimSpace(d.Manufacturer+" "+d.Model))
	fillText(doc, "resourceVersion", d.Software)
	fillText(doc, "versionNumber", d.Hardware)
	if !d.FirstSeen.IsZero() {
		doc["startOperatingDate"] = timeText(d.FirstSeen)
	}
	if d.Area != "" {
		doc["place"] = object{"id": d.Area, "href": areaHref + url.PathEscape(d.Area), "role": "servicePlace", "@type": "RelatedPlaceRefOrValue", "@referredType": "GeographicAddress"}
	}
	if d.Problem != "" {
		doc["note"] = []any{object{"text": d.Problem}}
	}
	doc["resourceCharacteristic"] = deviceCharacteristics(d)
	if b != nil {
		doc["resourceRelationship"] = []any{object{"id": string(b.Service), "href": rn.href(ServicesBase, "service", string(b.Service)),
			"relationshipType": "supports", "@type": "ResourceRelationship"}}
	}
	return doc
}

// deviceCharacteristics are what is known of a device.
func deviceCharacteristics(d *itms.Device) []any {
	list := []any{characteristic("oui", d.ID.OUI)}
	add := func(name, value string) {
		if value != "" {
			list = append(list, characteristic(name, value))
		}
	}
	add("productClass", d.ID.ProductClass)
	add("serial", d.ID.Serial)
	if !d.MAC.IsZero() {
		add("mac", d.MAC.String())
	}
	add("stbId", string(d.STBID))
	add("manufacturer", d.Manufacturer)
	add("model", d.Model)
	add("hardware", d.Hardware)
	add("firmware", d.Software)
	add("ip", d.IP)
	add("deviceState", string(d.State))
	if !d.LastContact.IsZero() {
		add("lastContact", timeText(d.LastContact))
	}
	return list
}

// deviceDocument is a device with what it serves.
func (d *Door) deviceDocument(tx itms.Tx, dev *itms.Device) (object, error) {
	b, err := tx.Bindings().OfDevice(dev.ID)
	if err != nil && !itms.IsKind(err, itms.KindNotFound) {
		return nil, err
	}
	return d.shown.resource(dev, b), nil
}

// getResource shows one: GET /resource/{id}.
func (d *Door) getResource(w http.ResponseWriter, r *http.Request) error {
	q, err := d.query(r, resourcesBook(), "PhysicalResource")
	if err != nil {
		return err
	}
	var doc object
	err = d.scoped.View(r.Context(), func(tx itms.Tx) error {
		doc, err = d.deviceNamed(tx, chi.URLParam(r, "id"))
		return err
	})
	if err != nil {
		return err
	}
	return write(w, http.StatusOK, q.fields.pick(doc))
}

// deviceNamed is the device of an id.
func (d *Door) deviceNamed(tx itms.Tx, text string) (object, error) {
	id, err := itms.ParseDeviceID(text)
	if err != nil {
		return nil, itms.NotFound("resource", clip(text))
	}
	dev, err := tx.Devices().Get(id)
	if err != nil {
		return nil, err
	}
	return d.deviceDocument(tx, dev)
}

// listResources lists devices by id: GET /resource.
func (d *Door) listResources(w http.ResponseWriter, r *http.Request) error {
	return d.listByKey(w, r, resourcesBook(), "PhysicalResource", keyed{find: deviceTerms, kind: itms.RefDevice, get: d.deviceNamed,
		page: func(tx itms.Tx, after string, limit int) (docs []object, last string, err error) {
			devices, err := tx.Devices().List(itms.DeviceQuery{After: after, Limit: limit})
			for _, dev := range devices {
				doc, err := d.deviceDocument(tx, dev)
				if err != nil {
					return nil, "", err
				}
				docs, last = append(docs, doc), dev.ID.String()
			}
			return docs, last, err
		}})
}

// deviceTerms are the terms that a condition finds devices by.
func deviceTerms(path, value string) []itms.Term {
	switch path {
	case "serialNumber":
		return []itms.Term{{Type: itms.TermSerial, Value: value}}
	case "resourceCharacteristic.value":
		terms := []itms.Term{{Type: itms.TermSerial, Value: value}, {Type: itms.TermIP, Value: value}}
		if mac, err := itms.ParseMAC(value); err == nil {
			terms = append(terms, itms.Term{Type: itms.TermMAC, Value: mac.Key()})
		}
		if stb, err := itms.ParseSTBID(value); err == nil {
			terms = append(terms, itms.Term{Type: itms.TermSTBID, Value: string(stb)})
		}
		return terms
	}
	return nil
}
