package sim

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Quirk is something a CPE can do wrong, or in an odd way.
type Quirk struct {
	Name string
	// Arg describes what may follow the name and an equals sign; empty: nothing.
	Arg  string
	Help string
	// Lasting quirks are of the box itself: its state file keeps them. The
	// others last for a run.
	Lasting bool
}

// The names of quirks. What each does is said in quirkTable; there are more in the other
// files of this name.
const (
	quirkRefuseSPV        = "refuse-spv"
	quirkNoUserPassword   = "no-user-password"
	quirkIgnoreSPV        = "ignore-spv"
	quirkLoseAfterReboot  = "lose-after-reboot"
	quirkStatusOne        = "spv-status-1"
	quirkDropAfterInform  = "drop-after-inform-response"
	quirkDropMidSession   = "drop-mid-session"
	quirkNoCookies        = "no-cookies"
	quirkCookieAttributes = "cookie-attributes"
	quirkStaleCookie      = "stale-cookie"
	quirkNewConnection    = "new-connection-per-post"
	quirkHTTP10           = "http10"
	quirkChunked          = "chunked"
	quirkNoID             = "no-cwmp-id"
	quirkLatin1           = "xml-latin1"
	quirkBareNamespaces   = "bare-namespaces"
	quirkCWMP11           = "cwmp-1-1"
	quirkCWMP12           = "cwmp-1-2"
	quirkCWMP13           = "cwmp-1-3"
	quirkCWMP14           = "cwmp-1-4"
	quirkEmptyEvents      = "empty-events"
	quirkKeepCredentials  = "keep-credentials-over-reset"
	quirkOtherMAC         = "other-mac"
	quirkOnlyForced       = "inform-without-vendor-params"
	quirkSlow             = "slow"
	quirkPasswordInFault  = "password-in-fault"
	quirkNoPeriodic       = "no-periodic"
	quirkStrictTypes      = "strict-types"
	quirkAuthEveryPost    = "auth-every-post"
	quirkEmptyPostFirst   = "empty-post-first"
	quirkLoginFails       = "login-fails"

	quirkClonedSTBID        = "cloned-stbid"
	quirkFirmwareRefused    = "firmware-refused"
	quirkNoTransferComplete = "no-transfer-complete"
	quirkSameVersion        = "firmware-same-version"

	quirkDownloadHTTP10 = "download-http10"
	quirkDownloadRanges = "download-ranges"
	quirkDownloadBasic  = "download-basic-preemptive"
	quirkUploadPost     = "upload-post"
	quirkNAT            = "nat"
	quirkCRNoQOP        = "cr-no-qop"
	quirkCRSHA256       = "cr-sha256"
	quirkCRFolded       = "cr-folded"
	quirkCRUnquoted     = "cr-unquoted"
	quirkCRClose        = "cr-close"
	quirkCRSessionFirst = "cr-session-first"
	quirkCRSilent       = "cr-silent"
	quirkCRBasic        = "cr-basic"
	quirkCRURLPerBoot   = "cr-url-per-boot"

	quirkRefuseAttributes       = "refuse-attributes"
	quirkDiagnosticsSilent      = "diagnostics-silent"
	quirkDiagnosticsError       = "diagnostics-error"
	quirkDiagnosticsSameSession = "diagnostics-same-session"
)

// quirkTable has all of them.
var quirkTable = slices.Concat(plainQuirks, textQuirks, wireQuirks, dataQuirks)

