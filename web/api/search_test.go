package api

import (
	"net/url"
	"strings"
	"testing"

	"itms"
)

// hitLine puts hits into one line.
func hitLine(p pageOf[hitView]) string {
	var all []string
	for _, h := range p.Items {
		all = append(all, h.Kind+":"+h.ID)
	}
	return strings.Join(all, " ")
}

func TestSearchFindsEverythingByAnyName(t *testing.T) {
	f := newFixture(t)
	variedDevices(f)
	all := "device:00005E-STB-S1 service:U1001-1 order:WO-1"
	for q, want := range map[string]string{
		"00:00:5E:00:53:01":                all,
		"00-00-5e-00-53-01":                all,
		"0000.5e00.5301":                   all,
		"00005e005301":                     all,
		"0010019900600000000000005E005301": all,
		"S1":                               "device:00005E-STB-S1",
		"00005E-STB-S1":                    "device:00005E-STB-S1",
		"192.0.2.2":                        "device:00005E-STB-S2",
		"::ffff:192.0.2.2":                 "device:00005E-STB-S2",
		"iptv1001":                         "service:U1001-1",
		"pppoe1001":                        "service:U1001-1",
		"U1001":                            "service:U1001-1 order:WO-1",
		"U1001-1":                          "service:U1001-1 order:WO-1",
		"+86 555-0100":                     "service:U1001-1",
		"86(555)0100":                      "service:U1001-1",
		"WO-1":                             "order:WO-1",
		"  WO-1  ":                         "order:WO-1",
		"WO":                               "",
		"00:00:5E:00:53":                   "",
		"a\x00b":                           "",
	} {
		got := hitLine(into[pageOf[hitView]](f.get(searchPath + "?q=" + url.QueryEscape(q)).is(200)))
		if got != want {
			t.Errorf("%q: %q, want %q", q, got, want)
		}
	}
}

func TestSearchLinksLeadThere(t *testing.T) {
	f := newFixture(t)
	f.putDevice(dashID)
	f.putService()
	o := f.putOrder(1, "WO 1/2", "a b")
	f.bind(dashID, o.ID)
	page := into[pageOf[hitView]](f.get(searchPath + "?q=00005E005301").is(200))
	if len(page.Items) != 3 {
		t.Fatalf("%+v", page)
	}
	golden(t, "search.json", f.get(searchPath+"?q=00005E005301").body)
	for _, hit := range page.Items {
		f.get(hit.Link).is(200)
		if hit.Title == "" {
			t.Errorf("%+v has no title", hit)
		}
	}
}

func TestSearchNeedsSomethingToSearch(t *testing.T) {
	f := newFixture(t)
	for _, query := range []string{"", "?q=", "?q=" + strings.Repeat("x", 257)} {
		if got := f.get(searchPath+query).problem(422, itms.CodeInvalid).pointers(); got != "/query/q" {
			t.Errorf("%q: %s", query, got)
		}
	}
	if a := f.get(searchPath + "?q=x").is(200); strings.TrimSpace(a.body) != `{"items":[]}` {
		t.Error(a.body)
	}
}

func TestSearchLimit(t *testing.T) {
	f := newFixture(t)
	variedDevices(f)
	if page := into[pageOf[hitView]](f.get(searchPath + "?q=00005E005301&limit=2").is(200)); len(page.Items) != 2 {
		t.Errorf("%+v", page)
	}
}

func TestTermsOf(t *testing.T) {
	types := func(q string) string {
		var all []string
		for _, term := range termsOf(q)[6:] { // the first six are q itself
			all = append(all, string(term.Type)+"="+term.Value)
		}
		return strings.Join(all, " ")
	}
	for q, want := range map[string]string{
		"00:00:5e:00:53:01":                "mac=00005E005301",
		"0010019900600000000000005e005301": "stbid=0010019900600000000000005E005301 mac=00005E005301",
		"192.0.2.1":                        "ip=192.0.2.1 phone=192021",
		"2001:DB8::1":                      "ip=2001:db8::1",
		"+86 (555) 0100":                   "phone=865550100",
		"U1001":                            "",
		"000000000000":                     "phone=000000000000",
	} {
		if got := types(q); got != want {
			t.Errorf("%q: %q, want %q", q, got, want)
		}
	}
}

func TestWords(t *testing.T) {
	if got := words(" a ", "", "b", "  "); got != "a, b" {
		t.Errorf("%q", got)
	}
}
