package storetest

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"time"

	"itms"
)

// epoch is the time of the fixtures. Its nanoseconds must not survive, and its
// zone must not either.
var epoch = time.Date(2026, 3, 1, 20, 0, 0, 123456789, time.FixedZone("", 8*3600))

// stored is epoch as a store gives it back.
var stored = time.Date(2026, 3, 1, 12, 0, 0, 123456000, time.UTC)

// deviceID is the i-th device of a name space.
func deviceID(space string, i int) itms.DeviceID {
	return itms.DeviceID{OUI: "00005E", ProductClass: "STB/x-1", Serial: fmt.Sprintf("%s-%03d", space, i)}
}

// device is a device with every field filled.
func device(i int) *itms.Device {
	return &itms.Device{
		ID: deviceID("d", i), Manufacturer: "Example & Söhne", Model: "EX-1", Hardware: "1.0", Software: "2.0",
		MAC: itms.MAC{0, 0, 0x5E, 0, 0x53, byte(i)}, STBID: itms.STBID(fmt.Sprintf("000000000000000000010000005E0053%02X"[2:], i)),
		IP: "192.0.2.1", Root: "Device.", CWMP: "1-4", Profile: "example", Area: "510100", State: itms.DeviceInService,
		Blocked: true, Conflict: true, Problem: "two boxes say the same", Suspect: true, Asked: []itms.ParamPath{"Device.X"}, AskSingly: true,
		Silence: itms.Silence{In: "01", Count: 1}, Shunned: []itms.ParamPath{"Device.Y"}, AskPause: "02", Inquired: true, Wipe: "bind-000", Typed: "fp-typed",
		LOID: "fp-loid", LOIDPassword: "fp-loid-password", Fetch: true, Methods: []string{"Reboot"}, Tasks: 1, Unadmitted: true,
		Fetched: itms.OwnImage{From: "http://files.example.com/x", At: epoch},
		Attributes: itms.AttributeSync{Target: "1/2/x", Done: true, Again: true, Asked: []itms.ParamPath{"Device.D"}, Written: []itms.ParamPath{"Device.E"},
			Apart: true, Singly: true, Tries: 1, Pause: "02", Broken: "01", Profile: "digest", Failed: "9000",
			Refused: []itms.AttributeRefusal{{Name: "Device.F", Code: itms.FaultNotification, Text: "no"}}},
		Login:   itms.Login{Wanted: 2, Confirmed: 1, Factory: true, Tries: 1, Pause: "02", Failed: "9001"},
		Upgrade: itms.Upgrade{Version: "2.1", Key: "upgrade-1", Due: epoch, Tries: 1, Failed: "9010", Told: true, Pause: "02"},
		Page: itms.Page{Want: itms.PageView{State: itms.PageRefused, Verdict: itms.VerdictMismatch, Times: 2},
			Held: itms.PageView{State: itms.PageAsk, Verdict: itms.VerdictTimeout, Times: 1}, Sent: 3},
		Guesses: itms.Guesses{Wrong: []time.Time{epoch, epoch}, Until: epoch, Last: epoch, Locks: 2},
		Hosts:   []itms.MAC{{0, 0, 0x5E, 0, 0x54, byte(i)}, {0, 0, 0x5E, 0, 0x55, byte(i)}},
		Sighting: itms.Sighting{Line: itms.Line{Area: "510100", Node: "olt-1", Port: "1/2/3", VLAN: 41}, Subscriber: "sub-1",
			Account: "ppp1@example.com", Source: "DHCP option 82", At: epoch, Elsewhere: epoch, Moved: true},
		ConnectionRequestURL: "http://192.0.2.1:7547/cr", ConnectionUsername: "acs", ConnectionPassword: itms.Sealed{1, 2, 3},
		UDPAddress: "198.51.100.1:40000", NAT: true, UDP: itms.UDPBinding{Address: "198.51.100.1:40001", Node: "node-1", At: epoch},
		Reach:      itms.Reach{Way: itms.ReachUDP, At: epoch},
		Call:       itms.CallReport{Way: itms.ReachHTTP, Result: itms.CallBusy, Text: "busy", At: epoch, Next: epoch},
		InformHash: "abc", Models: "models", FirstSeen: epoch, LastBoot: epoch, Fence: "01",
		Sync: itms.Sync{Target: "1/2/x", Applied: "1/1/x", Phase: itms.SyncVerify, Tries: 2, Pause: "02", Sent: "set", SentIn: "01", SentBy: "node-1",
			Read: []itms.ParamPath{"Device.A"}, Singly: true, Checked: []itms.ParamPath{"Device.B"},
			Rows: map[string]string{"wan": "1"}, Adding: "lan", Before: []string{"1"}, Missing: []itms.ParamPath{"Device.C"},
			Later: true, Reason: "9007", Trouble: itms.TroubleFault, All: true, Task: "task-00001"},
		Cable: &itms.Cable{Address: "192.0.2.1", Class: "cm-active", Relay: "192.0.2.254", Circuit: "0a0b", Provision: "1/bound", LeasedAt: epoch,
			Facts: itms.CableFacts{Version: "3.1", Type: "ECM", Parts: []string{"ECM", "EMTA"}, Serial: "1", Hardware: "2", Software: "3", BootROM: "4",
				OUI: "00005E", Model: "5", Vendor: "Example", MTA: itms.MAC{0, 0, 0x5E, 0, 0x56, byte(i)}, Capabilities: map[string]string{"a": "16"}},
			File: itms.CableFile{Template: "silver", Provision: "1/bound", Size: 512, MIC: "0c0d", Address: "192.0.2.1", At: epoch}},
	}
}

