package main

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"io"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"itms/cmd/itms/config"
)

// writeCertificate makes a self-signed RSA certificate, as old devices need it.
func writeCertificate(t testing.TB) config.TLS {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "acs.example.com"}, DNSNames: []string{"acs.example.com"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, c, c, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	files := config.TLS{Cert: filepath.Join(t.TempDir(), "cert.pem"), Key: filepath.Join(t.TempDir(), "key.pem")}
	for path, block := range map[string]*pem.Block{files.Cert: {Type: "CERTIFICATE", Bytes: der}, files.Key: {Type: "PRIVATE KEY", Bytes: pkcs8}} {
		if err := os.WriteFile(path, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return files
}

// shake does a TLS handshake with a door and says how it ended for the device.
func shake(t *testing.T, door certificates, device *tls.Config) error {
	t.Helper()
	server, err := door.config()
	if err != nil {
		t.Fatal(err)
	}
	ours, theirs := net.Pipe()
	done := make(chan struct{})
	go func() {
		defer close(done)
		c := tls.Server(theirs, server)
		if err := c.Handshake(); err == nil {
			_, _ = c.Write([]byte("x")) // TLS 1.3 tells a client only now that its certificate is missing
		}
		_ = c.Close()
	}()
	device.InsecureSkipVerify = true // and no name is asked for
	c := tls.Client(ours, device)
	if err = c.Handshake(); err == nil {
		_, err = io.ReadFull(c, make([]byte, 1))
	}
	_ = ours.Close()
	<-done
	return err
}

func TestTLSVersionsOfTheDoors(t *testing.T) {
	files := writeCertificate(t)
	cwmp := config.Default().CWMP
	cwmp.TLS.Cert, cwmp.TLS.Key = files.Cert, files.Key
	cwmp.Legacy.TLS = files
	only13, old := cwmp, cwmp
	only13.TLS.MinVersion = "1.3"
	old.Legacy.Ciphers = "legacy"
	tls10 := func() *tls.Config { return &tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS10} }
	tls12 := func() *tls.Config { return &tls.Config{MaxVersion: tls.VersionTLS12} }
	weak := func() *tls.Config {
		return &tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11, CipherSuites: []uint16{tls.TLS_RSA_WITH_3DES_EDE_CBC_SHA}}
	}
	for name, tc := range map[string]struct {
		door   certificates
		device *tls.Config
		taken  bool
	}{
		"modern, today's device":         {cwmpCertificates(cwmp), &tls.Config{}, true},
		"modern, 1.2":                    {cwmpCertificates(cwmp), tls12(), true},
		"modern, 1.0":                    {cwmpCertificates(cwmp), tls10(), false},
		"1.3 only, 1.2":                  {cwmpCertificates(only13), tls12(), false},
		"legacy, 1.0":                    {legacyCertificates(cwmp), tls10(), true},
		"legacy, old cipher":             {legacyCertificates(cwmp), weak(), false},
		"legacy with its ciphers":        {legacyCertificates(old), weak(), true},
		"legacy with its ciphers, 1.0":   {legacyCertificates(old), tls10(), true},
		"legacy with its ciphers, today": {legacyCertificates(old), &tls.Config{}, true},
		"web, 1.0":                       {certificates{files: files}, tls10(), false},
	} {
		if err := shake(t, tc.door, tc.device); (err == nil) != tc.taken {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, id := range oldCiphers() {
		if isRC4(id) {
			t.Error("RC4 is offered")
		}
	}
}

func TestDeviceCertificates(t *testing.T) {
	files := writeCertificate(t)
	cwmp := config.Default().CWMP
	cwmp.TLS.Cert, cwmp.TLS.Key, cwmp.TLS.ClientCA = files.Cert, files.Key, files.Cert
	if err := shake(t, cwmpCertificates(cwmp), &tls.Config{}); err == nil {
		t.Error("a device without certificate was let in")
	}
	own, err := tls.LoadX509KeyPair(files.Cert, files.Key)
	if err != nil {
		t.Fatal(err)
	}
	if err := shake(t, cwmpCertificates(cwmp), &tls.Config{Certificates: []tls.Certificate{own}}); err != nil {
		t.Error(err)
	}
	cwmp.TLS.ClientAuth = "request"
	if err := shake(t, cwmpCertificates(cwmp), &tls.Config{}); err != nil {
		t.Error(err)
	}
	cwmp.TLS.ClientCA = files.Key
	c := config.Default()
	c.CWMP = cwmp
	if err := checkTLS(c); err == nil {
		t.Error("a key is no authority")
	}
	if _, err := (certificates{files: config.TLS{Cert: "missing"}}).wrap(&pipeListener{closed: make(chan struct{})}); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
}
