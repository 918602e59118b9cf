package sim

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"itms/cwmp"
)

// What a box does with files without being told to.
const (
	quirkRequestDownload = "request-download"
	quirkOwnImage        = "autonomous-transfer"
)

// ownImageURL is where such firmware comes from; its credentials are nobody's business.
const ownImageURL = "http://box:own-image-Pw@maker.example.com/image.bin?token=own-image-Pw"

// unasked returns the events of what the box has to say about files by itself.
func (c *CPE) unasked() (events []cwmp.Event) {
	if !c.Bootstrapped {
		return nil
	}
	if c.quirks.has(quirkRequestDownload) {
		events = append(events, cwmp.Event{Code: cwmp.EventRequestDownload})
	}
	if c.quirks.has(quirkOwnImage) && c.Used[quirkOwnImage] == 0 {
		events = append(events, cwmp.Event{Code: cwmp.EventAutonomousTransferComplete})
	}
	return events
}

// tellUnasked sends what the box has to say about files by itself.
func (s *session) tellUnasked(ctx context.Context) error {
	if fileType, on := s.cpe.quirks[quirkRequestDownload]; on {
		if err := s.tell(ctx, &cwmp.RequestDownload{FileType: cmp.Or(fileType, "1 Firmware Upgrade Image")}); err != nil {
			return err
		}
	}
	if !slices.ContainsFunc(s.events, func(e cwmp.Event) bool { return e.Code == cwmp.EventAutonomousTransferComplete }) {
		return nil
	}
	now := cwmp.TimeOf(s.cpe.config.Clock())
	s.imaged = true
	return s.tell(ctx, &cwmp.AutonomousTransferComplete{AnnounceURL: ownImageURL, TransferURL: ownImageURL, IsDownload: true,
		FileType: "1 Firmware Upgrade Image", FileSize: 1 << 20, StartTime: now, CompleteTime: now})
}

// tell sends one of them; the box minds any other answer than the right one.
func (s *session) tell(ctx context.Context, request cwmp.Message) error {
	s.report.Sent = append(s.report.Sent, request.Method())
	answer, err := s.ask(ctx, request)
	if err != nil {
		return fmt.Errorf("%s: %w", request.Method(), err)
	}
	if methodOf(answer) != request.Method()+"Response" {
		return fmt.Errorf("%s: the ACS answered with %s", request.Method(), methodOf(answer))
	}
	return nil
}

// startOwnImage boots with the firmware that nobody ordered.
func (c *CPE) startOwnImage() {
	c.spend(quirkOwnImage, 1)
	c.Software = cmp.Or(c.quirks[quirkOwnImage], "2.0.0")
	c.settings()
	c.reboot()
}