// storedDevice is device as it comes back.
func storedDevice(i int) *itms.Device {
	d := device(i)
	d.FirstSeen, d.LastBoot = stored, stored
	d.Upgrade.Due, d.Sighting.At, d.Sighting.Elsewhere = stored, stored, stored
	d.UDP.At, d.Reach.At, d.Call.At, d.Call.Next, d.Fetched.At = stored, stored, stored, stored, stored
	d.Guesses.Wrong, d.Guesses.Until, d.Guesses.Last = []time.Time{stored, stored}, stored, stored
	d.Cable.LeasedAt, d.Cable.File.At = stored, stored
	return d
}

// session is the n-th session of a device: each starts a minute later.
func session(id itms.DeviceID, n int, rpcs ...string) itms.SessionSummary {
	return itms.SessionSummary{ID: fmt.Sprintf("session-%04d", n), Device: id, Node: "node-1", Remote: "192.0.2.1",
		Started: epoch.Add(time.Duration(n) * time.Minute), Duration: 1500 * time.Nanosecond,
		Events: []string{"2 PERIODIC"}, RPCs: rpcs, BytesIn: 1000, BytesOut: 500, End: itms.SessionDone}
}

// storedSession is session as it comes back.
func storedSession(id itms.DeviceID, n int, rpcs ...string) itms.SessionSummary {
	s := session(id, n, rpcs...)
	s.Started = stored.Add(time.Duration(n) * time.Minute)
	return s
}

// service is the i-th service slot, every field filled.
func service(i int) *itms.Service {
	return &itms.Service{
		ID: itms.ServiceID(fmt.Sprintf("svc-%d", i)), Type: itms.ServiceIPTV, Package: "gold",
		Account: fmt.Sprintf("account%d@example.com", i), Password: itms.Sealed{9},
		AuthURL: "http://192.0.2.9/auth", AuthURLBackup: "http://192.0.2.10/auth",
		Access: itms.Access{Type: itms.AccessPPPoE, Account: fmt.Sprintf("ppp%d@example.com", i), Password: itms.Sealed{8},
			DownKbps: 1000, UpKbps: 500},
		Subscriber: itms.Subscriber{ID: fmt.Sprintf("sub-%d", i), Name: "Li Example", Phone: "+1 555 0100", Address: "1 Example Road"},
		Line:       itms.Line{Area: "510100", Node: "olt-1", Port: fmt.Sprintf("1/2/%d", i), VLAN: 41},
		Attributes: map[string]string{"k": "v"}, State: itms.ServiceReserved,
		DesiredRev: 3, AppliedRev: 2, Gen: 1, Order: "bss-00001", Busy: true, Seqs: map[string]int64{"bss": 7}, Neighbours: map[string]itms.NeighbourTold{"platform": {MAC: itms.MAC{5: 1}, Account: "a"}}, CreatedAt: epoch, UpdatedAt: epoch,
	}
}

// storedService is service as it comes back.
func storedService(i int) *itms.Service {
	s := service(i)
	s.CreatedAt, s.UpdatedAt = stored, stored
	return s
}

