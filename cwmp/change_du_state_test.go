package cwmp

import "testing"

func TestChangeDUState(t *testing.T) {
	checkGolden(t, &ChangeDUState{
		Operations: []DUOperation{
			{Kind: DUInstall, URL: "https://apps.example.com/a.ipk", UUID: "8e6cd1a4-2d5f-5d6a-9a2b-00005e005301", Username: "u", Password: "p", ExecutionEnvRef: ".SoftwareModules.ExecEnv.1."},
			{Kind: DUUpdate, UUID: "8e6cd1a4-2d5f-5d6a-9a2b-00005e005301", Version: "1.2", URL: "https://apps.example.com/a2.ipk"},
			{Kind: DUUninstall, UUID: "8e6cd1a4-2d5f-5d6a-9a2b-00005e005302", Version: "1.0", ExecutionEnvRef: ".SoftwareModules.ExecEnv.1."},
		},
		CommandKey: "job-6",
	})
	checkGolden(t, &ChangeDUStateResponse{})
}

func FuzzChangeDUState(f *testing.F) { fuzzGolden(f, "ChangeDUState", "ChangeDUStateResponse") }
