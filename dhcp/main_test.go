package dhcp

import (
	"os"
	"testing"

	"go.uber.org/goleak"

	"itms/internal/apart"
	"itms/internal/dhcpclient"
)

// clientsApart are clients in a process of their own.
const clientsApart = "dhcp clients"

func TestMain(m *testing.M) {
	apart.Main(map[string]apart.Part{clientsApart: apart.Of[dhcpclient.Load]()})
	if path := os.Getenv(serverEnv); path != "" {
		os.Exit(serveInNamespace(path))
	}
	goleak.VerifyTestMain(m)
}
