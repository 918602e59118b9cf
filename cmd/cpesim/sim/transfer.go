package sim

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"itms/cwmp"
)

// transfer is a Download or an Upload that was ordered.
type transfer struct {
	CommandKey string    `json:"commandKey"`
	Upload     bool      `json:"upload,omitempty"`
	FileType   string    `json:"fileType"`
	URL        string    `json:"url"`
	Username   string    `json:"username,omitempty"`
	Password   string    `json:"password,omitempty"`
	FileSize   uint32    `json:"fileSize,omitempty"`
	Target     string    `json:"target,omitempty"`
	Due        time.Time `json:"due"`

	Started  time.Time          `json:"started,omitzero"`
	Finished time.Time          `json:"finished,omitzero"`
	Fault    cwmp.TransferFault `json:"fault,omitzero"`
}

// ended tells whether only the report to the ACS is missing.
func (t *transfer) ended() bool { return !t.Finished.IsZero() }

// firmware tells whether a transfer brings new software.
func (t *transfer) firmware() bool { return !t.Upload && t.FileType == "1 Firmware Upgrade Image" }

// events are those that tell of the transfer.
func (t *transfer) events() []cwmp.Event {
	cause := cwmp.EventMDownload
	if t.Upload {
		cause = cwmp.EventMUpload
	}
	return []cwmp.Event{{Code: cwmp.EventTransferComplete}, {Code: cause, CommandKey: t.CommandKey}}
}

// ofTransfer tells whether an event is one of transfer.events.
func ofTransfer(e cwmp.Event) bool {
	return e.Code == cwmp.EventTransferComplete || e.Code == cwmp.EventMDownload || e.Code == cwmp.EventMUpload
}

// maxTransfers is the length of the queue, beyond which orders are refused.
const maxTransfers = 16

// order queues a transfer; nil means that the queue is full.
func (s *session) order(t *transfer, delay uint32) bool {
	if len(s.cpe.Transfers) >= maxTransfers {
		return false
	}
	t.Due = time.Now().Add(time.Duration(delay) * time.Second)
	s.cpe.Transfers = append(s.cpe.Transfers, t)
	return true
}

func download(s *session, m cwmp.Message) cwmp.Message {
	r := m.(*cwmp.Download)
	if !supported(r.URL) {
		return cwmp.NewFault(cwmp.FaultProtocol, "")
	}
	if !s.order(&transfer{CommandKey: r.CommandKey, FileType: r.FileType, URL: r.URL, Username: r.Username,
		Password: r.Password, FileSize: r.FileSize, Target: r.TargetFileName}, r.DelaySeconds) {
		return cwmp.NewFault(cwmp.FaultResources, "")
	}
	return &cwmp.DownloadResponse{Status: cwmp.StatusPending}
}

func upload(s *session, m cwmp.Message) cwmp.Message {
	r := m.(*cwmp.Upload)
	if !supported(r.URL) {
		return cwmp.NewFault(cwmp.FaultProtocol, "")
	}
	if !s.order(&transfer{CommandKey: r.CommandKey, Upload: true, FileType: r.FileType, URL: r.URL,
		Username: r.Username, Password: r.Password}, r.DelaySeconds) {
		return cwmp.NewFault(cwmp.FaultResources, "")
	}
	return &cwmp.UploadResponse{Status: cwmp.StatusPending}
}

// supported tells whether the box knows the protocol of a URL.
func supported(url string) bool {
	return strings.HasPrefix(url, "http://") || strings.HasPrefix(url, "https://")
}

// queueState is the State of a transfer in the lists.
func (t *transfer) queueState() int {
	if t.ended() {
		return cwmp.TransferCompleted
	}
	return cwmp.TransferNotStarted
}

func getQueuedTransfers(s *session, _ cwmp.Message) cwmp.Message {
	answer := &cwmp.GetQueuedTransfersResponse{}
	for _, t := range s.cpe.Transfers {
		answer.Transfers = append(answer.Transfers, cwmp.QueuedTransfer{CommandKey: t.CommandKey, State: t.queueState()})
	}
	return answer
}

