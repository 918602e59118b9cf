package sim

import (
	"context"
	"slices"
	"time"

	"itms/cwmp"
)

// settle does what has become due between sessions: transfers, diagnostics and
// scheduled Informs. The zero time makes everything due.
func (c *CPE) settle(ctx context.Context, now time.Time) error {
	for _, t := range c.dueTransfers(now) {
		started := c.config.Clock()
		file, fault := c.perform(ctx, t)
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		c.transferred(t, started, file, fault)
	}
	c.diagnose(ctx)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.Scheduled = slices.DeleteFunc(c.Scheduled, func(s scheduled) bool {
		due := now.IsZero() || !s.Due.After(now)
		if due {
			c.enqueue(cwmp.Event{Code: cwmp.EventScheduled}, cwmp.Event{Code: cwmp.EventMScheduleInform, CommandKey: s.CommandKey})
		}
		return due
	})
	return c.save(c.config.StatePath)
}

// dueTransfers returns the transfers to be done now.
func (c *CPE) dueTransfers(now time.Time) []*transfer {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(c.Transfers), func(t *transfer) bool {
		return t.ended() || !now.IsZero() && t.Due.After(now)
	})
}

// transferred notes the end of a transfer. New firmware means a reboot.
func (c *CPE) transferred(t *transfer, started time.Time, file []byte, fault cwmp.TransferFault) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if t.firmware() && fault.Code == 0 {
		fault = c.refuseFirmware()
	}
	t.Started, t.Finished, t.Fault = started, c.config.Clock(), fault
	causes := t.events()
	if c.quirks.has(quirkNoTransferComplete) {
		c.Transfers = slices.DeleteFunc(c.Transfers, func(other *transfer) bool { return other == t })
		causes = nil
	}
	if t.firmware() && fault.Code == 0 {
		c.install(file)
		c.reboot(causes...)
		return
	}
	c.enqueue(causes...)
}

// refuseFirmware is the quirk firmware-refused. No fault means that the image is
// taken.
func (c *CPE) refuseFirmware() cwmp.TransferFault {
	times, _ := count(c.quirks[quirkFirmwareRefused], 0) // read before, by validate
	if !c.quirks.has(quirkFirmwareRefused) || !c.spend(quirkFirmwareRefused, times) {
		return cwmp.TransferFault{}
	}
	return cwmp.TransferFault{Code: cwmp.FaultCorrupted, String: cwmp.FaultText(cwmp.FaultCorrupted)}
}

// install makes an image the software of the box.
func (c *CPE) install(image []byte) {
	if c.quirks.has(quirkSameVersion) {
		return
	}
	c.Software = firmwareVersion(image)
	c.settings()
}
