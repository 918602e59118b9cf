package api

import (
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"itms"
)

// The closed sets of words, as types so that the description lists them and a
// parameter that is none of them is refused.
type (
	orderState  itms.OrderState
	orderKind   itms.OrderKind
	orderMode   itms.OrderMode
	deviceState itms.DeviceState
	serviceType itms.ServiceType
	accessType  itms.AccessType
	bindWay     itms.BindWay
	pageState   itms.PageState
	taskKind    itms.TaskKind
	taskState   itms.TaskState
	stockState  itms.StockState
	fileKind    itms.FileKind
	dimension   itms.Dimension
	trouble     itms.Trouble
	role        itms.Role
	signInWay   itms.SignInWay
)

// The words that the root package has no list of.
var (
	orderKinds = []itms.OrderKind{itms.KindInstall, itms.KindSwap, itms.KindRelocate, itms.KindSuspend,
		itms.KindResume, itms.KindModify, itms.KindPassword, itms.KindTransfer, itms.KindTerminate}
	orderModes   = []itms.OrderMode{itms.ModeSelf, itms.ModeTechnician}
	deviceStates = []itms.DeviceState{itms.DeviceUnknown, itms.DeviceInStock, itms.DeviceOnlineUnbound,
		itms.DeviceCodeRequired, itms.DeviceLocked, itms.DeviceUpgrading, itms.DeviceConfiguring,
		itms.DeviceInService, itms.DeviceSuspended, itms.DeviceQuarantine, itms.DeviceWipePending,
		itms.DeviceRecycled, itms.DeviceBlocked}
	serviceTypes = []itms.ServiceType{itms.ServiceIPTV, itms.ServiceInternet, itms.ServiceVoIP}
	bindWays     = []itms.BindWay{itms.BySTBID, itms.ByMAC, itms.BySerial, itms.ByLOID, itms.ByBoxCode, itms.ByPhone,
		itms.ByLine, itms.ByHand}
	pageStates = []itms.PageState{itms.PageAsk, itms.PageRefused, itms.PageLocked, itms.PagePushing, itms.PageDone,
		itms.PageFailed, itms.PageIdle}
	taskStates = []itms.TaskState{itms.TaskQueued, itms.TaskSent, itms.TaskWaiting, itms.TaskDone, itms.TaskFailed,
		itms.TaskExpired, itms.TaskCancelled}
	signInWays  = []itms.SignInWay{itms.ByPassword, itms.ByOIDC, itms.ByToken}
	accessTypes = []itms.AccessType{itms.AccessPPPoE, itms.AccessIPoE, itms.AccessDHCP, itms.AccessStatic}
)

// Schema lists the words.
func (orderState) Schema(huma.Registry) *huma.Schema { return enum(itms.OrderStates) }

// Schema lists the words.
func (orderKind) Schema(huma.Registry) *huma.Schema { return enum(orderKinds) }

// Schema lists the words.
func (orderMode) Schema(huma.Registry) *huma.Schema { return enum(orderModes) }

// Schema lists the words.
func (deviceState) Schema(huma.Registry) *huma.Schema { return enum(deviceStates) }

// Schema lists the words.
func (serviceType) Schema(huma.Registry) *huma.Schema { return enum(serviceTypes) }

// Schema lists the words.
func (accessType) Schema(huma.Registry) *huma.Schema { return enum(accessTypes) }

// Schema lists the words.
func (bindWay) Schema(huma.Registry) *huma.Schema { return enum(bindWays) }

// Schema lists the words.
func (pageState) Schema(huma.Registry) *huma.Schema { return enum(pageStates) }

// Schema lists the words.
func (taskKind) Schema(huma.Registry) *huma.Schema { return enum(itms.TaskKinds) }

// Schema lists the words.
func (taskState) Schema(huma.Registry) *huma.Schema { return enum(taskStates) }

// Schema lists the words.
func (stockState) Schema(huma.Registry) *huma.Schema { return enum(itms.StockStates) }

// Schema lists the words.
func (fileKind) Schema(huma.Registry) *huma.Schema { return enum(itms.FileKinds) }

// Schema lists the words.
func (dimension) Schema(huma.Registry) *huma.Schema { return enum(itms.Dimensions) }

// Schema lists the words.
func (trouble) Schema(huma.Registry) *huma.Schema { return enum(itms.Troubles) }

// Schema lists the words.
func (role) Schema(huma.Registry) *huma.Schema { return enum(itms.Roles) }

// Schema lists the words.
func (signInWay) Schema(huma.Registry) *huma.Schema { return enum(signInWays) }

// spaced lists words for a sentence.
func spaced[S ~string](words []S) string {
	var text []string
	for _, w := range words {
		text = append(text, string(w))
	}
	return strings.Join(text, ", ")
}

// enum makes the schema of a closed set.
func enum[S ~string](words []S) *huma.Schema {
	s := &huma.Schema{Type: huma.TypeString, Examples: []any{string(words[0])}}
	for _, w := range words {
		s.Enum = append(s.Enum, string(w))
	}
	return s
}
