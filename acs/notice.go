package acs

import (
	"fmt"
	"net/url"
	"strconv"

	"itms"
	"itms/cwmp"
)

// acsMethods is what GetRPCMethods of a CPE is answered with (TR-069 Amd 6 A.3.1.1).
var acsMethods = &cwmp.GetRPCMethodsResponse{Methods: []string{"Inform", "GetRPCMethods", "TransferComplete",
	"AutonomousTransferComplete", "RequestDownload", "Kicked", "DUStateChangeComplete", "AutonomousDUStateChangeComplete"}}

// What one notice may hold; all of it is the device's to choose.
const (
	maxResults    = 16  // software module results
	maxArgs       = 16  // arguments of RequestDownload
	maxNoticeText = 256 // bytes of each text, and of each name
	maxNoticeWord = 64  // bytes of what is quoted within a sentence of ours
)

// answer gives the response to a request of a CPE and, when it reports something,
// the notice of it, bounded. An unknown method gets fault 8000.
func answer(m cwmp.Message) (cwmp.Message, *itms.Notice) {
	response, notice := respond(m)
	if notice != nil {
		notice.Text = clip(notice.Text, maxNoticeText)
		notice.Data = clipData(notice.Data)
	}
	return response, notice
}

// clipData clips names and values: notices are stored, and one body could fill a
// disk with them.
func clipData(data map[string]string) map[string]string {
	clipped := make(map[string]string, len(data))
	for name, value := range data {
		clipped[clip(name, maxNoticeText)] = clip(value, maxNoticeText)
	}
	return clipped
}

// respond is answer without the bounds on texts.
func respond(m cwmp.Message) (cwmp.Message, *itms.Notice) {
	switch m := m.(type) {
	case *cwmp.GetRPCMethods: // tells us nothing
		return acsMethods, nil
	case *cwmp.TransferComplete:
		return &cwmp.TransferCompleteResponse{}, transferNotice(m)
	case *cwmp.AutonomousTransferComplete:
		return &cwmp.AutonomousTransferCompleteResponse{}, autonomousTransferNotice(m)
	case *cwmp.RequestDownload:
		return &cwmp.RequestDownloadResponse{}, requestDownloadNotice(m)
	case *cwmp.Kicked:
		return &cwmp.KickedResponse{NextURL: m.Next}, kickedNotice(m)
	case *cwmp.DUStateChangeComplete:
		return &cwmp.DUStateChangeCompleteResponse{}, unitNotice(m)
	case *cwmp.AutonomousDUStateChangeComplete:
		return &cwmp.AutonomousDUStateChangeCompleteResponse{}, autonomousUnitNotice(m)
	}
	return cwmp.NewFault(cwmp.FaultACSMethod, ""), nil
}

// faultWords says how something ended.
func faultWords(f cwmp.TransferFault) string {
	if f.Code == 0 {
		return "succeeded"
	}
	return fmt.Sprintf("failed: %d %s", f.Code, cwmp.FaultText(f.Code))
}

// faultData adds a fault to the data of a notice.
func faultData(data map[string]string, prefix string, f cwmp.TransferFault) {
	data[prefix+"FaultCode"] = strconv.Itoa(f.Code)
	if f.String != "" {
		data[prefix+"FaultString"] = f.String
	}
}

// transferNotice reports the end of a transfer we ordered.
func transferNotice(m *cwmp.TransferComplete) *itms.Notice {
	data := map[string]string{
		"CommandKey":   m.CommandKey,
		"StartTime":    m.StartTime.String(),
		"CompleteTime": m.CompleteTime.String(),
	}
	faultData(data, "", m.Fault)
	return &itms.Notice{Method: m.Method(), Key: clip(m.CommandKey, maxNoticeText), Fault: m.Fault.Code, Text: "transfer " + clip(m.CommandKey, maxNoticeWord) + " " + faultWords(m.Fault), Data: data,
		Started: timeOf(m.StartTime), Ended: timeOf(m.CompleteTime)}
}

