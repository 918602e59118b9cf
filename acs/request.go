package acs

import (
	"math"
	"strconv"

	"itms"
	"itms/cwmp"
)

// requestOf makes the RPC of a command. It fails with KindInvalid on what no CPE
// may be sent: a key above 32 characters, a size or delay that does not fit. Of the
// manner, only the values of parameters depend.
func requestOf(c itms.Command, manner itms.Manner) (cwmp.Message, error) {
	if key := keyOf(c); len(key) > maxKey {
		return nil, itms.Invalid("/key", "%q is longer than %d characters", key, maxKey)
	}
	switch c := c.(type) {
	case itms.GetNames:
		return &cwmp.GetParameterNames{Path: string(c.Path), NextLevel: c.NextLevel}, nil
	case itms.GetValues:
		return &cwmp.GetParameterValues{Names: textsOf(c.Paths)}, nil
	case itms.SetValues:
		return setValues(c, manner.BooleanWords), nil
	case itms.GetAttributes:
		return &cwmp.GetParameterAttributes{Names: textsOf(c.Paths)}, nil
	case itms.SetAttributes:
		return setAttributes(c), nil
	case itms.AddObject:
		return &cwmp.AddObject{ObjectName: string(c.Table), ParameterKey: c.Key}, nil
	case itms.DeleteObject:
		return &cwmp.DeleteObject{ObjectName: string(c.Object), ParameterKey: c.Key}, nil
	case itms.GetMethods:
		return &cwmp.GetRPCMethods{}, nil
	case itms.GetOptions:
		return &cwmp.GetOptions{OptionName: c.Option}, nil
	case itms.SetVouchers:
		return setVouchers(c), nil
	}
	return jobOf(c)
}

// jobOf makes the RPC of a command that the device works on by itself.
func jobOf(c itms.Command) (cwmp.Message, error) {
	switch c := c.(type) {
	case itms.Reboot:
		return &cwmp.Reboot{CommandKey: c.Key}, nil
	case itms.FactoryReset:
		return &cwmp.FactoryReset{}, nil
	case itms.ScheduleInform:
		delay, err := uint32Of("/delay", c.Delay)
		return &cwmp.ScheduleInform{DelaySeconds: delay, CommandKey: c.Key}, err
	case itms.Download:
		return download(c)
	case itms.Upload:
		return upload(c)
	case itms.ScheduleDownload:
		return scheduleDownload(c)
	case itms.CancelTransfer:
		return &cwmp.CancelTransfer{CommandKey: c.Key}, nil
	case itms.GetTransfers:
		if c.Old {
			return &cwmp.GetQueuedTransfers{}, nil
		}
		return &cwmp.GetAllQueuedTransfers{}, nil
	case itms.ChangeUnits:
		return changeUnits(c), nil
	}
	return nil, itms.Errorf(itms.KindInternal, itms.CodeInternal, "no RPC for command %T", c)
}

// keyOf is the ParameterKey or CommandKey of a command.
func keyOf(c itms.Command) string {
	switch c := c.(type) {
	case itms.SetValues:
		return c.Key
	case itms.AddObject:
		return c.Key
	case itms.DeleteObject:
		return c.Key
	case itms.Reboot:
		return c.Key
	case itms.Download:
		return c.Key
	case itms.ScheduleDownload:
		return c.Key
	case itms.Upload:
		return c.Key
	case itms.ScheduleInform:
		return c.Key
	case itms.CancelTransfer:
		return c.Key
	case itms.ChangeUnits:
		return c.Key
	}
	return ""
}

// textsOf writes names as a CPE gets them.
func textsOf(paths []itms.ParamPath) []string {
	names := make([]string, len(paths))
	for i, p := range paths {
		names[i] = string(p)
	}
	return names
}

// setValues makes a SetParameterValues. Booleans go out as 1 and 0, since some CPEs
// refuse the words, unless words are what the model takes.
func setValues(c itms.SetValues, words bool) *cwmp.SetParameterValues {
	list := make([]cwmp.ParameterValue, len(c.Values))
	for i, v := range c.Values {
		list[i] = cwmp.ParameterValue{Name: string(v.Name), Value: v.Value, Type: v.Type}
		if v.Type == itms.TypeBoolean {
			list[i].Value = plainBool(v.Value, words)
		}
	}
	return &cwmp.SetParameterValues{Parameters: list, ParameterKey: c.Key}
}

