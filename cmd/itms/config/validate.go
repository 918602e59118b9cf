package config

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"itms/workorder"
)

// problems gathers what is wrong with values, each with its place.
type problems struct {
	config *Config
	errs   []error
}

// wrong notes a wrong value of a key.
func (p *problems) wrong(key, format string, args ...any) {
	p.errs = append(p.errs, p.config.Wrong(key, fmt.Errorf(format, args...)))
}

// Wrong places a mistake in the value of a key: file, line and key. It is for checks
// that this package cannot make by itself.
func (c *Config) Wrong(key string, err error) error {
	place := c.file
	if line, ok := c.lines[key]; ok {
		place = fmt.Sprintf("%s:%d", c.file, line)
	}
	return fmt.Errorf("%s: %s: %w", place, key, err)
}

// Validate checks values that are well formed by themselves; all mistakes are
// reported together.
func (c *Config) Validate() error {
	p := &problems{config: c}
	p.oneOf("log.level", c.Log.Level, "debug", "info", "warn", "error")
	p.oneOf("log.format", c.Log.Format, "json", "text")
	p.oneOf("cwmp.auth", c.CWMP.Auth, "digest", "basic", "none")
	p.address("web.listen", c.Web.Listen)
	p.address("cwmp.listen", c.CWMP.Listen)
	if c.CWMP.STUN.Listen != "" {
		p.address("cwmp.stun.listen", c.CWMP.STUN.Listen)
	}
	p.hostPort("cwmp.stun.publicAddress", c.CWMP.STUN.PublicAddress)
	p.webURL("web.publicUrl", c.Web.PublicURL)
	p.webURL("cwmp.publicUrl", c.CWMP.PublicURL)
	if c.Files.Listen != "" {
		p.address("files.listen", c.Files.Listen)
	}
	p.filesURL()
	p.pair("files.tls", c.Files.TLS.Cert, c.Files.TLS.Key)
	p.webURL("cwmp.nodeUrl", c.CWMP.NodeURL)
	p.webURL("evidence.url", c.Evidence.URL)
	p.pair("web.tls", c.Web.TLS.Cert, c.Web.TLS.Key)
	p.pair("cwmp.tls", c.CWMP.TLS.Cert, c.CWMP.TLS.Key)
	p.door()
	if c.Data == "" {
		p.wrong("data", "is empty: expected a directory")
	}
	p.store(c.Store)
	p.credentials()
	p.secret()
	p.durations()
	p.counts()
	p.networks("bss.callbackAllow", c.BSS.CallbackAllow)
	p.networks("cwmp.trustedProxies", c.CWMP.TrustedProxies)
	p.cable()
	p.radius()
	p.people()
	p.tmf()
	p.neighbours()
	return errors.Join(p.errs...)
}

// oneOf checks an enumeration.
func (p *problems) oneOf(key, value string, allowed ...string) {
	if !slices.Contains(allowed, value) {
		p.wrong(key, "%q: expected %s", value, strings.Join(allowed, ", "))
	}
}

// address checks address:port.
func (p *problems) address(key, value string) {
	if _, err := net.ResolveTCPAddr("tcp", value); err != nil || value == "" {
		p.wrong(key, "%q: expected address:port, e.g. 127.0.0.1:8080 or :7547", value)
	}
}

// hostPort checks an optional host:port, which need not be this host's.
func (p *problems) hostPort(key, value string) {
	host, port, err := net.SplitHostPort(value)
	if n, bad := strconv.ParseUint(port, 10, 16); value != "" && (err != nil || host == "" || bad != nil || n == 0) {
		p.wrong(key, "%q: expected host:port, e.g. stun.example.com:3478", value)
	}
}

// webURL checks an optional absolute address.
func (p *problems) webURL(key, value string) {
	if value == "" {
		return
	}
	if u, err := url.Parse(value); err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		p.wrong(key, "%q: expected an http:// or https:// address", value)
	}
}

// maxFilesURL leaves half of the 256 characters that TR-069 gives an address to what
// comes behind it.
const maxFilesURL = 128

// filesURL checks the address that those of files begin with.
func (p *problems) filesURL() {
	value := p.config.Files.PublicURL
	p.webURL("files.publicUrl", value)
	if u, err := url.Parse(value); len(value) > maxFilesURL || err == nil && (u.RawQuery != "" || u.Fragment != "" || u.User != nil) {
		p.wrong("files.publicUrl", "expected at most %d characters without user, query or fragment", maxFilesURL)
	}
}

// maxFileSize is the largest FileSize of a Download, an unsignedInt (TR-069 Amd 6
// §A.3.2.8).
const maxFileSize = 1<<32 - 1

// pair checks that certificate and key come together.
func (p *problems) pair(section, cert, key string) {
	if (cert == "") != (key == "") {
		p.wrong(section, "cert and key belong together: expected both or none")
	}
}

