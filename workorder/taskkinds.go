package workorder

import (
	"itms"
)

// procedures says how each kind of task is carried out.
var procedures = withDiagnostics(map[itms.TaskKind]*procedure{
	itms.TaskGet: {fields: []string{"names!"}, method: "GetParameterValues", asks: true,
		next: (*taskRun).nextRead, settle: (*taskRun).gotValues, lost: (*taskRun).readLess},
	itms.TaskRefresh: {fields: []string{"path"}, method: "GetParameterValues", asks: true,
		next: (*taskRun).nextWalk, settle: (*taskRun).walked, lost: (*taskRun).walkLess},
	itms.TaskNames: {fields: []string{"path", "nextLevel"}, method: "GetParameterNames", asks: true,
		next: (*taskRun).nextNames, settle: (*taskRun).gotNames},
	itms.TaskSet: {fields: []string{"values!", "verify"}, method: "SetParameterValues", check: checkValues,
		begin: (*taskRun).beginSet, next: (*taskRun).nextSet, settle: (*taskRun).wrote, lost: (*taskRun).lookWhatWasSet, visit: (*taskRun).appliedYet},
	itms.TaskAddObject: {fields: []string{"path!", "values"}, method: "AddObject", check: checkTable,
		next: (*taskRun).nextRow, settle: (*taskRun).rowAnswered, lost: (*taskRun).lookForRow},
	itms.TaskDeleteObject: {fields: []string{"path!"}, method: "DeleteObject", check: checkTable,
		next: (*taskRun).nextDelete, settle: (*taskRun).deleted},
	itms.TaskGetAttributes: {fields: []string{"names!"}, method: "GetParameterAttributes", asks: true,
		next: (*taskRun).nextAttributes, settle: (*taskRun).gotAttributes},
	itms.TaskSetAttributes: {fields: []string{"attributes!"}, method: "SetParameterAttributes", check: checkAttributes,
		next: (*taskRun).nextAttributeChange, settle: (*taskRun).attributesSet},
	itms.TaskRPCMethods: {asks: true,
		next: (*taskRun).nextMethods, settle: (*taskRun).gotMethods},
	itms.TaskGetOptions: {fields: []string{"option"}, method: "GetOptions", asks: true,
		next: (*taskRun).nextOptions, settle: (*taskRun).gotOptions},
	itms.TaskSetVouchers: {fields: []string{"vouchers!"}, method: "SetVouchers", check: checkVouchers,
		next: (*taskRun).nextVouchers, settle: (*taskRun).vouchersSet},
	itms.TaskReboot: {method: "Reboot", holds: true,
		next: (*taskRun).nextReboot, settle: (*taskRun).rebooting, visit: (*taskRun).booted},
	itms.TaskFactoryReset: {method: "FactoryReset", holds: true,
		next: (*taskRun).nextReset, settle: (*taskRun).resetting, visit: (*taskRun).wasReset},
	itms.TaskScheduleInform: {fields: []string{"delaySeconds!"}, method: "ScheduleInform", check: checkDelay,
		next: (*taskRun).nextSchedule, settle: (*taskRun).scheduled, visit: (*taskRun).cameAsScheduled},
	itms.TaskDownload: {fields: append([]string{"fileType", "fileId", "targetFileName", "successUrl", "failureUrl", "version", "fileSize"}, transferFields...),
		method: "Download", check: checkDownload,
		begin: (*taskRun).beginTransfer, next: (*taskRun).nextDownload, settle: (*taskRun).transferAnswered, lost: (*taskRun).transferLost,
		visit: (*taskRun).versionReported, notice: (*taskRun).transferTold},
	itms.TaskScheduleDownload: {fields: append([]string{"fileType", "fileId", "targetFileName", "version", "fileSize", "windows!"}, transferFields...),
		method: "ScheduleDownload", check: checkWindows,
		begin: (*taskRun).beginTransfer, next: (*taskRun).nextDownload, settle: (*taskRun).transferAnswered, lost: (*taskRun).transferLost,
		visit: (*taskRun).versionReported, notice: (*taskRun).transferTold},
	itms.TaskUpload: {fields: append([]string{"fileType!"}, transferFields...), method: "Upload", check: checkDelivery,
		begin: (*taskRun).beginTransfer, next: (*taskRun).nextUpload, settle: (*taskRun).transferAnswered, lost: (*taskRun).transferLost,
		notice: (*taskRun).transferTold},
	itms.TaskCancelTransfer: {fields: []string{"commandKey!"}, method: "CancelTransfer",
		next: (*taskRun).nextCancel, settle: (*taskRun).transferCancelled},
	itms.TaskQueuedTransfers: {asks: true,
		next: (*taskRun).nextTransfers, settle: (*taskRun).gotTransfers},
	itms.TaskChangeDUState: {fields: []string{"operations!"}, method: "ChangeDUState", check: checkUnits,
		next: (*taskRun).nextUnits, settle: (*taskRun).unitsAnswered, notice: (*taskRun).unitsTold},
	itms.TaskRecover: {},
})

// transferFields are those of every transfer.
var transferFields = []string{"url", "username", "password", "delaySeconds"}

// transferKinds are the kinds that move a file.
var transferKinds = []itms.TaskKind{itms.TaskDownload, itms.TaskScheduleDownload, itms.TaskUpload}
