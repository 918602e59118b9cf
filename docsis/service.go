package docsis

import (
	"context"
	"net/netip"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"

	"itms"
	"itms/dhcp"
	"itms/tftp"
)

// Orders is what is asked of the domain. It is met by workorder.Engine.
type Orders interface {
	// Entitlement says what a client is entitled to, by its MAC; model is what it says of
	// itself.
	Entitlement(ctx context.Context, kind itms.ClientKind, mac itms.MAC, model string) (*itms.Entitlement, error)
	// Leased tells of leases.
	Leased(ctx context.Context, list ...*itms.CableContact) error
	// Fetched tells of files that were fetched whole.
	Fetched(ctx context.Context, list []itms.CableFetch) error
	// Record journals events.
	Record(ctx context.Context, events ...itms.Event) error
}

// CMTS is what differs between the cable modem termination systems.
type CMTS struct {
	Relays []netip.Addr // giaddr by which it is told
	Secret itms.Secret  // shared secret of the CMTS MIC
}

// Options are the parts a Service is made of; all but Logger, Clock and Registerer are
// required.
type Options struct {
	Store  itms.Store
	Orders Orders
	// Unseal opens the password of a service, for templates that ask for it.
	Unseal  func(itms.Sealed) (itms.Secret, error)
	Names   *Namer
	Classes []Class // in their order
	// Templates are the templates by name, see LoadTemplates.
	Templates *Templates
	// Packages are the values of .Package in templates, by the package of a service.
	Packages map[string]map[string]any
	Secret   itms.Secret // shared secret of the CMTS MIC, unless CMTS says otherwise
	CMTS     []CMTS
	// Proxies are where CMTSes fetch files from on behalf of their modems.
	Proxies    []netip.Prefix
	Clock      func() time.Time
	Logger     zerolog.Logger
	Registerer prometheus.Registerer
}

// Service answers the DHCP and the TFTP server. Make one with New.
type Service struct {
	Options
	classes *classes
	signers signers
	notes   *notes
	held    *holdDown
	metrics *metrics
}

var (
	_ dhcp.Directory = (*Service)(nil)
	_ tftp.Source    = (*Service)(nil)
)

// Check finds mistakes in classes and templates, which is all that it looks at. Errors are
// KindInvalid, with pointers into the configuration.
func Check(o Options) error {
	_, err := check(o)
	return err
}

// check compiles the classes.
func check(o Options) (*classes, error) {
	c, err := compileClasses(o.Classes)
	if err != nil {
		return nil, err
	}
	for _, class := range o.Classes {
		if err := o.Templates.check(&class); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// New makes a Service. Errors are those of Check. Close must be called in the end.
func New(o Options) (*Service, error) {
	if o.Clock == nil {
		o.Clock = time.Now
	}
	c, err := check(o)
	if err != nil {
		return nil, err
	}
	s := &Service{Options: o, classes: c, metrics: newMetrics(o.Registerer), held: newHoldDown(), signers: newSigners(o.Secret, o.CMTS)}
	s.notes = newNotes(o.Orders, s.spendAll, o.Logger, s.metrics)
	return s, nil
}

// Close records what is still to be recorded, until ctx ends.
func (s *Service) Close(ctx context.Context) error { return s.notes.close(ctx) }
