package acs

import (
	"time"

	"itms"
	"itms/cwmp"
)

// What is kept of an answer's lists; all of them are the device's to choose.
const (
	maxMethods   = 256 // names of RPCs
	maxTransfers = 64  // TR-069 Amd 6 A.4.1.7 has at most 16
	maxOptions   = 64
)

// timeOf is a time of the device, zero when it told none or an unknown one.
func timeOf(d cwmp.DateTime) time.Time { return d.Time.UTC() }

// attributesOf translates attributes, leaving out what has no valid name.
func attributesOf(list []cwmp.ParameterAttribute) []itms.ParamAttribute {
	var out []itms.ParamAttribute
	for _, a := range list {
		if name, err := itms.ParseParamPath(a.Name); err == nil {
			out = append(out, itms.ParamAttribute{Name: name, Notification: a.Notification, AccessList: a.AccessList})
		}
	}
	return out
}

// methodsOf bounds the names of methods.
func methodsOf(list []string) []string {
	out := make([]string, 0, min(len(list), maxMethods))
	for _, name := range list[:min(len(list), maxMethods)] {
		out = append(out, clip(name, maxMethod))
	}
	return out
}

// queuedOf translates the transfers that the ACS ordered.
func queuedOf(list []cwmp.QueuedTransfer) []itms.QueuedTransfer {
	var out []itms.QueuedTransfer
	for _, t := range list[:min(len(list), maxTransfers)] {
		out = append(out, itms.QueuedTransfer{CommandKey: clip(t.CommandKey, maxNoticeText), State: t.State})
	}
	return out
}

// allQueuedOf translates all transfers.
func allQueuedOf(list []cwmp.AnyQueuedTransfer) []itms.QueuedTransfer {
	var out []itms.QueuedTransfer
	for _, t := range list[:min(len(list), maxTransfers)] {
		out = append(out, itms.QueuedTransfer{CommandKey: clip(t.CommandKey, maxNoticeText), State: t.State, Download: t.IsDownload,
			FileType: clip(t.FileType, maxNoticeText), Size: int64(t.FileSize), Target: clip(t.TargetFileName, maxNoticeText)})
	}
	return out
}

// optionsOf translates options.
func optionsOf(list []cwmp.Option) []itms.Option {
	var out []itms.Option
	for _, o := range list[:min(len(list), maxOptions)] {
		out = append(out, itms.Option{Name: clip(o.OptionName, maxNoticeText), Voucher: int64(o.VoucherSN), State: int(o.State), Mode: o.Mode,
			Starts: timeOf(o.StartDate), Expires: timeOf(o.ExpirationDate), Transferable: o.IsTransferable})
	}
	return out
}