// door checks what keeps the CWMP door safe.
func (p *problems) door() {
	c := p.config.CWMP
	p.oneOf("cwmp.tls.minVersion", c.TLS.MinVersion, "1.2", "1.3")
	p.oneOf("cwmp.tls.clientAuth", c.TLS.ClientAuth, "require", "request")
	p.oneOf("cwmp.firstContact.policy", c.FirstContact.Policy, "accept", "quarantine", "reject")
	p.oneOf("cwmp.legacy.ciphers", c.Legacy.Ciphers, "modern", "legacy")
	p.pair("cwmp.legacy.tls", c.Legacy.TLS.Cert, c.Legacy.TLS.Key)
	p.networks("cwmp.firstContact.networks", c.FirstContact.Networks)
	if c.Legacy.Listen != "" {
		p.address("cwmp.legacy.listen", c.Legacy.Listen)
		if c.Legacy.TLS.Cert == "" {
			p.wrong("cwmp.legacy.tls", "needs cert and key: it is there for old TLS")
		}
	}
	if c.TLS.ClientCA != "" && c.TLS.Cert == "" {
		p.wrong("cwmp.tls.clientCA", "needs cert and key: there are no device certificates without TLS")
	}
	if c.DeviceCredentials && c.Auth == "none" {
		p.wrong("cwmp.deviceCredentials", "cwmp.auth is none, which asks for no credentials: expected digest or basic")
	}
	if c.MaxServing < leastServing {
		p.wrong("cwmp.maxServing", "%d: expected %d or more", c.MaxServing, leastServing)
	}
	for _, oui := range c.FirstContact.OUIs {
		if !isOUI(oui) {
			p.wrong("cwmp.firstContact.ouis", "%q: expected 6 hexadecimal digits such as 00005E", oui)
		}
	}
}

// leastServing is what a node must serve at once to get anywhere.
const leastServing = 16

// isOUI reports whether a text can be the OUI of an Inform.
func isOUI(text string) bool {
	return len(text) == 6 && strings.Trim(strings.ToUpper(text), "0123456789ABCDEF") == ""
}

// Makers returns cwmp.firstContact.ouis as Informs spell them.
func (c *Config) Makers() (list []string) {
	for _, oui := range c.CWMP.FirstContact.OUIs {
		list = append(list, strings.ToUpper(oui))
	}
	return list
}

// FirstNetworks returns cwmp.firstContact.networks parsed.
func (c *Config) FirstNetworks() []netip.Prefix { return prefixes(c.CWMP.FirstContact.Networks) }

// store checks which engine is meant.
func (p *problems) store(value string) {
	if value == "bolt" || strings.HasPrefix(value, "postgres://") || strings.HasPrefix(value, "postgresql://") {
		return
	}
	p.wrong("store", "expected bolt or postgres://user:pass@host/db")
}

// credentials refuses an open door that nobody asked for.
func (p *problems) credentials() {
	c := p.config.CWMP
	if c.Auth != "none" && (c.Username == "" || c.Password == "") {
		p.wrong("cwmp.auth", "%s needs cwmp.username and cwmp.password, the credentials your devices use; "+
			"write them, or write \"auth: none\" to let any device in", c.Auth)
	}
}

// secret checks the form of the callbacks' key, and does not show it.
func (p *problems) secret() {
	if _, err := workorder.ParseCallbackSecret(p.config.BSS.CallbackSecret); err != nil {
		p.wrong("bss.callbackSecret", "expected whsec_ followed by a key of 24 bytes or more in base64")
	}
}

// durations checks that times are positive and the session timeout is sensible.
func (p *problems) durations() {
	walk(reflect.ValueOf(p.config).Elem(), "", func(path string, field reflect.Value, _ reflect.StructField) {
		d, ok := field.Interface().(time.Duration)
		switch class := strings.HasPrefix(path, "dhcp.classes.") || strings.HasPrefix(path, "neighbours."); {
		case ok && class && d < 0:
			p.wrong(path, "%s: expected 0 or more", d)
		case ok && !class && d <= 0:
			p.wrong(path, "%s: expected more than 0", d)
		}
	})
	if t := p.config.CWMP.SessionTimeout; t < time.Second || t > 10*time.Minute {
		p.wrong("cwmp.sessionTimeout", "%s: expected 1s to 10m", t)
	}
}

// counts checks the numbers of tries.
func (p *problems) counts() {
	if p.config.BSS.PushTries < 1 {
		p.wrong("bss.pushTries", "%d: expected 1 or more", p.config.BSS.PushTries)
	}
	if p.config.BSS.CodeTries < 1 {
		p.wrong("bss.codeTries", "%d: expected 1 or more", p.config.BSS.CodeTries)
	}
	if n := p.config.Files.MaxUpload; n < 1 || n > maxFileSize {
		p.wrong("files.maxUpload", "%d: expected 1 to %d", n, maxFileSize)
	}
	if n := p.config.Files.MaxFile; n < 1 || n > maxFileSize {
		p.wrong("files.maxFile", "%d: expected 1 to %d", n, maxFileSize)
	}
	if p.config.BSS.CodeSourceTries < 1 {
		p.wrong("bss.codeSourceTries", "%d: expected 1 or more", p.config.BSS.CodeSourceTries)
	}
}

// networks checks a CIDR list.
func (p *problems) networks(key string, list []string) {
	for _, text := range list {
		if _, err := netip.ParsePrefix(text); err != nil {
			p.wrong(key, "%q: expected a network such as 10.0.0.0/8", text)
		}
	}
}

// notServed refuses doors that this version does not have, rather than to leave
// Networks returns bss.callbackAllow parsed.
func (c *Config) Networks() []netip.Prefix { return prefixes(c.BSS.CallbackAllow) }

// Proxies returns cwmp.trustedProxies parsed.
func (c *Config) Proxies() []netip.Prefix { return prefixes(c.CWMP.TrustedProxies) }

// prefixes parses a list that Validate has checked.
func prefixes(list []string) []netip.Prefix {
	var out []netip.Prefix
	for _, text := range list {
		if network, err := netip.ParsePrefix(text); err == nil {
			out = append(out, network)
		}
	}
	return out
}

// KeyPath is where the vault key lives.
func (c *Config) KeyPath() string {
	if c.KeyFile != "" {
		return c.KeyFile
	}
	return filepath.Join(filepath.Dir(c.file), "itms.key")
}

// SetFile places a configuration that was not read from a file, for KeyPath.
func (c *Config) SetFile(path string) { c.file = path }