var plainQuirks = []Quirk{
	{quirkRefuseSPV, "COUNT[:CODE[:PATH]]", "answer SetParameterValues with a fault, COUNT times or forever (0); CODE 9002 unless given; a CODE of 9005 to 9008 comes as the fault of one parameter; PATH: only when a name starts with it", false},
	{quirkNoUserPassword, "", "the password of the service is called Password, UserPassword does not exist", true},
	{quirkIgnoreSPV, "[PATH]", "accept values and do not keep them (those whose name starts with PATH)", false},
	{quirkLoseAfterReboot, "[PATH]", "forget at a reboot what was set (those whose name starts with PATH)", false},
	{quirkStatusOne, "", "answer SetParameterValues with status 1 and apply the values at the next reboot", false},
	{quirkDropAfterInform, "[COUNT]", "close the connection after the InformResponse, in the first COUNT sessions or in all (0)", false},
	{quirkDropMidSession, "[RPC[:COUNT]]", "close the connection instead of answering the RPC of this number, 1 unless given, in the first COUNT sessions or in all (0)", false},
	{quirkNoCookies, "", "send no cookies back", false},
	{quirkCookieAttributes, "", "send cookies back with their attributes", false},
	{quirkStaleCookie, "", "send the cookies of the last session with the next Inform", false},
	{quirkNewConnection, "", "open a TCP connection for each POST", false},
	{quirkHTTP10, "", "speak HTTP/1.0, which means a connection for each POST", false},
	{quirkChunked, "", "send bodies in chunks", false},
	{quirkNoID, "", "send no cwmp:ID", false},
	{quirkLatin1, "", "send ISO-8859-1 with an XML declaration", false},
	{quirkBareNamespaces, "", "send envelopes without namespace declarations", false},
	{quirkCWMP11, "", "use the namespace of CWMP 1.1", false},
	{quirkCWMP12, "", "use the namespace of CWMP 1.2", false},
	{quirkCWMP13, "", "use a namespace 1-3 and the headers of CWMP 1.3", false},
	{quirkCWMP14, "", "use a namespace 1-4 and the headers of CWMP 1.4", false},
	{quirkEmptyEvents, "", "send Informs without events", false},
	{quirkKeepCredentials, "", "a factory reset keeps the credentials and addresses of the service and the registration", true},
	{quirkOtherMAC, "[MAC]", "report another MAC address than the one in the STBID; 02:00:5E:00:53:FF unless given", true},
	{quirkOnlyForced, "", "Informs carry the forced parameters only, not the carrier's", false},
	{quirkSlow, "[DURATION]", "wait before each POST, 500ms unless given", false},
	{quirkPasswordInFault, "", "repeat refused values in the text of faults", false},
	{quirkNoPeriodic, "", "never inform periodically", false},
	{quirkStrictTypes, "", "refuse a value sent as string for a parameter of another type", false},
	{quirkAuthEveryPost, "", "forget the credentials after each POST, so that each needs a new 401", false},
	{quirkEmptyPostFirst, "", "open sessions with an empty POST without credentials", false},
	{quirkLoginFails, "", "never log into the platform: the counter of logins stays", false},
	{quirkClonedSTBID, "[STBID]", "report the STBID of another box, whatever --stbid says; that of 00:00:5E:00:53:01 unless given", true},
	{quirkFirmwareRefused, "[COUNT]", "find firmware corrupted (9018), COUNT times or forever (0)", false},
	{quirkNoTransferComplete, "", "do transfers and never tell of their end: no TransferComplete, no 7 TRANSFER COMPLETE", false},
	{quirkSameVersion, "", "report firmware as installed and keep the version", false},
	{quirkDownloadHTTP10, "", "fetch and deliver files by HTTP/1.0", false},
	{quirkDownloadRanges, "[BYTES]", "fetch files in ranges of so many bytes, 65536 unless given, each over a connection of its own", false},
	{quirkDownloadBasic, "", "send the credentials of files as Basic without being asked", false},
	{quirkUploadPost, "[form]", "deliver files by POST instead of PUT; form: as the one file of a form", false},
	{quirkNAT, "[DURATION]", "be behind NAT: the address of connection requests cannot be reached, a STUN client keeps a binding open, with a request each DURATION, 20s unless given, and takes UDP connection requests", true},
	{quirkCRNoQOP, "", "ask for the credentials of a connection request without qop and algorithm", false},
	{quirkCRSHA256, "", "take connection requests by SHA-256 only", false},
	{quirkCRFolded, "", "fold the challenge of a connection request over several lines, and close the connection after it", false},
	{quirkCRUnquoted, "", "ask for the credentials of a connection request without quotes", false},
	{quirkCRClose, "", "close the connection after the challenge of a connection request, without a word", false},
	{quirkCRSessionFirst, "", "inform before a connection request is answered", false},
	{quirkCRSilent, "", "never answer connection requests", false},
	{quirkCRBasic, "", "ask for Basic credentials at connection requests", false},
	{quirkCRURLPerBoot, "", "take connection requests at another path after each boot", false},
	{quirkRefuseAttributes, "[CODE[:PATH]]", "answer SetParameterAttributes with a fault, 9009 unless given; PATH: only when a name starts with it", false},
	{quirkDiagnosticsSilent, "", "carry out diagnostics and never tell of their end: no 8 DIAGNOSTICS COMPLETE", false},
	{quirkDiagnosticsError, "[STATE]", "fail diagnostics with this DiagnosticsState, Error_Internal unless given", false},
	{quirkDiagnosticsSameSession, "", "carry out diagnostics within the session that orders them", false},
	{quirkRequestDownload, "[FILETYPE]", "ask for a file in each session, '1 Firmware Upgrade Image' unless given", false},
	{quirkOwnImage, "[VERSION]", "once, tell of firmware that nobody ordered, then boot with VERSION, 2.0.0 unless given", false},
}

// Quirks returns the table of quirks.
func Quirks() []Quirk { return slices.Clone(quirkTable) }

// QuirkSet are the quirks of a CPE with their arguments, by name.
type QuirkSet map[string]string

