package config

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"itms"
	"itms/workorder"
)

// Neighbour is a system that is told of services and their devices: an IPTV platform, an
// AAA, a DHCP server of the operator's own.
type Neighbour struct {
	Name      string           `yaml:"-"`
	On        []string         `yaml:"on" doc:"what it is told of: bind, unbind, move (another device: one call in place of unbind and bind), change, suspend, resume, terminate"`
	Types     []string         `yaml:"types" doc:"of services of these types: iptv, internet, voip; empty = all"`
	Areas     []string         `yaml:"areas" doc:"of services in areas that begin so; empty = all"`
	Packages  []string         `yaml:"packages" doc:"of services with these packages; empty = all"`
	Method    string           `yaml:"method" doc:"GET, POST, PUT, PATCH or DELETE; empty = POST"`
	URL       string           `yaml:"url" doc:"Go template that makes an http:// or https:// address"`
	Headers   Free             `yaml:"headers" doc:"headers by name, each a Go template"`
	Body      string           `yaml:"body" doc:"Go template; sent as application/json unless headers say otherwise"`
	TokenFile string           `yaml:"tokenFile" path:"true" doc:"file whose first line is sent as bearer token, read at the start; empty = none"`
	Success   NeighbourSuccess `yaml:"success"`
	Before    string           `yaml:"before" doc:"push = a device is not configured before the call succeeded; none or empty = nothing waits for it"`
	Timeout   time.Duration    `yaml:"timeout" doc:"of one try, up to 15s; 0 = 15s"`
	For       time.Duration    `yaml:"for" doc:"after this a call that fails is given up; 0 = 24h"`
}

// NeighbourSuccess says which answers are good.
type NeighbourSuccess struct {
	Status   []string `yaml:"status" doc:"HTTP statuses; empty = any 2xx"`
	Contains string   `yaml:"contains" doc:"text that the answer must contain; empty = any"`
	Path     string   `yaml:"path" doc:"dotted path of a value of a JSON answer, e.g. result.code; empty = none is looked at"`
	Equals   string   `yaml:"equals" doc:"what that value must be, as text"`
}

// Neighbours makes the domain's form of the configured neighbours. All mistakes are
// reported together, each with its place.
func (c *Config) ParseNeighbours() (list []*workorder.Neighbour, err error) {
	var errs []error
	for i := range c.Neighbours {
		n, err := c.neighbour(&c.Neighbours[i])
		if err != nil {
			errs = append(errs, err)
			continue
		}
		list = append(list, n)
	}
	return list, errors.Join(errs...)
}

// neighbour makes the domain's form of one.
func (c *Config) neighbour(n *Neighbour) (*workorder.Neighbour, error) {
	at := "neighbours." + n.Name
	s := workorder.NeighbourSpec{Name: n.Name, On: n.On, Types: n.Types, Areas: n.Areas, Packages: n.Packages, Method: n.Method, URL: n.URL,
		Headers: map[string]string{}, Body: n.Body, Contains: n.Success.Contains, Path: n.Success.Path, Equals: n.Success.Equals,
		Before: n.Before, Timeout: n.Timeout, For: n.For}
	for _, h := range n.Headers {
		s.Headers[h.Key] = fmt.Sprint(h.Value)
	}
	for _, text := range n.Success.Status {
		status, err := strconv.Atoi(text)
		if err != nil {
			return nil, c.Wrong(at+".success.status", fmt.Errorf("%q: expected HTTP statuses", text))
		}
		s.Status = append(s.Status, status)
	}
	token, err := firstLine(n.TokenFile)
	if err != nil {
		return nil, c.Wrong(at+".tokenFile", err)
	}
	s.Token = token
	parsed, err := workorder.ParseNeighbour(s)
	if err != nil {
		return nil, c.placed(at, err)
	}
	return parsed, nil
}

// placed gives the complaints about a neighbour their places.
func (c *Config) placed(at string, err error) error {
	e, ok := errors.AsType[*itms.Error](err)
	if !ok || len(e.Fields) == 0 {
		return c.Wrong(at, err)
	}
	var errs []error
	for _, f := range e.Fields {
		key := at + strings.ReplaceAll(f.Pointer, "/", ".")
		if _, known := c.lines[key]; !known { // it was left out
			c.lines[key] = c.lines[at]
		}
		errs = append(errs, c.Wrong(key, errors.New(f.Text)))
	}
	return errors.Join(errs...)
}

// firstLine reads a secret; no file is no secret.
func firstLine(path string) (itms.Secret, error) {
	if path == "" {
		return itms.Secret{}, nil
	}
	f, err := os.Open(path)
	if err != nil {
		return itms.Secret{}, err
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	if !lines.Scan() || strings.TrimSpace(lines.Text()) == "" {
		return itms.Secret{}, errors.Join(errors.New("is empty"), lines.Err())
	}
	return itms.NewSecret(strings.TrimSpace(lines.Text())), nil
}

// neighbours checks the configured neighbours.
func (p *problems) neighbours() {
	if _, err := p.config.ParseNeighbours(); err != nil {
		p.errs = append(p.errs, err)
	}
}