// binding ties slot svc to device dev as binding i.
func binding(i, svc, dev int, state itms.BindingState) *itms.Binding {
	b := &itms.Binding{ID: itms.BindingID(fmt.Sprintf("bind-%03d", i)), Service: itms.ServiceID(fmt.Sprintf("svc-%d", svc)),
		Order: "order", Gen: i, State: state, CreatedAt: stored, UpdatedAt: stored,
		Claim: itms.DeviceClaim{Serial: deviceID("d", dev).Serial}}
	if state != itms.BindingPrebound {
		b.Device = deviceID("d", dev)
	}
	return b
}

// fullBinding is a binding in force with every field filled.
func fullBinding(i int) *itms.Binding {
	b := binding(i, i, i, itms.BindingClaimed)
	b.Claim, b.Way, b.LOID, b.ReleasedBy = claimOf(i), itms.ByLOID, fmt.Sprintf("loid-%d", i), "bss-00002"
	b.CreatedAt, b.UpdatedAt = epoch, epoch
	return b
}

// claimOf names device i in every way.
func claimOf(i int) itms.DeviceClaim {
	d := device(i)
	return itms.DeviceClaim{STBID: d.STBID, MAC: d.MAC, Serial: d.ID.Serial, Model: d.Model}
}

// order is the i-th order of a source, every field filled.
func order(source string, i int) *itms.Order {
	no := itms.OrderNo(fmt.Sprintf("N%d", i))
	return &itms.Order{
		ID: itms.OrderID(fmt.Sprintf("%s-%05d", source, i)), No: no, Source: source,
		Kind: itms.KindInstall, Mode: itms.ModeSelf, Content: "fp", Service: "svc-1", Subscriber: "sub-1", Area: "510100",
		Claim: claimOf(1), OldDevice: claimOf(200), Device: deviceID("d", 1), Binding: "bind-001",
		Way: itms.ByBoxCode, Activation: "fp-code", Confirmed: true, LOID: "loid-1", LOIDPassword: "fp-password",
		DueBy: epoch, Seq: 7, Callback: "https://bss.example.com/cb",
		Request: request(source, no), ServicePassword: itms.Sealed{1}, AccessPassword: itms.Sealed{2}, Before: service(1),
		State: itms.OrderReceived, Reason: "new", Trouble: itms.TroubleNeverInformed, Touched: true, Again: true, Rev: 3, Attempt: 1,
		CreatedAt: epoch, UpdatedAt: epoch, Answered: 1, Restores: "bss-00009",
		ServiceOrder: "so-001", Item: "1", After: []itms.OrderID{"bss-00000"},
		Neighbours: []itms.NeighbourCall{{ID: "d", Name: "platform", Action: itms.NeighbourMove, MAC: itms.MAC{5: 1}, OldMAC: itms.MAC{5: 2}, Before: true,
			State: itms.NeighbourFailed, Tries: 2, Failure: "503", At: epoch}},
		History: []itms.Step{{State: itms.OrderReceived, At: epoch, Reason: "posted", Trouble: itms.TroubleNeverInformed, Actor: "bss"}},
		Code:    "12345678903",
	}
}

// request is what was posted for an order, without its secrets.
func request(source string, no itms.OrderNo) itms.OrderRequest {
	claim := itms.ClaimText{STBID: "0123", MAC: "00-00-5e-00-53-01", Serial: "d-001", Model: "EX-1"}
	return itms.OrderRequest{OrderNo: string(no), Source: source, Kind: itms.KindInstall, Mode: itms.ModeSelf,
		Subscriber: service(1).Subscriber, Line: service(1).Line, Device: claim, OldDevice: claim,
		Service: itms.ServiceSpec{ID: "svc-1", Type: itms.ServiceIPTV, Package: "gold", Account: "account1@example.com",
			AuthURL: "http://192.0.2.9/auth", AuthURLBackup: "http://192.0.2.10/auth",
			Access: itms.AccessSpec{Type: itms.AccessPPPoE, Account: "ppp1@example.com", DownKbps: 1000, UpKbps: 500}},
		Registration: itms.Registration{LOID: "loid-1"}, DueBy: epoch, Seq: 7, Callback: "https://bss.example.com/cb",
		Attributes: map[string]string{"a": "b"}}
}

// storedOrder is order as it comes back: without the code, which is never stored.
func storedOrder(source string, i int) *itms.Order {
	o := order(source, i)
	o.DueBy, o.Request.DueBy, o.CreatedAt, o.UpdatedAt, o.History[0].At = stored, stored, stored, stored, stored
	o.Neighbours[0].At = stored
	o.Before, o.Code = storedService(1), ""
	return o
}