// plainBool writes a truth value as 1 or 0, or in words; other text stays for the CPE to
// refuse.
func plainBool(text string, words bool) string {
	switch value, ok := cwmp.ParseBool(text); {
	case !ok:
		return text
	case words:
		return strconv.FormatBool(value)
	case value:
		return "1"
	}
	return "0"
}

// setAttributes makes a SetParameterAttributes.
func setAttributes(c itms.SetAttributes) *cwmp.SetParameterAttributes {
	list := make([]cwmp.SetParameterAttribute, len(c.Changes))
	for i, a := range c.Changes {
		list[i].Name = string(a.Name)
		if a.Notification != nil {
			list[i].NotificationChange, list[i].Notification = true, *a.Notification
		}
		if a.AccessList != nil {
			list[i].AccessListChange, list[i].AccessList = true, *a.AccessList
		}
	}
	return &cwmp.SetParameterAttributes{Parameters: list}
}

// setVouchers makes a SetVouchers.
func setVouchers(c itms.SetVouchers) *cwmp.SetVouchers {
	m := &cwmp.SetVouchers{}
	for _, v := range c.Vouchers {
		m.Vouchers = append(m.Vouchers, cwmp.Voucher(v))
	}
	return m
}

// uint32Of is a number that the protocol has 32 bits for.
func uint32Of(pointer string, n int) (uint32, error) {
	if n < 0 || n > math.MaxUint32 {
		return 0, itms.Invalid(pointer, "%d: expected 0 to %d", n, uint32(math.MaxUint32))
	}
	return uint32(n), nil
}

// download makes a Download.
func download(c itms.Download) (cwmp.Message, error) {
	size, err := uint32Of("/size", c.Size)
	if err != nil {
		return nil, err
	}
	delay, err := uint32Of("/delay", c.Delay)
	return &cwmp.Download{CommandKey: c.Key, FileType: c.FileType, URL: c.URL, Username: c.Username, Password: c.Password,
		FileSize: size, TargetFileName: c.Target, DelaySeconds: delay, SuccessURL: c.Success, FailureURL: c.Failure}, err
}

// upload makes an Upload.
func upload(c itms.Upload) (cwmp.Message, error) {
	delay, err := uint32Of("/delay", c.Delay)
	return &cwmp.Upload{CommandKey: c.Key, FileType: c.FileType, URL: c.URL, Username: c.Username, Password: c.Password,
		DelaySeconds: delay}, err
}

// scheduleDownload makes a ScheduleDownload.
func scheduleDownload(c itms.ScheduleDownload) (cwmp.Message, error) {
	size, err := uint32Of("/size", c.Size)
	if err != nil {
		return nil, err
	}
	m := &cwmp.ScheduleDownload{CommandKey: c.Key, FileType: c.FileType, URL: c.URL, Username: c.Username,
		Password: c.Password, FileSize: size, TargetFileName: c.Target}
	for _, w := range c.Windows {
		start, err := uint32Of("/windows/start", w.Start)
		if err != nil {
			return nil, err
		}
		end, err := uint32Of("/windows/end", w.End)
		if err != nil {
			return nil, err
		}
		m.TimeWindows = append(m.TimeWindows, cwmp.TimeWindow{Start: start, End: end, Mode: w.Mode, UserMessage: w.Message, MaxRetries: w.Retries})
	}
	return m, nil
}

// unitKinds are the structures of operations on software modules.
var unitKinds = map[string]cwmp.DUKind{itms.UnitInstall: cwmp.DUInstall, itms.UnitUpdate: cwmp.DUUpdate, itms.UnitUninstall: cwmp.DUUninstall}

// changeUnits makes a ChangeDUState.
func changeUnits(c itms.ChangeUnits) *cwmp.ChangeDUState {
	m := &cwmp.ChangeDUState{CommandKey: c.Key}
	for _, u := range c.Changes {
		m.Operations = append(m.Operations, cwmp.DUOperation{Kind: unitKinds[u.Operation], URL: u.URL, UUID: u.UUID, Version: u.Version,
			Username: u.Username, Password: u.Password.Reveal(), ExecutionEnvRef: u.Environment})
	}
	return m
}
