package cwmp

// ChangeDUState installs, updates and removes software modules; the outcome
// comes with DUStateChangeComplete (ACS to CPE, TR-069 Amd 6 A.4.1.10).
type ChangeDUState struct {
	Operations []DUOperation
	// CommandKey names the command in later events, at most 32 characters.
	CommandKey string
}

var _ Message = (*ChangeDUState)(nil)

// Method returns "ChangeDUState".
func (*ChangeDUState) Method() string { return "ChangeDUState" }

func (m *ChangeDUState) encode(w *writer) {
	for _, op := range m.Operations {
		op.encode(w)
	}
	w.str("CommandKey", m.CommandKey)
}

func decodeChangeDUState(r reader) Message {
	return &ChangeDUState{
		Operations: readDUOperations(r),
		CommandKey: r.str("CommandKey"),
	}
}

// ChangeDUStateResponse answers ChangeDUState; it has no arguments (TR-069 Amd
// 6 A.4.1.10).
type ChangeDUStateResponse struct{}

var _ Message = (*ChangeDUStateResponse)(nil)

// Method returns "ChangeDUStateResponse".
func (*ChangeDUStateResponse) Method() string { return "ChangeDUStateResponse" }

func (*ChangeDUStateResponse) encode(*writer) {}

func decodeChangeDUStateResponse(reader) Message { return &ChangeDUStateResponse{} }

// DUKind is what a DUOperation does.
type DUKind string

// The kinds of operation, named as the types of the schema.
const (
	DUInstall   DUKind = "InstallOpStruct"
	DUUpdate    DUKind = "UpdateOpStruct"
	DUUninstall DUKind = "UninstallOpStruct"
)

// DUOperation is one operation on a deployment unit (TR-069 Amd 6 A.4.1.10
// OperationStruct). Fields that do not belong to its kind are not written;
// empty fields are left out where the schema allows it, since they have a
// meaning of their own there.
type DUOperation struct {
	Kind DUKind
	// URL is where to fetch the unit from, at most 1024 characters.
	URL string
	// UUID names the unit.
	UUID string
	// Version chooses among several versions of the unit (update, uninstall).
	Version string
	// Username and Password are for URL (install, update).
	Username string
	Password string
	// ExecutionEnvRef is the path of the environment (install, uninstall).
	ExecutionEnvRef string
}

// readDUOperations reads the repeated Operations elements, which the schema
// does not wrap in an array. An operation of unknown kind is left out.
func readDUOperations(r reader) []DUOperation {
	return readList(r, func(item reader) (DUOperation, bool) {
		if item.el.Tag != "Operations" {
			return DUOperation{}, false
		}
		return readDUOperation(item)
	})
}

func readDUOperation(item reader) (DUOperation, bool) {
	kind := DUKind(localName(item.attr("type")))
	switch kind {
	case DUInstall:
		return DUOperation{
			Kind: kind, URL: item.str("URL"), UUID: item.str("UUID"), Username: item.raw("Username"),
			Password: item.raw("Password"), ExecutionEnvRef: item.path("ExecutionEnvRef"),
		}, true
	case DUUpdate:
		return DUOperation{
			Kind: kind, URL: item.str("URL"), UUID: item.str("UUID"), Version: item.str("Version"),
			Username: item.raw("Username"), Password: item.raw("Password"),
		}, true
	case DUUninstall:
		return DUOperation{
			Kind: kind, UUID: item.str("UUID"), Version: item.str("Version"), ExecutionEnvRef: item.path("ExecutionEnvRef"),
		}, true
	}
	return DUOperation{}, false
}

func (op DUOperation) encode(w *writer) {
	w.openTyped("Operations", "cwmp:"+string(op.Kind))
	switch op.Kind {
	case DUInstall:
		w.str("URL", op.URL)
		w.optional("UUID", op.UUID)
		w.optional("Username", op.Username)
		w.optional("Password", op.Password)
		w.optional("ExecutionEnvRef", op.ExecutionEnvRef)
	case DUUpdate:
		w.optional("UUID", op.UUID)
		w.optional("Version", op.Version)
		w.optional("URL", op.URL)
		w.optional("Username", op.Username)
		w.optional("Password", op.Password)
	case DUUninstall:
		w.str("UUID", op.UUID)
		w.optional("Version", op.Version)
		w.optional("ExecutionEnvRef", op.ExecutionEnvRef)
	}
	w.close("Operations")
}