// serviceOrder is the i-th order of several items, every field filled.
func serviceOrder(i int) *itms.ServiceOrder {
	return &itms.ServiceOrder{ID: itms.ServiceOrderID(fmt.Sprintf("so-%03d", i)), Source: "bss", ExternalID: fmt.Sprintf("E%d", i), Content: "fp",
		State: itms.ServiceOrderPartial, Area: "510100", Lenient: true, OnHold: true,
		Items: []itms.ServiceOrderItem{{ID: "1", Action: itms.ActionAdd, State: itms.ServiceOrderFailed, After: []string{"0"}, Service: "svc-1",
			Orders: []itms.OrderID{"bss-00001"}, Reason: "no answer", Trouble: itms.TroubleSilent}},
		Document:       json.RawMessage(`{"description":"two\u003cthree"}`),
		Milestones:     []itms.Milestone{{Name: itms.MilestoneAccepted, Item: "1", At: epoch, Text: "taken in"}},
		Jeopardies:     []itms.Jeopardy{{ID: "1", Item: "1", Trouble: itms.TroubleModel, Text: "not allowed", At: epoch}},
		RequestedStart: epoch, RequestedCompletion: epoch, ExpectedCompletion: epoch, StartedAt: epoch, CompletedAt: epoch,
		Cancellations: []itms.Cancellation{{ID: "c", Reason: "moved", State: itms.ServiceOrderCompleted, Text: "withdrawn", Document: json.RawMessage(`{}`),
			RequestedAt: epoch, EffectiveAt: epoch}},
		CreatedAt: epoch, UpdatedAt: epoch, Codes: map[string]itms.CodeDigits{"1": "12345678903"}}
}

// storedServiceOrder is serviceOrder as it comes back: without codes, which are never
// stored.
func storedServiceOrder(i int) *itms.ServiceOrder {
	o := serviceOrder(i)
	o.Milestones[0].At, o.Jeopardies[0].At, o.Cancellations[0].RequestedAt, o.Cancellations[0].EffectiveAt = stored, stored, stored, stored
	o.RequestedStart, o.RequestedCompletion, o.ExpectedCompletion, o.StartedAt, o.CompletedAt = stored, stored, stored, stored, stored
	o.CreatedAt, o.UpdatedAt, o.Codes = stored, stored, nil
	return o
}

// activation is the activation of a code, every field filled.
func activation(hash string) *itms.Activation {
	return &itms.Activation{Hash: hash, Order: "bss-00001", State: itms.ActivationUsed, Device: deviceID("d", 1), Claim: claimOf(1),
		IssuedAt: epoch, ExpiresAt: epoch, UsedAt: epoch}
}

// storedActivation is activation as it comes back.
func storedActivation(hash string) *itms.Activation {
	a := activation(hash)
	a.IssuedAt, a.ExpiresAt, a.UsedAt = stored, stored, stored
	return a
}

// stockItem is the i-th box of the warehouse, every field filled.
func stockItem(i int) *itms.StockItem {
	d := device(i)
	return &itms.StockItem{MAC: d.MAC, STBID: d.STBID, Serial: d.ID.Serial, Vendor: "Example & Söhne", Model: "EX-1",
		Batch: "2026-03", Carton: "C7", State: itms.StockInStock, Note: "one corner is dented", CreatedAt: epoch, UpdatedAt: epoch}
}

// storedItem is stockItem as it comes back.
func storedItem(i int) *itms.StockItem {
	s := stockItem(i)
	s.CreatedAt, s.UpdatedAt = stored, stored
	return s
}

// task is the i-th task, for a device, every field filled.
func task(device itms.DeviceID, i int) *itms.Task {
	return &itms.Task{ID: itms.TaskID(fmt.Sprintf("task-%05d", i)), Device: device, Kind: itms.TaskRecover, State: itms.TaskWaiting,
		Actor: "ops", Reason: "reboots", CreatedAt: epoch, UpdatedAt: epoch, Batch: "batch-1",
		TaskTerms: itms.TaskTerms{Priority: 3, After: "task-0", Retries: 2, NotBefore: epoch, ExpiresAt: epoch},
		Spec:      taskSpec(), Run: taskRun(), Fault: &itms.DeviceFault{Code: 9005, Text: "no", Params: []itms.ParamFault{{Name: "Device.X", Code: 9005, Text: "unknown"}}},
		Result: taskResult(), Call: itms.CallReport{Way: itms.ReachHTTP, Result: itms.CallSilent, Text: "silent", At: epoch, Next: epoch}, Steps: []itms.TaskStep{{Name: "reread", State: itms.TaskDone, Text: "2 values differ", At: epoch}}}
}

