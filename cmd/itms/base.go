package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/rs/zerolog"

	"itms"
	"itms/audit"
	"itms/cmd/itms/config"
	"itms/internal/vault"
	"itms/people"
	"itms/profile"
	"itms/profile/datamodel"
	"itms/store/boltdb"
	"itms/store/postgres"
	"itms/web/tmf"
	"itms/workorder"
)

// base is what every command that touches data stands on: store, key, profiles and
// the domain's engine.
type base struct {
	config   *config.Config
	log      zerolog.Logger
	store    itms.Store
	bolt     *boltdb.Store   // nil on PostgreSQL
	postgres *postgres.Store // nil else
	vault    *vault.Vault
	models   models
	engine   *workorder.Engine
	people   *people.Service
	metrics  *prometheus.Registry
}

// openBase opens store and key and makes the engine. Close it.
func openBase(ctx context.Context, c *config.Config, log zerolog.Logger, environ []string) (_ *base, err error) {
	b := &base{config: c, log: log, metrics: prometheus.NewRegistry()}
	b.metrics.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	rules, err := profile.LoadRules(c.Rules)
	if err != nil {
		return nil, err
	}
	if err := b.openStore(ctx); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			b.store.Close()
		}
	}()
	b.models = models{&profilesInUse{dir: c.Profiles, store: b.store, log: log}, rules, &stunServer{}}
	if err := b.models.use.reload(ctx); err != nil {
		return nil, err
	}
	if b.vault, err = openVault(ctx, b.store, c, environ); err != nil {
		return nil, err
	}
	chosen := policy(c)
	if chosen.Neighbours, err = c.ParseNeighbours(); err != nil {
		return nil, err
	}
	b.engine = workorder.New(workorder.Options{Store: b.store, Vault: b.vault, Models: b.models, Policy: chosen, Knowledge: datamodel.Standard(),
		Logger: log, Metrics: workorder.NewMetrics(b.metrics)})
	b.engine.SetFormatter(itms.FormatTMF641, tmf.NewEvents(publicURL(c)))
	b.people = people.New(people.Options{Store: b.store, Key: b.vault.Derive("known browsers"),
		Idle: c.Web.Sessions.Idle, Life: c.Web.Sessions.Life})
	return b, nil
}

// policy turns the configuration into the domain's policy.
func policy(c *config.Config) workorder.Policy {
	return workorder.Policy{OrderTTL: c.BSS.OrderTTL, HoldTTL: c.BSS.HoldTTL, VerifyTimeout: c.BSS.VerifyTimeout,
		PushTries: c.BSS.PushTries, RequireVerification: c.BSS.RequireVerification,
		PeriodicInform: c.CWMP.PeriodicInform, CodePollInterval: c.CWMP.CodePollInterval, CallbackAllow: c.Networks(),
		JournalKeep: c.Journal.Keep, DeliverFor: c.BSS.DeliverFor,
		CodeTTL: c.BSS.CodeTTL, CodeTries: c.BSS.CodeTries, CodeSourceTries: c.BSS.CodeSourceTries, CodeWindow: c.BSS.CodeWindow,
		Lock: c.BSS.Lock, CodeAlways: c.BSS.CodeAlways, ClaimByLine: c.BSS.ClaimByLine, RequireStock: c.BSS.RequireStock,
		UpgradeTimeout: c.CWMP.UpgradeTimeout, EvidenceURL: c.Evidence.URL, EvidenceToken: itms.NewSecret(c.Evidence.Token),
		FilesURL: c.Files.PublicURL, MaxFile: int64(c.Files.MaxFile),
		Access:            workorder.AccessPolicy{Notify: radiusOn(c), BindLine: c.Radius.BindLine},
		DeviceCredentials: c.CWMP.DeviceCredentials, FactoryCredentials: c.CWMP.FactoryCredentials, FirstContact: firstContact(c)}
}