func getAllQueuedTransfers(s *session, _ cwmp.Message) cwmp.Message {
	answer := &cwmp.GetAllQueuedTransfersResponse{}
	for _, t := range s.cpe.Transfers {
		answer.Transfers = append(answer.Transfers, cwmp.AnyQueuedTransfer{CommandKey: t.CommandKey, State: t.queueState(),
			IsDownload: !t.Upload, FileType: t.FileType, FileSize: t.FileSize, TargetFileName: t.Target})
	}
	return answer
}

// tellTransfers reports transfers that have ended and strikes them off.
func (s *session) tellTransfers(ctx context.Context) error {
	c := s.cpe
	c.mu.Lock()
	ended := slices.DeleteFunc(slices.Clone(c.Transfers), func(t *transfer) bool { return !t.ended() })
	c.mu.Unlock()
	for _, t := range ended {
		s.report.Sent = append(s.report.Sent, "TransferComplete")
		answer, err := s.ask(ctx, &cwmp.TransferComplete{CommandKey: t.CommandKey, Fault: t.Fault,
			StartTime: cwmp.TimeOf(t.Started), CompleteTime: cwmp.TimeOf(t.Finished)})
		if err != nil {
			return fmt.Errorf("transfer complete: %w", err)
		}
		if _, ok := answer.(*cwmp.TransferCompleteResponse); !ok {
			return fmt.Errorf("transfer complete: the ACS answered with %s", methodOf(answer))
		}
		c.forget(t)
	}
	return nil
}

// forget strikes off a transfer and its events.
func (c *CPE) forget(done *transfer) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.Transfers = slices.DeleteFunc(c.Transfers, func(t *transfer) bool { return t == done })
	left := slices.ContainsFunc(c.Transfers, (*transfer).ended)
	c.Queue = slices.DeleteFunc(c.Queue, func(e cwmp.Event) bool {
		return ofTransfer(e) && (!left || e == done.events()[1])
	})
}

// perform does a transfer. The fault is that of TransferComplete.
func (c *CPE) perform(ctx context.Context, t *transfer) (file []byte, fault cwmp.TransferFault) {
	f := c.fetcher(t)
	answer, err := f.fetch(ctx)
	if err != nil {
		return nil, cwmp.TransferFault{Code: cwmp.FaultContactServer, String: cwmp.FaultText(cwmp.FaultContactServer)}
	}
	switch {
	case answer.status == http.StatusUnauthorized || answer.status == http.StatusForbidden:
		fault.Code = cwmp.FaultServerAuth
	case answer.status >= 300 && t.Upload:
		fault.Code = cwmp.FaultUpload
	case answer.status >= 300:
		fault.Code = cwmp.FaultAccessFile
	case t.FileSize > 0 && len(answer.body) != int(t.FileSize):
		fault.Code = cwmp.FaultCompleteDownload
	default:
		return answer.body, cwmp.TransferFault{}
	}
	fault.String = cwmp.FaultText(fault.Code)
	return nil, fault
}

// uploadable is what the box has to upload: its visible parameters, below some lines of
// a log when that is asked for.
func (c *CPE) uploadable(fileType string) []byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	var b bytes.Buffer
	if strings.Contains(fileType, "Log") {
		for n, line := range []string{"boot", "link up", "address from DHCP", "contact with the ACS"} {
			fmt.Fprintf(&b, "%s cpesim[1]: %d %s\n", c.config.Clock().UTC().Format(time.RFC3339), n, line)
		}
	}
	for _, name := range c.names() {
		fmt.Fprintf(&b, "%s=%s\n", name, c.read(name).Value)
	}
	return b.Bytes()
}

// firmwareVersion reads the version out of a firmware image: the rest of a
// first line "version: ", or else the head of its hash.
func firmwareVersion(image []byte) string {
	line, _, _ := strings.Cut(string(image[:min(len(image), 256)]), "\n")
	if version, ok := strings.CutPrefix(line, "version:"); ok {
		return strings.TrimSpace(version)
	}
	sum := sha256.Sum256(image)
	return "image-" + hex.EncodeToString(sum[:4])
}
