package sim

import (
	"slices"

	"itms/cwmp"
)

// Short names keep the tables of the models readable.
const (
	tBool = cwmp.TypeBoolean
	tUint = cwmp.TypeUnsignedInt
	tInt  = cwmp.TypeInt
	tTime = cwmp.TypeDateTime
)

// diagnosticStates are what an ACS may write into a DiagnosticsState.
var diagnosticStates = []string{"None", "Requested", "Canceled", "Complete"}

// common are the parameters that every model has (TR-106 and TR-181).
func common() []Spec {
	return []Spec{
		{Path: "DeviceInfo.Manufacturer", Value: "{maker}"},
		{Path: "DeviceInfo.ManufacturerOUI", Value: "{oui}"},
		{Path: "DeviceInfo.ModelName", Value: "{class}"},
		{Path: "DeviceInfo.ProductClass", Value: "{class}"},
		{Path: "DeviceInfo.SerialNumber", Value: "{serial}"},
		{Path: "DeviceInfo.HardwareVersion", Value: "HW1.0", Inform: Forced},
		{Path: "DeviceInfo.SoftwareVersion", Value: "1.0.0", Inform: Forced, Notify: cwmp.NotificationActive},
		{Path: "DeviceInfo.ProvisioningCode", Access: ReadWrite, Max: 64, Inform: Forced, Notify: cwmp.NotificationActive},
		{Path: "DeviceInfo.UpTime", Type: tUint, Value: "0"},
		{Path: "DeviceInfo.MemoryStatus.Total", Type: tUint, Value: "524288"},
		{Path: "DeviceInfo.MemoryStatus.Free", Type: tUint, Value: "262144"},
		{Path: "DeviceInfo.ProcessStatus.CPUUsage", Type: tUint, Value: "7"},
		{Path: "ManagementServer.URL", Access: ReadWrite, Value: "{acs}"},
		{Path: "ManagementServer.Username", Access: ReadWrite, Value: "{user}"},
		{Path: "ManagementServer.Password", Access: WriteOnly, Value: "{password}"},
		{Path: "ManagementServer.PeriodicInformEnable", Type: tBool, Access: ReadWrite, Value: "1"},
		{Path: "ManagementServer.PeriodicInformInterval", Type: tUint, Access: ReadWrite, Value: "3600"},
		{Path: "ManagementServer.PeriodicInformTime", Type: tTime, Access: ReadWrite, Value: "0001-01-01T00:00:00Z"},
		{Path: "ManagementServer.ParameterKey", Inform: Forced},
		{Path: "ManagementServer.ConnectionRequestURL", Inform: Forced, Notify: cwmp.NotificationActive},
		{Path: "ManagementServer.ConnectionRequestUsername", Access: ReadWrite},
		{Path: "ManagementServer.ConnectionRequestPassword", Access: WriteOnly},
		{Path: "ManagementServer.CWMPRetryMinimumWaitInterval", Type: tUint, Access: ReadWrite, Value: "5"},
		{Path: "ManagementServer.CWMPRetryIntervalMultiplier", Type: tUint, Access: ReadWrite, Value: "2000"},
		{Path: "ManagementServer.UpgradesManaged", Type: tBool, Access: ReadWrite, Value: "0"},
		{Path: "Time.NTPServer1", Access: ReadWrite, Max: 64, Value: "ntp.example.com"},
		{Path: "Time.LocalTimeZone", Access: ReadWrite, Value: "UTC0"},
	}
}

// ping are the parameters of an IPPing diagnostic below an object.
func ping(object string) []Spec {
	return []Spec{
		{Path: object + "DiagnosticsState", Access: ReadWrite, Value: "None", Enum: diagnosticStates},
		{Path: object + "Interface", Access: ReadWrite},
		{Path: object + "Host", Access: ReadWrite},
		{Path: object + "NumberOfRepetitions", Type: tUint, Access: ReadWrite, Value: "3"},
		{Path: object + "Timeout", Type: tUint, Access: ReadWrite, Value: "1000"},
		{Path: object + "DataBlockSize", Type: tUint, Access: ReadWrite, Value: "64"},
		{Path: object + "SuccessCount", Type: tUint, Value: "0"},
		{Path: object + "FailureCount", Type: tUint, Value: "0"},
		{Path: object + "AverageResponseTime", Type: tUint, Value: "0"},
		{Path: object + "MinimumResponseTime", Type: tUint, Value: "0"},
		{Path: object + "MaximumResponseTime", Type: tUint, Value: "0"},
	}
}

// specs joins the parts of a parameter table.
func specs(parts ...[]Spec) []Spec { return slices.Concat(parts...) }
