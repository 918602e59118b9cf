package api

import (
	"context"
	"sync"
	"time"

	"itms"
)

// fakeDesk says how things stand in one word.
type fakeDesk struct {
	store itms.Store

	mu    sync.Mutex // guards notes
	notes []string   // what was revealed, to whom and why
}

// said is a light of a level.
func said(level itms.LightLevel, reason string) itms.Light {
	return itms.Light{Level: level, Word: itms.Saying{English: string(level), Chinese: "灯"}, Reason: itms.Saying{English: reason}}
}

func (*fakeDesk) OrderLight(o *itms.Order) itms.Light   { return said(o.Light(), o.Reason) }
func (*fakeDesk) DeviceLight(d *itms.Device) itms.Light { return said(d.Light(), d.Problem) }

func (*fakeDesk) Enlighten(light itms.Light, found *itms.Diagnosis) itms.Light {
	if found != nil {
		light.Reason.English = found.Operator
	}
	return light
}

func (*fakeDesk) SilentSince() time.Time { return testTime.Add(-time.Hour) }

func (f *fakeDesk) Reveal(ctx context.Context, actor string, id itms.ServiceID, which itms.ServiceSecret, reason string) (itms.Secret, error) {
	err := f.store.View(ctx, func(tx itms.Tx) error {
		_, err := tx.Services().Get(id)
		return err
	})
	if err != nil {
		return itms.Secret{}, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.notes = append(f.notes, actor+" "+string(id)+" "+string(which)+": "+reason)
	return itms.NewSecret("p4ss-service"), nil
}
