package dhcp

import (
	"os"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	if os.Getenv(generatorEnv) != "" {
		os.Exit(generate())
	}
	if path := os.Getenv(serverEnv); path != "" {
		os.Exit(serveInNamespace(path))
	}
	goleak.VerifyTestMain(m)
}
