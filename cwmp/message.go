package cwmp

// Message is a request, a response or a fault: a pointer to one of the structs
// of this package.
type Message interface {
	// Method returns the local name of the element in the SOAP body, such as
	// "Inform", "SetParameterValuesResponse" or "Fault".
	Method() string
	// encode writes the content of that element.
	encode(w *writer)
}

// decoders maps the local name of a body element to its decoder. It is never
// changed.
var decoders = map[string]func(reader) Message{
	"AddObject":                               decodeAddObject,
	"AddObjectResponse":                       decodeAddObjectResponse,
	"AutonomousDUStateChangeComplete":         decodeAutonomousDUStateChangeComplete,
	"AutonomousDUStateChangeCompleteResponse": decodeAutonomousDUStateChangeCompleteResponse,
	"AutonomousTransferComplete":              decodeAutonomousTransferComplete,
	"AutonomousTransferCompleteResponse":      decodeAutonomousTransferCompleteResponse,
	"CancelTransfer":                          decodeCancelTransfer,
	"CancelTransferResponse":                  decodeCancelTransferResponse,
	"ChangeDUState":                           decodeChangeDUState,
	"ChangeDUStateResponse":                   decodeChangeDUStateResponse,
	"DUStateChangeComplete":                   decodeDUStateChangeComplete,
	"DUStateChangeCompleteResponse":           decodeDUStateChangeCompleteResponse,
	"DeleteObject":                            decodeDeleteObject,
	"DeleteObjectResponse":                    decodeDeleteObjectResponse,
	"Download":                                decodeDownload,
	"DownloadResponse":                        decodeDownloadResponse,
	"FactoryReset":                            decodeFactoryReset,
	"FactoryResetResponse":                    decodeFactoryResetResponse,
	"Fault":                                   decodeFault,
	"GetAllQueuedTransfers":                   decodeGetAllQueuedTransfers,
	"GetAllQueuedTransfersResponse":           decodeGetAllQueuedTransfersResponse,
	"GetOptions":                              decodeGetOptions,
	"GetOptionsResponse":                      decodeGetOptionsResponse,
	"GetParameterAttributes":                  decodeGetParameterAttributes,
	"GetParameterAttributesResponse":          decodeGetParameterAttributesResponse,
	"GetParameterNames":                       decodeGetParameterNames,
	"GetParameterNamesResponse":               decodeGetParameterNamesResponse,
	"GetParameterValues":                      decodeGetParameterValues,
	"GetParameterValuesResponse":              decodeGetParameterValuesResponse,
	"GetQueuedTransfers":                      decodeGetQueuedTransfers,
	"GetQueuedTransfersResponse":              decodeGetQueuedTransfersResponse,
	"GetRPCMethods":                           decodeGetRPCMethods,
	"GetRPCMethodsResponse":                   decodeGetRPCMethodsResponse,
	"Inform":                                  decodeInform,
	"InformResponse":                          decodeInformResponse,
	"Kicked":                                  decodeKicked,
	"KickedResponse":                          decodeKickedResponse,
	"Reboot":                                  decodeReboot,
	"RebootResponse":                          decodeRebootResponse,
	"RequestDownload":                         decodeRequestDownload,
	"RequestDownloadResponse":                 decodeRequestDownloadResponse,
	"ScheduleDownload":                        decodeScheduleDownload,
	"ScheduleDownloadResponse":                decodeScheduleDownloadResponse,
	"ScheduleInform":                          decodeScheduleInform,
	"ScheduleInformResponse":                  decodeScheduleInformResponse,
	"SetParameterAttributes":                  decodeSetParameterAttributes,
	"SetParameterAttributesResponse":          decodeSetParameterAttributesResponse,
	"SetParameterValues":                      decodeSetParameterValues,
	"SetParameterValuesResponse":              decodeSetParameterValuesResponse,
	"SetVouchers":                             decodeSetVouchers,
	"SetVouchersResponse":                     decodeSetVouchersResponse,
	"TransferComplete":                        decodeTransferComplete,
	"TransferCompleteResponse":                decodeTransferCompleteResponse,
	"Upload":                                  decodeUpload,
	"UploadResponse":                          decodeUploadResponse,
}
