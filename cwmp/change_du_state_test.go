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

// TestChangeDUStateForms checks that an operation is told by its type, under
// any prefix, and that what cannot be told is left out.
func TestChangeDUStateForms(t *testing.T) {
	for body, want := range map[string][]DUOperation{
		`<Operations xsi:type="ns1:InstallOpStruct"><URL>http://192.0.2.7/a</URL></Operations>`: {{Kind: DUInstall, URL: "http://192.0.2.7/a"}},
		`<Operations type=" UninstallOpStruct "><UUID> 1 </UUID><Version/></Operations>`:        {{Kind: DUUninstall, UUID: "1"}},
		`<Operations xsi:type="cwmp:UpdateOpStruct"/>`:                                          {{Kind: DUUpdate}},
		`<Operations xsi:type="cwmp:OtherOpStruct"><UUID>1</UUID></Operations>`:                 nil,
		`<Operations><UUID>1</UUID></Operations>`:                                               nil,
		`<Operation xsi:type="cwmp:UpdateOpStruct"/>`:                                           nil,
	} {
		checkBody(t, `<cwmp:ChangeDUState>`+body+`<CommandKey>k</CommandKey></cwmp:ChangeDUState>`,
			&ChangeDUState{Operations: want, CommandKey: "k"})
	}
}

// TestChangeDUStateWritten checks that empty arguments which mean "all" or
// "any" in the schema are absent, and required ones are not.
func TestChangeDUStateWritten(t *testing.T) {
	for _, test := range []struct {
		op   DUOperation
		want string
	}{
		{DUOperation{Kind: DUUpdate}, `<Operations xsi:type="cwmp:UpdateOpStruct"></Operations>`},
		{DUOperation{Kind: DUInstall, Version: "1"}, `<Operations xsi:type="cwmp:InstallOpStruct"><URL></URL></Operations>`},
		{DUOperation{Kind: DUUninstall, URL: "x"}, `<Operations xsi:type="cwmp:UninstallOpStruct"><UUID></UUID></Operations>`},
		{DUOperation{Kind: `a"b`}, `<Operations xsi:type="cwmp:a&quot;b"></Operations>`},
	} {
		checkWritten(t, &ChangeDUState{Operations: []DUOperation{test.op}},
			`<cwmp:ChangeDUState>`+test.want+`<CommandKey></CommandKey></cwmp:ChangeDUState>`)
	}
}

func FuzzChangeDUState(f *testing.F) { fuzzGolden(f, "ChangeDUState", "ChangeDUStateResponse") }
