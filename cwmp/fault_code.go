package cwmp

// The fault codes of an ACS (TR-069 Amd 6 A.5.2). 8800 to 8899 are vendors'.
const (
	FaultACSMethod    = 8000 // method not supported
	FaultACSDenied    = 8001
	FaultACSInternal  = 8002
	FaultACSArguments = 8003
	FaultACSResources = 8004
	FaultACSRetry     = 8005 // the CPE must send the same request again
	FaultVersion      = 8006 // only in answer to an Inform
)

// The fault codes of a CPE (TR-069 Amd 6 A.5.1). 9800 to 9899 are vendors'.
const (
	FaultMethod              = 9000
	FaultDenied              = 9001
	FaultInternal            = 9002
	FaultArguments           = 9003
	FaultResources           = 9004
	FaultName                = 9005
	FaultType                = 9006
	FaultValue               = 9007
	FaultNotWritable         = 9008
	FaultNotification        = 9009
	FaultTransfer            = 9010
	FaultUpload              = 9011
	FaultServerAuth          = 9012
	FaultProtocol            = 9013
	FaultMulticast           = 9014
	FaultContactServer       = 9015
	FaultAccessFile          = 9016
	FaultCompleteDownload    = 9017
	FaultCorrupted           = 9018
	FaultFileAuth            = 9019
	FaultTimeWindow          = 9020
	FaultCancelNotPermitted  = 9021
	FaultUUIDFormat          = 9022
	FaultUnknownEnvironment  = 9023
	FaultDisabledEnvironment = 9024
	FaultUnitMismatch        = 9025
	FaultDuplicateUnit       = 9026
	FaultSystemResources     = 9027
	FaultUnknownUnit         = 9028
	FaultUnitState           = 9029
	FaultDowngrade           = 9030
	FaultVersionNotSpecified = 9031
	FaultVersionExists       = 9032
)

// faultTexts are the sentences of the specification.
var faultTexts = map[int]string{
	FaultACSMethod:           "Method not supported",
	FaultACSDenied:           "Request denied",
	FaultACSInternal:         "Internal error",
	FaultACSArguments:        "Invalid arguments",
	FaultACSResources:        "Resources exceeded",
	FaultACSRetry:            "Retry request",
	FaultVersion:             "ACS version incompatible with CPE",
	FaultMethod:              "Method not supported",
	FaultDenied:              "Request denied",
	FaultInternal:            "Internal error",
	FaultArguments:           "Invalid arguments",
	FaultResources:           "Resources exceeded",
	FaultName:                "Invalid parameter name",
	FaultType:                "Invalid parameter type",
	FaultValue:               "Invalid parameter value",
	FaultNotWritable:         "Attempt to set a non-writable parameter",
	FaultNotification:        "Notification request rejected",
	FaultTransfer:            "File transfer failure",
	FaultUpload:              "Upload failure",
	FaultServerAuth:          "File transfer server authentication failure",
	FaultProtocol:            "Unsupported protocol for file transfer",
	FaultMulticast:           "File transfer failure: unable to join multicast group",
	FaultContactServer:       "File transfer failure: unable to contact file server",
	FaultAccessFile:          "File transfer failure: unable to access file",
	FaultCompleteDownload:    "File transfer failure: unable to complete download",
	FaultCorrupted:           "File transfer failure: file corrupted",
	FaultFileAuth:            "File transfer failure: file authentication failure",
	FaultTimeWindow:          "File transfer failure: unable to complete download within specified time windows",
	FaultCancelNotPermitted:  "Cancelation of file transfer not permitted in current transfer state",
	FaultUUIDFormat:          "Invalid UUID format",
	FaultUnknownEnvironment:  "Unknown execution environment",
	FaultDisabledEnvironment: "Disabled execution environment",
	FaultUnitMismatch:        "Deployment unit to execution environment mismatch",
	FaultDuplicateUnit:       "Duplicate deployment unit",
	FaultSystemResources:     "System resources exceeded",
	FaultUnknownUnit:         "Unknown deployment unit",
	FaultUnitState:           "Invalid deployment unit state",
	FaultDowngrade:           "Invalid deployment unit update: downgrade not permitted",
	FaultVersionNotSpecified: "Invalid deployment unit update: version not specified",
	FaultVersionExists:       "Invalid deployment unit update: version already exists",
}

// FaultText returns the sentence of a fault code, such as "Invalid parameter
// name" for 9005. Vendor codes give "vendor fault", others "unknown fault".
func FaultText(code int) string {
	if text, ok := faultTexts[code]; ok {
		return text
	}
	if code >= 8800 && code <= 8899 || code >= 9800 && code <= 9899 {
		return "vendor fault"
	}
	return "unknown fault"
}

// Retry says what to do with a request that was answered by a fault.
type Retry uint8

// The answers of RetryOf.
const (
	// RetryOpen: it depends on the RPC and its user.
	RetryOpen Retry = iota
	// RetryLater: the same request may succeed another time, perhaps in
	// smaller pieces.
	RetryLater
	// RetryNever: the same request will fail again.
	RetryNever
)

// RetryOf classifies a fault code. A TransferComplete with the same code may
// be treated in another way.
func RetryOf(code int) Retry {
	switch code {
	case FaultACSRetry, FaultDenied, FaultInternal, FaultResources:
		return RetryLater
	case FaultACSMethod, FaultMethod, FaultArguments, FaultName, FaultType, FaultValue, FaultNotWritable:
		return RetryNever
	}
	return RetryOpen
}

// Retryable reports whether the same request may succeed later.
func Retryable(code int) bool { return RetryOf(code) == RetryLater }

// soapCode returns the faultcode that the specification gives for a code:
// whose mistake it was, the sender's ("Client") or the receiver's.
func soapCode(code int) string {
	switch code {
	case FaultACSArguments, FaultArguments, FaultName, FaultType, FaultValue, FaultNotWritable,
		FaultUUIDFormat, FaultUnknownEnvironment:
		return SOAPClient
	}
	return SOAPServer
}
