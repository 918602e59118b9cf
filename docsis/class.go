package docsis

import (
	"fmt"
	"strings"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/vm"

	"itms"
)

// Class is what the configuration says of a class of clients, beside its DHCP options.
type Class struct {
	Name string
	// Match is the condition under which a client belongs to the class, over `client`, see
	// ClientView; of several classes the first that matches counts. "" = any client.
	Match string
	// BootFile is BootDynamic for a secret name, any other text for a fixed one, "" for none.
	BootFile string
	// Template is the name of the template that its file is made of; "" = none is made: the
	// fixed name is looked for in the firmware folder.
	Template string
	// Once lets a secret name be fetched once only, see spentGrace.
	Once bool
	// Timestamp and ModemAddress put TLV 19 (time of sending) and TLV 20 (address of the
	// client) into the file, for a CMTS that checks them.
	Timestamp    bool
	ModemAddress bool
	// MTA makes the file one of a PacketCable MTA: without MICs, with the hash that Hash
	// says ("na", "euro", "ietf" or "none").
	MTA  bool
	Hash string
	// MaxCPE is how many clients behind a modem may hold leases of the class at once,
	// unless the attribute maxCpe of the modem's service says so; 0 = any number.
	MaxCPE int
}

// BootDynamic is the boot file of classes whose file names are secret.
const BootDynamic = "dynamic"

// Party is one client, or the modem that a client is behind, as conditions see it.
type Party struct {
	Kind        string            `expr:"kind"` // cm, mta, erouter, stb, gateway or cpe
	MAC         string            `expr:"mac"`  // 00:00:5E:00:53:01
	Known       bool              `expr:"known"`
	Provisioned bool              `expr:"provisioned"`
	Suspended   bool              `expr:"suspended"`
	Blocked     bool              `expr:"blocked"`
	Vendor      string            `expr:"vendor"` // DHCP option 60
	Version     string            `expr:"version"`
	Maker       string            `expr:"maker"`
	Model       string            `expr:"model"`
	Software    string            `expr:"software"`
	Hostname    string            `expr:"hostname"`
	Package     string            `expr:"package"`
	Service     string            `expr:"service"`    // its type: internet, voip, iptv
	Area        string            `expr:"area"`       // of the service's line
	Attributes  map[string]string `expr:"attributes"` // of the service
	Relay       string            `expr:"relay"`      // giaddr, "" = direct
	Circuit     string            `expr:"circuit"`    // option 82.1 in hex
	Remote      string            `expr:"remote"`     // option 82.2 in hex
}

// ClientView is what a condition sees as `client`.
type ClientView struct {
	Party
	Modem Party `expr:"modem"` // the modem that the client is behind; empty for a modem itself
}

// environment is what conditions are compiled against.
type environment struct {
	Client ClientView `expr:"client"`
}

// Bounds of one condition; the longest in the documentation has some 60 bytes.
const (
	maxCondition = 1024
	maxNodes     = 200
	memoryBudget = 4096
)

// classes are compiled classes in their order.
type classes struct {
	list   []compiled
	byName map[string]*Class
}

// compiled is a class with its condition.
type compiled struct {
	*Class
	program *vm.Program // nil = any
}

// compileClasses compiles the conditions. A mistake is an error with the pointer
// /dhcp/classes/NAME/match.
func compileClasses(list []Class) (*classes, error) {
	c := &classes{byName: map[string]*Class{}}
	for i := range list {
		class := &list[i]
		program, err := compileCondition(class.Match)
		if err != nil {
			return nil, itms.Invalid("/dhcp/classes/"+class.Name+"/match", "%s", oneLine(err))
		}
		c.list = append(c.list, compiled{class, program})
		c.byName[class.Name] = class
	}
	return c, nil
}

// compileCondition compiles one condition; nil for none.
func compileCondition(source string) (*vm.Program, error) {
	if strings.TrimSpace(source) == "" {
		return nil, nil
	}
	if len(source) > maxCondition {
		return nil, fmt.Errorf("expected a condition of at most %d bytes", maxCondition)
	}
	return expr.Compile(source, expr.Env(environment{}), expr.AsBool(), expr.MaxNodes(maxNodes))
}

// oneLine keeps the first line of a compiler's message.
func oneLine(err error) string {
	line, _, _ := strings.Cut(err.Error(), "\n")
	return line
}

// of returns the first class that a client matches, nil when none does. A condition that
// cannot be computed does not match.
func (c *classes) of(v *ClientView) *Class {
	var machine vm.VM
	for i := range c.list {
		class := &c.list[i]
		if class.program == nil {
			return class.Class
		}
		machine.MemoryBudget = memoryBudget
		if ok, err := machine.Run(class.program, environment{Client: *v}); err == nil && ok == true {
			return class.Class
		}
	}
	return nil
}
