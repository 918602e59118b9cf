package main

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"os"

	"github.com/rs/zerolog"

	"itms/cmd/itms/config"
)

// certificates say how a door speaks TLS; without files it does not.
type certificates struct {
	files    config.TLS
	clientCA string // authorities of device certificates, "" = none are asked for
	optional bool   // a device may have none
	least    uint16 // oldest version; 0 = TLS 1.2
	ciphers  []uint16
}

// cwmpCertificates are those of the door for devices.
func cwmpCertificates(c config.CWMP) certificates {
	cert := certificates{files: config.TLS{Cert: c.TLS.Cert, Key: c.TLS.Key}, clientCA: c.TLS.ClientCA, optional: c.TLS.ClientAuth == "request"}
	if c.TLS.MinVersion == "1.3" {
		cert.least = tls.VersionTLS13
	}
	return cert
}

// legacyCertificates are those of the door for old devices. It asks for the same
// device certificates, of those that have one: old ones mostly do not.
func legacyCertificates(c config.CWMP) certificates {
	cert := certificates{files: c.Legacy.TLS, clientCA: c.TLS.ClientCA, optional: true, least: tls.VersionTLS10}
	if c.Legacy.Ciphers == "legacy" {
		cert.ciphers = oldCiphers()
	}
	return cert
}

// oldCiphers are all that Go knows, the safe ones first, but for RC4: RFC 7465
// forbids it, and no device is left that has nothing else.
func oldCiphers() (ids []uint16) {
	for _, list := range [][]*tls.CipherSuite{tls.CipherSuites(), tls.InsecureCipherSuites()} {
		for _, suite := range list {
			if !isRC4(suite.ID) {
				ids = append(ids, suite.ID)
			}
		}
	}
	return ids
}

// isRC4 reports whether a cipher suite uses RC4.
func isRC4(id uint16) bool {
	switch id {
	case tls.TLS_RSA_WITH_RC4_128_SHA, tls.TLS_ECDHE_RSA_WITH_RC4_128_SHA, tls.TLS_ECDHE_ECDSA_WITH_RC4_128_SHA:
		return true
	}
	return false
}

// warnLegacy says what an old door costs.
func warnLegacy(c *config.Config, log zerolog.Logger) {
	if c.CWMP.Legacy.Listen == "" {
		return
	}
	log.Warn().Str("listen", c.CWMP.Legacy.Listen).Str("ciphers", c.CWMP.Legacy.Ciphers).
		Msg("cwmp.legacy is open: TLS 1.0 and 1.1 have known attacks; let in only the networks of devices that cannot do better")
}

// wrap puts TLS on a listener when there is a certificate.
func (c certificates) wrap(l net.Listener) (net.Listener, error) {
	tlsConfig, err := c.config()
	switch {
	case err != nil:
		return nil, errors.Join(err, l.Close())
	case tlsConfig == nil:
		return l, nil
	}
	return tls.NewListener(l, tlsConfig), nil
}

// config reads the files, nil when none are configured. One certificate serves all
// names: many devices send none (SNI).
func (c certificates) config() (*tls.Config, error) {
	if c.files.Cert == "" {
		return nil, nil
	}
	pair, err := tls.LoadX509KeyPair(c.files.Cert, c.files.Key)
	if err != nil {
		return nil, fmt.Errorf("tls certificate: %w", err)
	}
	t := &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: c.least, CipherSuites: c.ciphers}
	if c.least == 0 {
		t.MinVersion = tls.VersionTLS12
	}
	if c.clientCA == "" {
		return t, nil
	}
	pem, err := os.ReadFile(c.clientCA)
	if err != nil {
		return nil, fmt.Errorf("tls clientCA: %w", err)
	}
	t.ClientCAs, t.ClientAuth = x509.NewCertPool(), tls.RequireAndVerifyClientCert
	if c.optional {
		t.ClientAuth = tls.VerifyClientCertIfGiven
	}
	if !t.ClientCAs.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("tls clientCA: %s holds no certificate", c.clientCA)
	}
	return t, nil
}

// checkTLS reads the certificates of all doors.
func checkTLS(c *config.Config) error {
	var errs []error
	for _, door := range []struct {
		key  string
		cert certificates
	}{{"web.tls", certificates{files: c.Web.TLS}}, {"files.tls", certificates{files: c.Files.TLS}}, {"cwmp.tls", cwmpCertificates(c.CWMP)}, {"cwmp.legacy.tls", legacyCertificates(c.CWMP)}} {
		if _, err := door.cert.config(); err != nil {
			errs = append(errs, c.Wrong(door.key, err))
		}
	}
	return errors.Join(errs...)
}