// taskSpec has every field filled that is stored.
func taskSpec() itms.TaskSpec {
	level, access := 2, []string{"Subscriber"}
	return itms.TaskSpec{Names: []itms.ParamPath{"Device.X"}, Values: []itms.TaskValue{{Name: "Device.Y", Value: "1", Type: itms.TypeInt, Sealed: itms.Sealed("s"), Hidden: true, Writable: true}},
		NoVerify: true, Path: "Device.", NextLevel: true, Attributes: []itms.AttributeChange{{Name: "Device.Z", Notification: &level, AccessList: &access}},
		Transfer: itms.TransferSpec{FileType: itms.FileFirmware, File: "f", URL: "http://files.example.com/x", Username: "u", Sealed: itms.Sealed("t"), Size: 9,
			Target: "x", Success: "http://a.example.com/", Failure: "http://b.example.com/", Version: "2"},
		Delay: 7, Windows: []itms.TransferWindow{{Start: 1, End: 2, Mode: itms.WindowModes[0], Message: "now?", Retries: -1}}, CommandKey: "k",
		Vouchers: []string{"AAAA"}, Option: "o", Units: []itms.UnitChange{{Operation: itms.UnitInstall, URL: "http://c.example.com/", UUID: "u", Version: "1",
			Username: "n", Sealed: itms.Sealed("p"), Environment: "Device.SoftwareModules.ExecEnv.1."}},
		Arguments: map[string]string{"host": "a.example.com"}}
}

// taskRun has every field filled.
func taskRun() itms.TaskRun {
	return itms.TaskRun{Stage: "more", Tries: 1, Next: epoch, Pause: "s1", SentIn: "s2", SentBy: "p1", SentAt: epoch, Todo: []itms.ParamPath{"Device.A"},
		Batch: 50, Done: 3, Total: 9, Before: []string{"1"}, Told: true, Looks: 2, Again: 1}
}

// taskResult has every field filled.
func taskResult() *itms.TaskResult {
	status := 1
	return &itms.TaskResult{Values: []itms.TaskValue{{Name: "Device.X", Value: "v", Type: itms.TypeString, Sealed: itms.Sealed("s"), Hidden: true, Writable: true}}, Names: []itms.ParamName{{Name: "Device.X", Writable: true}},
		Attributes: []itms.ParamAttribute{{Name: "Device.X", Notification: 1, AccessList: []string{"Subscriber"}}}, Methods: []string{"Reboot"},
		Instance: "3", Status: &status, Transfers: []itms.QueuedTransfer{{CommandKey: "k", State: 2, Download: true, FileType: "t", Size: 5, Target: "x"}},
		Options: []itms.Option{{Name: "o", Voucher: 4, State: 1, Mode: 1, Starts: epoch, Expires: epoch, Transferable: true}},
		Units:   []itms.UnitResult{{UUID: "u", Version: "1", State: "Failed", Fault: 9027, Text: "full"}}, File: "f", Software: "2",
		Started: epoch, Completed: epoch, Count: 2, Unreadable: []itms.ParamPath{"Device.B"},
		Diagnostic: &itms.DiagnosticResult{Object: "Device.C.", State: "Complete", Values: map[string]any{"n": 1.5, "t": "x", "f": true, "l": []any{1.0, "y"}},
			Tables: map[string][]map[string]any{"rows": {{"n": 2.0}}}}}
}

// storedTask is task as it comes back.
func storedTask(device itms.DeviceID, i int) *itms.Task {
	s := task(device, i)
	s.CreatedAt, s.UpdatedAt, s.ExpiresAt, s.Steps[0].At = stored, stored, stored, stored
	s.NotBefore, s.Run.Next, s.Run.SentAt, s.Call.At, s.Call.Next = stored, stored, stored, stored, stored
	s.Result.Started, s.Result.Completed, s.Result.Options[0].Starts, s.Result.Options[0].Expires = stored, stored, stored, stored
	return s
}

