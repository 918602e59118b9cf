package sim

import (
	"bytes"
	"html"
	"regexp"
	"strings"

	"itms/cwmp"
)

// The quirks of how messages are written.
const (
	quirkEmptyBody     = "empty-body"
	quirkCDATA         = "cdata"
	quirkDoctype       = "doctype"
	quirkControl       = "control-characters"
	quirkEncoded       = "encoded-envelope"
	quirkArrayCounts   = "wrong-array-counts"
	quirkReordered     = "fields-reordered"
	quirkNoValue       = "no-value-element"
	quirkUntyped       = "untyped-values"
	quirkFaultString   = "fault-in-faultstring"
	quirkHugeFault     = "huge-faultstring"
	quirkBadDates      = "bad-dates"
	quirkEmptyTimes    = "empty-times"
	quirkNameAsValue   = "names-as-values"
	quirkUndeclaredXSI = "undeclared-prefixes"
	quirkTrailingNULs  = "trailing-nuls"
	quirkUnescapedAmp  = "unescaped-ampersand"
)

var textQuirks = []Quirk{
	{quirkEmptyBody, "", "send an envelope with an empty Body instead of an empty POST", false},
	{quirkCDATA, "", "write texts as CDATA", false},
	{quirkDoctype, "", "begin messages with a DOCTYPE that declares an entity", false},
	{quirkControl, "", "have control characters, bare and escaped, in the name of its manufacturer", false},
	{quirkEncoded, "", "write encodingStyle on Envelope and Body, and arrays as xsi:type=\"soap-enc:Array\"", false},
	{quirkArrayCounts, "", "give each array a wrong count, and a list of strings the wrong type", false},
	{quirkReordered, "", "send the arguments of Inform in another order, without RetryCount, all in the CWMP namespace", false},
	{quirkNoValue, "", "leave the Value out where it is empty", false},
	{quirkUntyped, "", "send values without xsi:type", false},
	{quirkFaultString, "", "send faults within the faultstring", false},
	{quirkHugeFault, "", "end the text of faults with a stack trace", false},
	{quirkBadDates, "[TEXT]", "send TEXT as the CurrentTime of Informs, 2019-03-05T11:54::14 unless given", false},
	{quirkEmptyTimes, "", "send the times of transfers as a zone without a time, or empty", false},
	{quirkNameAsValue, "", "call the items of a list of names ParameterValueStruct", false},
	{quirkUndeclaredXSI, "", "declare only the namespaces of SOAP and CWMP", false},
	{quirkTrailingNULs, "", "send NULs behind the envelope", false},
	{quirkUnescapedAmp, "", "have a bare & in the name of its manufacturer", false},
}

// rewriting is what a quirk makes of the text of a message.
type rewriting struct {
	quirk string
	by    func([]byte) []byte
}

// rewritings are done in this order.
var rewritings = []rewriting{
	{quirkControl, renamed("Box\x02maker&#x2;")},
	{quirkUnescapedAmp, renamed("Box & maker")},
	{quirkContentLength, renamed("Boxmacher Süd")},
	{quirkReordered, reordered},
	{quirkNoValue, replacing(`<Value[^>]*></Value>`, "")},
	{quirkUntyped, replacing(`<Value [^>]*>`, "<Value>")},
	{quirkArrayCounts, replacing(`arrayType="[^"]*\[\d+\]"`, `arrayType="xsd:string[0099]"`)},
	{quirkNameAsValue, replacing(`(</?)ParameterInfoStruct>`, "${1}ParameterValueStruct>")},
	{quirkFaultString, replacing(`<faultstring>[^<]*</faultstring><detail>(.*)</detail>`, "<faultstring>CWMP fault$1</faultstring>")},
	{quirkEmptyTimes, replacing(`<StartTime>[^<]*</StartTime><CompleteTime>[^<]*</CompleteTime>`, "<StartTime>+00:00</StartTime><CompleteTime/>")},
	{quirkCDATA, cdata},
	{quirkEncoded, encodedEnvelope},
	{quirkUndeclaredXSI, replacing(` xmlns:(xsi|xsd|soap-enc)="[^"]*"`, "")},
	{quirkBareNamespaces, bare},
	{quirkDoctype, func(body []byte) []byte { return append([]byte(doctype), body...) }},
	{quirkTrailingNULs, func(body []byte) []byte { return append(body, 0, 0, '\n') }},
	{quirkLatin1, latin1},
}