// autonomousTransferNotice reports the end of a transfer somebody else ordered.
func autonomousTransferNotice(m *cwmp.AutonomousTransferComplete) *itms.Notice {
	data := map[string]string{
		"AnnounceURL":    bareURL(m.AnnounceURL),
		"TransferURL":    bareURL(m.TransferURL),
		"IsDownload":     strconv.FormatBool(m.IsDownload),
		"FileType":       m.FileType,
		"FileSize":       strconv.FormatUint(uint64(m.FileSize), 10),
		"TargetFileName": m.TargetFileName,
		"StartTime":      m.StartTime.String(),
		"CompleteTime":   m.CompleteTime.String(),
	}
	faultData(data, "", m.Fault)
	text := "a transfer of " + clip(m.FileType, maxNoticeWord) + " not ordered here " + faultWords(m.Fault)
	if place := data["TransferURL"]; place != "" && m.IsDownload {
		text += ", from " + place
	} else if place != "" {
		text += ", to " + place
	}
	return &itms.Notice{Method: m.Method(), Fault: m.Fault.Code, Text: text, Data: data,
		Started: timeOf(m.StartTime), Ended: timeOf(m.CompleteTime)}
}

// requestDownloadNotice reports that the device wants a file.
func requestDownloadNotice(m *cwmp.RequestDownload) *itms.Notice {
	data := map[string]string{"FileType": m.FileType}
	for _, a := range m.Args[:min(len(m.Args), maxArgs)] {
		if !itms.ParamPath(a.Name).IsSecret() {
			data["Arg."+a.Name] = a.Value
		}
	}
	return &itms.Notice{Method: m.Method(), Text: "the device asks for " + m.FileType, Data: data}
}

// kickedNotice reports a user's wish. Arg is left out: it is whatever the user
// typed on a page of the device.
func kickedNotice(m *cwmp.Kicked) *itms.Notice {
	return &itms.Notice{Method: m.Method(), Text: "kicked by the user: " + m.Command, Data: map[string]string{
		"Command": m.Command,
		"Referer": bareURL(m.Referer),
		"Next":    bareURL(m.Next),
	}}
}

// unitNotice reports changes of software modules that we ordered.
func unitNotice(m *cwmp.DUStateChangeComplete) *itms.Notice {
	data := map[string]string{"CommandKey": m.CommandKey, "Results": strconv.Itoa(len(m.Results))}
	var units []itms.UnitResult
	for i := range m.Results[:min(len(m.Results), maxResults)] {
		r := &m.Results[i]
		unitData(data, i, r)
		units = append(units, itms.UnitResult{UUID: clip(r.UUID, maxNoticeText), Version: clip(r.Version, maxNoticeText),
			State: clip(r.CurrentState, maxNoticeWord), Fault: r.Fault.Code, Text: clip(r.Fault.String, maxNoticeText)})
	}
	return &itms.Notice{Method: m.Method(), Key: clip(m.CommandKey, maxNoticeText),
		Text: fmt.Sprintf("%d software modules changed", len(m.Results)), Data: data, Units: units}
}

// autonomousUnitNotice reports changes of software modules that we did not order.
func autonomousUnitNotice(m *cwmp.AutonomousDUStateChangeComplete) *itms.Notice {
	data := map[string]string{"Results": strconv.Itoa(len(m.Results))}
	for i := range m.Results[:min(len(m.Results), maxResults)] {
		unitData(data, i, &m.Results[i].DUResult)
		data[strconv.Itoa(i)+".OperationPerformed"] = m.Results[i].OperationPerformed
	}
	return &itms.Notice{Method: m.Method(), Text: fmt.Sprintf("%d software modules changed by themselves", len(m.Results)), Data: data}
}

// unitData adds one result.
func unitData(data map[string]string, i int, r *cwmp.DUResult) {
	prefix := strconv.Itoa(i) + "."
	data[prefix+"UUID"] = r.UUID
	data[prefix+"Version"] = r.Version
	data[prefix+"CurrentState"] = r.CurrentState
	faultData(data, prefix, r.Fault)
}

// bareURL removes credentials and query of a URL; what is no URL is dropped.
func bareURL(text string) string {
	u, err := url.Parse(text)
	if err != nil {
		return ""
	}
	u.User, u.RawQuery, u.Fragment = nil, "", ""
	return u.String()
}
