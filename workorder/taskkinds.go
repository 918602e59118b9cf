package workorder

import (
	"itms"
)

// procedures says how each kind of task is carried out.
var procedures = map[itms.TaskKind]*procedure{
	itms.TaskGet: {fields: []string{"names!"}, method: byMethod("GetParameterValues"), asks: true,
		next: (*taskRun).nextRead, settle: (*taskRun).gotValues, lost: (*taskRun).readLess},
	itms.TaskRefresh: {fields: []string{"path"}, method: byMethod("GetParameterValues"), asks: true,
		next: (*taskRun).nextWalk, settle: (*taskRun).walked, lost: (*taskRun).walkLess},
	itms.TaskNames: {fields: []string{"path", "nextLevel"}, method: byMethod("GetParameterNames"), asks: true,
		next: (*taskRun).nextNames, settle: (*taskRun).gotNames},
	itms.TaskSet: {fields: []string{"values!", "verify"}, method: byMethod("SetParameterValues"), check: checkValues,
		begin: (*taskRun).beginSet, next: (*taskRun).nextSet, settle: (*taskRun).wrote, lost: (*taskRun).lookWhatWasSet, visit: (*taskRun).appliedYet},
	itms.TaskAddObject: {fields: []string{"path!", "values"}, method: byMethod("AddObject"), check: checkTable,
		next: (*taskRun).nextRow, settle: (*taskRun).rowAnswered, lost: (*taskRun).lookForRow},
	itms.TaskDeleteObject: {fields: []string{"path!"}, method: byMethod("DeleteObject"), check: checkTable,
		next: (*taskRun).nextDelete, settle: (*taskRun).deleted},
	itms.TaskGetAttributes: {fields: []string{"names!"}, method: byMethod("GetParameterAttributes"), asks: true,
		next: (*taskRun).nextAttributes, settle: (*taskRun).gotAttributes},
	itms.TaskSetAttributes: {fields: []string{"attributes!"}, method: byMethod("SetParameterAttributes"), check: checkAttributes,
		next: (*taskRun).nextAttributeChange, settle: (*taskRun).attributesSet},
	itms.TaskRPCMethods: {method: byMethod(""), asks: true,
		next: (*taskRun).nextMethods, settle: (*taskRun).gotMethods},
	itms.TaskGetOptions: {fields: []string{"option"}, method: byMethod("GetOptions"), asks: true,
		next: (*taskRun).nextOptions, settle: (*taskRun).gotOptions},
	itms.TaskSetVouchers: {fields: []string{"vouchers!"}, method: byMethod("SetVouchers"), check: checkVouchers,
		next: (*taskRun).nextVouchers, settle: (*taskRun).vouchersSet},
	itms.TaskReboot: {method: byMethod("Reboot"), holds: true,
		next: (*taskRun).nextReboot, settle: (*taskRun).rebooting, visit: (*taskRun).booted},
	itms.TaskFactoryReset: {method: byMethod("FactoryReset"), holds: true,
		next: (*taskRun).nextReset, settle: (*taskRun).resetting, visit: (*taskRun).wasReset},
	itms.TaskScheduleInform: {fields: []string{"delaySeconds!"}, method: byMethod("ScheduleInform"), check: checkDelay,
		next: (*taskRun).nextSchedule, settle: (*taskRun).scheduled, visit: (*taskRun).cameAsScheduled},
	itms.TaskDownload: {fields: append([]string{"fileType", "fileId", "targetFileName", "successUrl", "failureUrl", "version", "fileSize"}, transferFields...),
		method: byMethod("Download"), check: checkDownload,
		begin: (*taskRun).beginTransfer, next: (*taskRun).nextDownload, settle: (*taskRun).transferAnswered, lost: (*taskRun).transferLost,
		visit: (*taskRun).versionReported, notice: (*taskRun).transferTold},
	itms.TaskScheduleDownload: {fields: append([]string{"fileType", "fileId", "targetFileName", "version", "fileSize", "windows!"}, transferFields...),
		method: byMethod("ScheduleDownload"), check: checkWindows,
		begin: (*taskRun).beginTransfer, next: (*taskRun).nextDownload, settle: (*taskRun).transferAnswered, lost: (*taskRun).transferLost,
		visit: (*taskRun).versionReported, notice: (*taskRun).transferTold},
	itms.TaskUpload: {fields: append([]string{"fileType!"}, transferFields...), method: byMethod("Upload"), check: checkDelivery,
		begin: (*taskRun).beginTransfer, next: (*taskRun).nextUpload, settle: (*taskRun).transferAnswered, lost: (*taskRun).transferLost,
		notice: (*taskRun).transferTold},
	itms.TaskCancelTransfer: {fields: []string{"commandKey!"}, method: byMethod("CancelTransfer"),
		next: (*taskRun).nextCancel, settle: (*taskRun).transferCancelled},
	itms.TaskQueuedTransfers: {method: byMethod(""), asks: true,
		next: (*taskRun).nextTransfers, settle: (*taskRun).gotTransfers},
	itms.TaskChangeDUState: {fields: []string{"operations!"}, method: byMethod("ChangeDUState"), check: checkUnits,
		next: (*taskRun).nextUnits, settle: (*taskRun).unitsAnswered, notice: (*taskRun).unitsTold},
	itms.TaskRecover: {method: byMethod("")},
}

// transferFields are those of every transfer.
var transferFields = []string{"url", "username", "password", "delaySeconds"}

// transferKinds are the kinds that move a file.
var transferKinds = []itms.TaskKind{itms.TaskDownload, itms.TaskScheduleDownload, itms.TaskUpload}
