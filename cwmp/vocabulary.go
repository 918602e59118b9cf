package cwmp

import "strings"

// vocabulary holds the words that make up most of a message beside its
// values, so that reading them does not allocate. It is never changed.
var vocabulary = func() map[string]string {
	words := strings.Fields(protocolWords)
	table := make(map[string]string, len(words)+3)
	for _, word := range words {
		table[word] = word
	}
	for _, ns := range namespaces {
		table[ns] = ns
	}
	return table
}()

const protocolWords = `
soap-env SOAP-ENV soapenv soap SOAP s soap-enc SOAP-ENC soapenc xsd xs xsi cwmp xmlns
Envelope Header Body Fault faultcode faultstring detail encodingStyle mustUnderstand actor
http://schemas.xmlsoap.org/soap/envelope/ http://schemas.xmlsoap.org/soap/encoding/
http://www.w3.org/2001/XMLSchema http://www.w3.org/2001/XMLSchema-instance
ID HoldRequests NoMoreRequests SessionTimeout SupportedCWMPVersions UseCWMPVersion
arrayType type string base64 Array soap-enc:Array SOAP-ENC:Array
xsd:string xsd:int xsd:unsignedInt xsd:long xsd:unsignedLong xsd:boolean xsd:dateTime
xsd:base64 xsd:base64Binary xsd:hexBinary
Inform InformResponse DeviceId Manufacturer OUI ProductClass SerialNumber Event EventStruct
EventCode CommandKey MaxEnvelopes CurrentTime RetryCount ParameterList ParameterValueStruct
ParameterInfoStruct ParameterAttributeStruct SetParameterAttributesStruct Name Value Writable
Notification NotificationChange AccessList AccessListChange ParameterNames ParameterPath
NextLevel ParameterKey Status ObjectName InstanceNumber FaultCode FaultString ParameterName
FaultStruct SetParameterValuesFault StartTime CompleteTime MethodList FileType FileSize URL
Username Password TargetFileName DelaySeconds SuccessURL FailureURL TransferList State
GetRPCMethods GetRPCMethodsResponse SetParameterValuesResponse GetParameterValuesResponse
GetParameterNamesResponse GetParameterAttributesResponse SetParameterAttributesResponse
AddObjectResponse DeleteObjectResponse DownloadResponse UploadResponse RebootResponse
FactoryResetResponse ScheduleInformResponse TransferComplete AutonomousTransferComplete
`
