package tmf

import (
	"slices"
	"strconv"

	"itms"
)

// A slot is a place of a work order that a characteristic may fill.
type slot struct {
	pointer string // of the work order's field
	secret  bool
	number  bool
	put     func(r *itms.OrderRequest, value string)
}

// textSlot fills a text.
func textSlot(pointer string, place func(*itms.OrderRequest) *string) slot {
	return slot{pointer: pointer, put: func(r *itms.OrderRequest, value string) { *place(r) = value }}
}

// secretSlot fills a secret.
func secretSlot(pointer string, place func(*itms.OrderRequest) *itms.Secret) slot {
	return slot{pointer: pointer, secret: true, put: func(r *itms.OrderRequest, value string) { *place(r) = itms.NewSecret(value) }}
}

// numberSlot fills a number; that the value is one was checked.
func numberSlot(pointer string, place func(*itms.OrderRequest) *int) slot {
	return slot{pointer: pointer, number: true, put: func(r *itms.OrderRequest, value string) { *place(r), _ = strconv.Atoi(value) }}
}

// wordSlot fills a word of the vocabulary, which is written in lower case.
func wordSlot(pointer string, place func(r *itms.OrderRequest, word string)) slot {
	return slot{pointer: pointer, put: func(r *itms.OrderRequest, value string) { place(r, plainWord(value)) }}
}

// Characteristic is a name of a characteristic that has a place in a work order, for the
// manual.
type Characteristic struct {
	Names   []string // the documented one first
	Pointer string   // of the field of a work order
	Secret  bool     // taken and never shown
}

// documentedSlots are the characteristics that have a place of their own.
var documentedSlots = []struct {
	names []string
	slot  slot
}{
	{[]string{"account", "serviceAccount", "userAccount"}, textSlot("/service/account", func(r *itms.OrderRequest) *string { return &r.Service.Account })},
	{[]string{"password", "servicePassword", "userPassword"}, secretSlot("/service/password", func(r *itms.OrderRequest) *itms.Secret { return &r.Service.Password })},
	{[]string{"authUrl", "platformUrl"}, textSlot("/service/authUrl", func(r *itms.OrderRequest) *string { return &r.Service.AuthURL })},
	{[]string{"authUrlBackup", "platformUrlBackup"}, textSlot("/service/authUrlBackup", func(r *itms.OrderRequest) *string { return &r.Service.AuthURLBackup })},
	{[]string{"package", "servicePackage"}, textSlot("/service/package", func(r *itms.OrderRequest) *string { return &r.Service.Package })},
	{[]string{"accessType"}, wordSlot("/service/access/type", func(r *itms.OrderRequest, word string) { r.Service.Access.Type = itms.AccessType(word) })},
	{[]string{"accessAccount", "pppoeAccount"}, textSlot("/service/access/account", func(r *itms.OrderRequest) *string { return &r.Service.Access.Account })},
	{[]string{"accessPassword", "pppoePassword"}, secretSlot("/service/access/password", func(r *itms.OrderRequest) *itms.Secret { return &r.Service.Access.Password })},
	{[]string{"downKbps", "downstreamKbps"}, numberSlot("/service/access/downKbps", func(r *itms.OrderRequest) *int { return &r.Service.Access.DownKbps })},
	{[]string{"upKbps", "upstreamKbps"}, numberSlot("/service/access/upKbps", func(r *itms.OrderRequest) *int { return &r.Service.Access.UpKbps })},
	{[]string{"area", "areaCode"}, textSlot("/line/area", func(r *itms.OrderRequest) *string { return &r.Line.Area })},
	{[]string{"node", "accessNode"}, textSlot("/line/node", func(r *itms.OrderRequest) *string { return &r.Line.Node })},
	{[]string{"port", "accessPort"}, textSlot("/line/port", func(r *itms.OrderRequest) *string { return &r.Line.Port })},
	{[]string{"vlan", "vlanId"}, numberSlot("/line/vlan", func(r *itms.OrderRequest) *int { return &r.Line.VLAN })},
	{[]string{"mode", "installMode"}, wordSlot("/mode", func(r *itms.OrderRequest, word string) { r.Mode = itms.OrderMode(word) })},
	{[]string{"mac", "macAddress"}, textSlot("/device/mac", func(r *itms.OrderRequest) *string { return &r.Device.MAC })},
	{[]string{"serial", "serialNumber"}, textSlot("/device/serial", func(r *itms.OrderRequest) *string { return &r.Device.Serial })},
	{[]string{"stbId"}, textSlot("/device/stbId", func(r *itms.OrderRequest) *string { return &r.Device.STBID })},
	{[]string{"model"}, textSlot("/device/model", func(r *itms.OrderRequest) *string { return &r.Device.Model })},
	{[]string{"oldMac", "oldMacAddress"}, textSlot("/oldDevice/mac", func(r *itms.OrderRequest) *string { return &r.OldDevice.MAC })},
	{[]string{"oldSerial", "oldSerialNumber"}, textSlot("/oldDevice/serial", func(r *itms.OrderRequest) *string { return &r.OldDevice.Serial })},
	{[]string{"oldStbId"}, textSlot("/oldDevice/stbId", func(r *itms.OrderRequest) *string { return &r.OldDevice.STBID })},
	{[]string{"loid"}, textSlot("/registration/loid", func(r *itms.OrderRequest) *string { return &r.Registration.LOID })},
	{[]string{"loidPassword", "registrationPassword"}, secretSlot("/registration/password", func(r *itms.OrderRequest) *itms.Secret { return &r.Registration.Password })},
	{[]string{"subscriberId", "customerId"}, textSlot("/subscriber/id", func(r *itms.OrderRequest) *string { return &r.Subscriber.ID })},
	{[]string{"subscriberName", "customerName"}, textSlot("/subscriber/name", func(r *itms.OrderRequest) *string { return &r.Subscriber.Name })},
	{[]string{"phone", "contactPhone"}, textSlot("/subscriber/phone", func(r *itms.OrderRequest) *string { return &r.Subscriber.Phone })},
	{[]string{"address"}, textSlot("/subscriber/address", func(r *itms.OrderRequest) *string { return &r.Subscriber.Address })},
}