// ParseQuirks reads quirks in the form NAME or NAME=ARGUMENT. Errors name the
// quirk that is unknown or whose argument cannot be used.
func ParseQuirks(list ...string) (QuirkSet, error) {
	set := make(QuirkSet)
	for _, text := range list {
		name, arg, given := strings.Cut(text, "=")
		i := slices.IndexFunc(quirkTable, func(q Quirk) bool { return q.Name == name })
		if i < 0 {
			return nil, fmt.Errorf("unknown quirk %q", name)
		}
		if given && quirkTable[i].Arg == "" {
			return nil, fmt.Errorf("the quirk %s has no argument", name)
		}
		set[name] = arg
	}
	return set, set.validate()
}

// validate reads every argument once, so that nothing is found out later.
func (q QuirkSet) validate() error {
	_, refuseErr := q.refusal()
	_, _, dropErr := q.dropMid()
	_, slowErr := q.delay()
	_, informErr := count(q[quirkDropAfterInform], 0)
	_, firmwareErr := count(q[quirkFirmwareRefused], 0)
	_, rangeErr := q.rangeSize()
	_, macErr := parseMAC(q.otherMAC())
	_, natErr := q.binding()
	_, retryErr := q.retries()
	_, loopErr := q.loops()
	_, _, attributesErr := q.attributeRefusal()
	return errors.Join(
		named(quirkRefuseSPV, refuseErr), named(quirkDropMidSession, dropErr), named(quirkSlow, slowErr),
		named(quirkDropAfterInform, informErr), named(quirkFirmwareRefused, firmwareErr), named(quirkOtherMAC, macErr),
		named(quirkDownloadRanges, rangeErr), named(quirkNAT, natErr), named(quirkRetryCount, retryErr), named(quirkInformLoop, loopErr),
		named(quirkRefuseAttributes, attributesErr))
}

func named(quirk string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("quirk %s: %w", quirk, err)
}

// Strings returns the quirks in the form of ParseQuirks, in order.
func (q QuirkSet) Strings() []string {
	var list []string
	for _, name := range slices.Sorted(maps.Keys(q)) {
		if q[name] != "" {
			name += "=" + q[name]
		}
		list = append(list, name)
	}
	return list
}

// lasting returns those that the state file keeps.
func (q QuirkSet) lasting() QuirkSet {
	kept := make(QuirkSet)
	for _, quirk := range quirkTable {
		if arg, on := q[quirk.Name]; on && quirk.Lasting {
			kept[quirk.Name] = arg
		}
	}
	return kept
}

func (q QuirkSet) has(name string) bool {
	_, on := q[name]
	return on
}

// covers tells whether a quirk with a PATH argument concerns a parameter.
func (q QuirkSet) covers(name, path string) bool {
	prefix, on := q[name]
	return on && strings.HasPrefix(path, prefix)
}

// count reads a number of times; text may be empty.
func count(text string, unless int) (int, error) {
	switch text {
	case "":
		return unless, nil
	case "forever":
		return 0, nil
	}
	n, err := strconv.ParseUint(text, 10, 31)
	if err != nil {
		return 0, fmt.Errorf("%q is not a number of times", text)
	}
	return int(n), nil
}

// refusal is the argument of refuse-spv.
type refusal struct {
	times, code int
	path        string
}

func (q QuirkSet) refusal() (r refusal, err error) {
	times, rest, _ := strings.Cut(q[quirkRefuseSPV], ":")
	code, path, _ := strings.Cut(rest, ":")
	r.path = path
	if r.times, err = count(times, 0); err != nil {
		return r, err
	}
	r.code, err = count(code, 9002)
	return r, err
}

// dropMid is the argument of drop-mid-session: which RPC, and in how many
// sessions.
func (q QuirkSet) dropMid() (rpc, times int, err error) {
	first, second, _ := strings.Cut(q[quirkDropMidSession], ":")
	if rpc, err = count(first, 1); err != nil {
		return 0, 0, err
	}
	times, err = count(second, 0)
	return max(rpc, 1), times, err
}

func (q QuirkSet) delay() (time.Duration, error) {
	if q[quirkSlow] == "" {
		return 500 * time.Millisecond, nil
	}
	return time.ParseDuration(q[quirkSlow])
}

// binding is how often the STUN client refreshes its binding.
func (q QuirkSet) binding() (time.Duration, error) {
	if q[quirkNAT] == "" {
		return defaultBinding, nil
	}
	d, err := time.ParseDuration(q[quirkNAT])
	if err == nil && d <= 0 {
		err = fmt.Errorf("%s is no pause", d)
	}
	return d, err
}

// clonedSTBID is not checked: boxes report malformed ones, too.
func (q QuirkSet) clonedSTBID() string {
	if q[quirkClonedSTBID] == "" {
		id, _ := MakeSTBID(defaultMAC) // a constant that is one
		return id
	}
	return q[quirkClonedSTBID]
}

func (q QuirkSet) otherMAC() string {
	if q[quirkOtherMAC] == "" {
		return "02:00:5E:00:53:FF"
	}
	return q[quirkOtherMAC]
}
