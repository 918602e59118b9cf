package cwmp

import "testing"

func TestScheduleInform(t *testing.T) {
	checkGolden(t, &ScheduleInform{DelaySeconds: 300, CommandKey: "job-4"})
	checkGolden(t, &ScheduleInformResponse{})
}

func FuzzScheduleInform(f *testing.F) { fuzzGolden(f, "ScheduleInform", "ScheduleInformResponse") }