// slots are the characteristics by their names as plainWord writes them.
var slots = func() map[string]slot {
	byName := map[string]slot{}
	for _, d := range documentedSlots {
		for _, name := range d.names {
			byName[plainWord(name)] = d.slot
		}
	}
	return byName
}()

// Characteristics lists the characteristics that have a place in a work order; others are
// its attributes.
func Characteristics() []Characteristic {
	var list []Characteristic
	for _, d := range documentedSlots {
		list = append(list, Characteristic{Names: slices.Clone(d.names), Pointer: d.slot.pointer, Secret: d.slot.secret})
	}
	return list
}

// characteristics reads those of a service.
func (in *itemReader) characteristics(service object) {
	for i, c := range things(service["serviceCharacteristic"]) {
		name := text(c["name"])
		path := in.at + ".service.serviceCharacteristic[name=" + name + "]"
		switch {
		case name == "":
			in.wrong(in.at+".service.serviceCharacteristic["+strconv.Itoa(i)+"].name", "is required")
		case plainWord(name) == plainWord(codeCharacteristic):
			// An echo of an answer of ours: the code is not the sender's to choose.
		default:
			in.characteristic(name, text(withoutSecrets(c["value"])), path)
		}
	}
}

// characteristic reads one.
func (in *itemReader) characteristic(name, value, path string) {
	s, known := slots[plainWord(name)]
	if !known {
		in.attribute(name, value, path)
		return
	}
	if s.secret && value == mask {
		return // an echo of an answer of ours: it stays what it is
	}
	if s.number && value != "" {
		if _, err := strconv.Atoi(value); err != nil {
			in.wrong(path, "expected a whole number")
			return
		}
	}
	in.where[s.pointer] = path
	s.put(&in.want, value)
}

// attribute keeps what has no place of its own; what was masked is not known.
func (in *itemReader) attribute(name, value, path string) {
	if value == mask {
		return
	}
	if in.want.Attributes == nil {
		in.want.Attributes = map[string]string{}
	}
	in.where["/attributes/"+pointerToken(name)] = path
	in.want.Attributes[name] = value
}
