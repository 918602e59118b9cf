package main

import (
	"context"

	"itms/acs"
	"itms/internal/lifecycle"
	"itms/workorder"
)

var _ acs.Depot = (*workorder.Engine)(nil)

// makeFiles makes the file door, unless it is off.
func (s *server) makeFiles() (err error) {
	if s.config.Files.Listen == "" {
		return nil
	}
	s.files, err = acs.NewFileServer(acs.FileOptions{Depot: s.engine, DigestKey: s.vault.Derive("file digest nonces"),
		MaxUpload: int64(s.config.Files.MaxUpload), TrustedProxies: s.config.Proxies(), Logger: s.log, Registerer: s.metrics})
	return err
}

// addFiles has the file door opened, and the engine told where that is.
func (s *server) addFiles() {
	if s.files == nil {
		return
	}
	s.group.Add(
		lifecycle.Service{Name: "files", Stop: s.files.Close},
		s.door("files", s.config.Files.Listen, s.files.HTTPServer(), certificates{files: s.config.Files.TLS}),
		lifecycle.Service{Name: "address of files", Start: func(context.Context) error {
			s.engine.SetFilesURL(s.boundURL("files", s.config.Files.TLS.Cert != ""))
			return nil
		}},
	)
}