// file is the i-th file, every field filled.
func file(i int) *itms.File {
	return &itms.File{ID: fileID(i), Name: "image.bin", Kind: itms.FileKindFirmware, FileType: itms.FileFirmware, Version: "2.1",
		Models: []string{"EX-1", "EX-2*"}, Size: 3, SHA256: fmt.Sprintf("%064x", i), Device: deviceID("d", 1), CreatedAt: epoch,
		Actor: "ops", Note: "for the new boxes", Offer: true}
}

// fileID is the id of the i-th file.
func fileID(i int) itms.FileID { return itms.FileID(fmt.Sprintf("file-%03d", i)) }

// storedFile is file as it comes back.
func storedFile(i int) *itms.File {
	f := file(i)
	f.CreatedAt = stored
	return f
}

// transfer is the i-th transfer, open, of file-001, every field but DoneAt filled. It
// expires i seconds after the epoch.
func transfer(i int) *itms.Transfer {
	return &itms.Transfer{Token: fmt.Sprintf("token-%03d", i), Device: deviceID("d", 1), Task: "task-00001", Upload: true, File: fileID(1),
		FileType: itms.FileFirmware, Username: "user", Password: itms.Sealed{7}, CreatedAt: epoch,
		ExpiresAt: epoch.Add(time.Duration(i) * time.Second), Bytes: 3, Upto: 3, Requests: 1, ServedAt: epoch, Remote: "192.0.2.1"}
}

// storedTransfer is transfer as it comes back.
func storedTransfer(i int) *itms.Transfer {
	s := transfer(i)
	s.CreatedAt, s.ServedAt, s.ExpiresAt = stored, stored, stored.Add(time.Duration(i)*time.Second)
	return s
}

// closedTransfer is transfer after it was closed.
func closedTransfer(i int) *itms.Transfer {
	s := transfer(i)
	s.DoneAt = epoch
	return s
}

// ending is how the i-th order ended, day days after the epoch, every field filled.
func ending(i, day int) *itms.Ending {
	at := epoch.AddDate(0, 0, day)
	return &itms.Ending{Order: itms.OrderID(fmt.Sprintf("bss-%05d", i)), At: at, Day: at.UTC().Format(time.DateOnly),
		Kind: itms.KindInstall, Mode: itms.ModeSelf, Area: "510100", Access: itms.AccessPPPoE, Vendor: "Example & Söhne",
		Model: "EX-1", Firmware: "2.0", Way: itms.ByMAC, Outcome: itms.OrderDone, Touched: true}
}

// delivery is the i-th delivery, due i seconds after the epoch.
func delivery(stream string, i int) *itms.Delivery {
	at := stored.Add(time.Duration(i) * time.Second)
	return &itms.Delivery{ID: fmt.Sprintf("%s.%05d", stream, i), Stream: stream, Kind: "callback",
		Target: "https://bss.example.com/cb", Body: []byte(`{"n":1}`), Due: at, QueuedAt: at}
}

// lease is the i-th lease, every field filled, of client i behind modem 1. It ends i
// seconds after the epoch.
func lease(i int) *itms.Lease {
	mac := itms.MAC{0, 0, 0x5E, 0, 0x53, byte(i)}
	id := append([]byte{0xFF}, mac[:]...)
	return &itms.Lease{Address: leaseAddress(i), State: itms.LeaseActive, Client: itms.ClientKey(itms.ClientCPE, mac, id), MAC: mac,
		ClientID: fmt.Sprintf("%x", id), Kind: itms.ClientCPE, Class: "cpe", Scope: "192.0.2.0/24", Relay: netip.MustParseAddr("192.0.2.254"),
		Modem: itms.MAC{0, 0, 0x5E, 0, 0x54, 1}, Circuit: "0a0b", Remote: "00005e005401", Hostname: "Söhne", Vendor: "udhcp 1.36",
		Provision: "1/bound", Nonce: "00ff", Spent: "a.cfg", StartedAt: epoch, RenewedAt: epoch, ExpiresAt: epoch.Add(time.Duration(i) * time.Second)}
}

// leaseAddress is the address of the i-th lease.
func leaseAddress(i int) netip.Addr { return netip.AddrFrom4([4]byte{192, 0, 2, byte(i)}) }

// storedLease is lease as it comes back.
func storedLease(i int) *itms.Lease {
	l := lease(i)
	l.StartedAt, l.RenewedAt, l.ExpiresAt = stored, stored, stored.Add(time.Duration(i)*time.Second)
	return l
}