// firstContact turns that part of the configuration into the domain's policy.
func firstContact(c *config.Config) workorder.FirstContact {
	f := workorder.FirstContact{OUIs: c.Makers(), Networks: c.FirstNetworks()}
	if c.CWMP.FirstContact.Policy != "accept" {
		f.Action = workorder.FirstAction(c.CWMP.FirstContact.Policy)
	}
	return f
}

// dataFile is the embedded store within the data directory.
func dataFile(c *config.Config) string { return filepath.Join(c.Data, "itms.db") }

// openStore opens the configured engine.
func (b *base) openStore(ctx context.Context) error {
	if err := os.MkdirAll(b.config.Data, 0o700); err != nil {
		return fmt.Errorf("make the data directory: %w", err)
	}
	complain := func(what string, err error) { b.log.Error().Err(err).Msg("store: " + what) }
	if b.config.Store == "bolt" {
		bolt, err := boltdb.Open(ctx, dataFile(b.config), boltdb.Options{Logger: complain})
		if err != nil {
			return err
		}
		b.bolt, b.store = bolt, audit.Watch(bolt, nil)
		return nil
	}
	pg, err := postgres.Open(ctx, b.config.Store, postgres.Options{Logger: complain})
	if err != nil {
		return err
	}
	b.postgres, b.store = pg, audit.Watch(pg, nil)
	return nil
}

// Close closes the store.
func (b *base) Close() error { return b.store.Close() }

// keyCheck is the setting that remembers which key the data were written with.
const keyCheck = "vault/key-id"

// openVault opens the key and refuses one that does not fit the data. A key is only
// ever made for data that know none.
func openVault(ctx context.Context, store itms.Store, c *config.Config, environ []string) (*vault.Vault, error) {
	var known []byte
	err := store.View(ctx, func(tx itms.Tx) (err error) {
		known, err = tx.Settings().Get(keyCheck)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read the key's mark: %w", err)
	}
	v, err := readKey(c, environ, len(known) == 0)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, itms.Errorf(itms.KindInvalid, itms.CodeWrongKey,
			"the data were written with key %s, but there is no key file %s; put that key back, its place is keyFile in the configuration", known, c.KeyPath())
	case err != nil:
		return nil, err
	case len(known) > 0 && string(known) != v.KeyID():
		return nil, itms.Errorf(itms.KindInvalid, itms.CodeWrongKey,
			"the key %s has id %s, but the data were written with key %s; nothing was changed", c.KeyPath(), v.KeyID(), known)
	}
	if len(known) > 0 {
		return v, nil
	}
	return markKey(ctx, store, v)
}

// readKey takes the key from the environment or its file, making the file if it may.
func readKey(c *config.Config, environ []string, mayCreate bool) (*vault.Vault, error) {
	for _, entry := range environ {
		if text, ok := strings.CutPrefix(entry, config.KeyVariable+"="); ok && text != "" {
			return vault.FromText(text)
		}
	}
	if mayCreate {
		return vault.OpenOrCreate(c.KeyPath())
	}
	return vault.Open(c.KeyPath())
}

// markKey remembers the key in the data. Of two nodes that start at once on empty
// data the first decides.
func markKey(ctx context.Context, store itms.Store, v *vault.Vault) (*vault.Vault, error) {
	err := store.Update(ctx, func(tx itms.Tx) error {
		known, err := tx.Settings().Get(keyCheck)
		if err != nil {
			return err
		}
		if len(known) > 0 && string(known) != v.KeyID() {
			return itms.Errorf(itms.KindInvalid, itms.CodeWrongKey,
				"another node wrote these data with key %s; give this node the same key", known)
		}
		return tx.Settings().Put(keyCheck, []byte(v.KeyID()))
	})
	return v, err
}

// newLogger makes the process's logger.
func newLogger(c *config.Config, e *env) zerolog.Logger {
	out := e.err
	if c.Log.Format == "text" {
		out = zerolog.ConsoleWriter{Out: e.err, TimeFormat: "15:04:05"}
	}
	level, err := zerolog.ParseLevel(c.Log.Level)
	if err != nil {
		level = zerolog.InfoLevel // Validate has refused anything else
	}
	return zerolog.New(out).Level(level).With().Timestamp().Logger()
}