// doctype declares what nobody may expand.
const doctype = `<!DOCTYPE Envelope [<!ENTITY box "a box">]>`

// rewrite does what the quirks say.
func (q QuirkSet) rewrite(body []byte) []byte {
	if q.has(quirkBadDates) {
		date := q[quirkBadDates]
		if date == "" {
			date = "2019-03-05T11:54::14"
		}
		body = replacing(`<CurrentTime>[^<]*</CurrentTime>`, "<CurrentTime>"+date+"</CurrentTime>")(body)
	}
	for _, r := range rewritings {
		if q.has(r.quirk) {
			body = r.by(body)
		}
	}
	return body
}

// replacing makes a rewriting of a pattern and what takes its place.
func replacing(pattern, with string) func([]byte) []byte {
	expression := regexp.MustCompile("(?s)" + pattern)
	return func(body []byte) []byte { return expression.ReplaceAll(body, []byte(with)) }
}

// renamed makes a rewriting that gives the box another manufacturer.
func renamed(manufacturer string) func([]byte) []byte {
	return replacing(`<Manufacturer>[^<]*</Manufacturer>`, "<Manufacturer>"+manufacturer+"</Manufacturer>")
}

// texts are the elements written as CDATA.
var texts = regexp.MustCompile(`(<(?:Value|EventCode|SerialNumber|Name)(?: [^>]*)?>)([^<]*)(</)`)

func cdata(body []byte) []byte {
	return texts.ReplaceAllFunc(body, func(found []byte) []byte {
		part := texts.FindSubmatch(found)
		text := html.UnescapeString(string(part[2]))
		return []byte(string(part[1]) + "<![CDATA[" + strings.ReplaceAll(text, "]]>", "]] >") + "]]>" + string(part[3]))
	})
}

// encodedEnvelope says all that SOAP encoding can say.
func encodedEnvelope(body []byte) []byte {
	const style = ` soap-env:encodingStyle="http://schemas.xmlsoap.org/soap/encoding/"`
	body = bytes.Replace(body, []byte("<soap-env:Envelope"), []byte("<soap-env:Envelope"+style), 1)
	body = bytes.Replace(body, []byte("<soap-env:Body>"), []byte("<soap-env:Body"+style+">"), 1)
	return bytes.ReplaceAll(body, []byte(" soap-enc:arrayType"), []byte(` xsi:type="soap-enc:Array" soap-enc:arrayType`))
}

// informParts are the arguments of Inform in the order of the quirk.
var informParts = []string{"ParameterList", "CurrentTime", "MaxEnvelopes", "Event", "DeviceId"}

// unprefixed finds tags without a prefix.
var unprefixed = regexp.MustCompile(`<(/?)([A-Za-z]+)([ >])`)

func reordered(body []byte) []byte {
	const start, end = "<cwmp:Inform>", "</cwmp:Inform>"
	head, rest, inform := strings.Cut(string(body), start)
	if !inform {
		return body
	}
	arguments, tail, _ := strings.Cut(rest, end)
	var parts strings.Builder
	for _, name := range informParts {
		parts.WriteString(regexp.MustCompile(`(?s)<` + name + `[ >].*</` + name + `>`).FindString(arguments))
	}
	return []byte(head + start + unprefixed.ReplaceAllString(parts.String(), "<${1}cwmp:$2$3") + end + tail)
}

// traced is the quirk huge-faultstring.
func (q QuirkSet) traced(m cwmp.Message) cwmp.Message {
	fault, ok := m.(*cwmp.Fault)
	if !ok || !q.has(quirkHugeFault) {
		return m
	}
	long := *fault
	long.String += "\n" + strings.Repeat("  File \"agent.py\", line 7, in serve\n", 60)
	return &long
}
