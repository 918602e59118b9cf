package cwmp

import "testing"

func TestScheduleInform(t *testing.T) {
	checkGolden(t, &ScheduleInform{DelaySeconds: 300, CommandKey: "job-4"})
	checkGolden(t, &ScheduleInformResponse{})
}

func TestScheduleInformForms(t *testing.T) {
	for body, want := range map[string]ScheduleInform{
		`<CommandKey>k</CommandKey><DelaySeconds> 60 </DelaySeconds>`: {60, "k"},
		`<DelaySeconds>60s</DelaySeconds>`:                            {},
		`<DelaySeconds>4294967296</DelaySeconds>`:                     {4294967295, ""},
		``: {},
	} {
		checkBody(t, `<cwmp:ScheduleInform>`+body+`</cwmp:ScheduleInform>`, &want)
	}
	checkBody(t, `<ScheduleInformResponse/>`, &ScheduleInformResponse{})
}

func TestScheduleInformWritten(t *testing.T) {
	checkWritten(t, &ScheduleInform{DelaySeconds: 4294967295}, `<cwmp:ScheduleInform><DelaySeconds>4294967295</DelaySeconds><CommandKey></CommandKey></cwmp:ScheduleInform>`)
	checkWritten(t, &ScheduleInformResponse{}, `<cwmp:ScheduleInformResponse></cwmp:ScheduleInformResponse>`)
}

func FuzzScheduleInform(f *testing.F) { fuzzGolden(f, "ScheduleInform", "ScheduleInformResponse") }
