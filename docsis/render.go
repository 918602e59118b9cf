package docsis

import (
	"bytes"
	"context"
	"crypto/md5"  //nolint:gosec // as the specification has it
	"crypto/sha1" //nolint:gosec // likewise
	"encoding/hex"
	"net/netip"
	"sync"
	"time"

	"itms"
	"itms/dhcp"
	"itms/docsis/configfile"
	"itms/tftp"
)

// signers make the integrity checks of files, by the CMTS that a modem is behind.
type signers struct {
	usual   *configfile.Signer
	byRelay map[netip.Addr]*configfile.Signer
}

// newSigners makes one for each secret.
func newSigners(usual itms.Secret, list []CMTS) signers {
	s := signers{usual: configfile.NewSigner([]byte(usual.Reveal())), byRelay: map[netip.Addr]*configfile.Signer{}}
	for _, c := range list {
		signer := configfile.NewSigner([]byte(c.Secret.Reveal()))
		for _, relay := range c.Relays {
			s.byRelay[relay] = signer
		}
	}
	return s
}

// of is the one for the CMTS behind a relay.
func (s *signers) of(relay netip.Addr) *configfile.Signer {
	if signer, ok := s.byRelay[relay]; ok {
		return signer
	}
	return s.usual
}

// scratches are not in use.
var scratches = sync.Pool{New: func() any { return new(scratch) }}

// render makes the file of a lease, whose holder has that entitlement, for a class.
func (s *Service) render(class *Class, l *itms.Lease, ent *itms.Entitlement) ([]byte, itms.CableFile, error) {
	told := itms.CableFile{Template: class.Template, Provision: ent.Revision, Address: l.Address.String()}
	values, err := s.values(l, ent, s.reveal)
	if err != nil {
		return nil, told, err
	}
	mem := scratches.Get().(*scratch)
	defer scratches.Put(mem)
	body, err := s.Templates.Get(class.Template).body(mem, values, class.MTA)
	if err != nil {
		return nil, told, err
	}
	file, err := s.sign(class, l, body)
	if err != nil {
		return nil, told, err
	}
	told.Size, told.MIC = len(file), hex.EncodeToString(identity(file, class.MTA))
	return file, told, nil
}

// sign adds what makes settings a file.
func (s *Service) sign(class *Class, l *itms.Lease, body configfile.Body) ([]byte, error) {
	if class.MTA {
		hash, err := mtaHash(class)
		if err != nil {
			return nil, err
		}
		return configfile.FinishMTA(nil, body, hash)
	}
	var o configfile.SignOptions
	if class.Timestamp {
		o.Time = s.Clock()
	}
	if class.ModemAddress {
		o.Client = l.Address
	}
	return s.signers.of(l.Relay).Sign(make([]byte, 0, len(body)+signRoom), body, o)
}

// signRoom is room for what signing adds: TLVs 19 and 20, both MICs, end and padding.
const signRoom = 64

// mtaHash is the hash that goes into the MTA files of a class.
func mtaHash(class *Class) (configfile.Hash, error) {
	if class.Hash == "" {
		return configfile.HashNA, nil
	}
	return configfile.ParseHash(class.Hash)
}

// identity tells files apart: the CM MIC of a modem's file, the SHA-1 of an MTA's.
func identity(file []byte, mta bool) []byte {
	const mics = 2 * (2 + md5.Size)
	if mta {
		sum := sha1.Sum(file)
		return sum[:]
	}
	end := bytes.TrimRight(file, "\x00") // what is left ends with the end mark
	if len(end) < mics+1 {
		return nil
	}
	at := len(end) - 1 - mics + 2
	return end[at : at+md5.Size]
}

// reveal opens the password of a service.
func (s *Service) reveal(sealed itms.Sealed) (string, error) {
	secret, err := s.Unseal(sealed)
	return secret.Reveal(), err
}

// content is a file as the TFTP server sends it.
func (s *Service) content(name string, f *file) tftp.Content {
	return tftp.Content{Bytes: f.bytes, Done: func(r tftp.Result) { s.sent(name, f, r) }}
}

// sent notes that a file was sent, or that it was not.
func (s *Service) sent(name string, f *file, r tftp.Result) {
	s.metrics.files.WithLabelValues(r.Outcome.String()).Inc()
	if !r.Complete {
		return
	}
	f.told.At = itms.Timestamp(s.Clock())
	s.notes.fetch(itms.CableFetch{Lease: f.lease, File: f.told})
	if f.class.Once {
		s.notes.spend(spending{f.lease.Address, name})
	}
}

// askingOf is what the holder of a lease told when it asked for it.
func askingOf(l *itms.Lease) *dhcp.Asking {
	a := &dhcp.Asking{Kind: l.Kind, MAC: l.MAC, Modem: l.Modem, Relay: l.Relay, Hostname: l.Hostname, VendorClass: l.Vendor}
	// A lease holds nothing but what was written as hex.
	a.ClientID, _ = hex.DecodeString(l.ClientID)
	a.Circuit, _ = hex.DecodeString(l.Circuit)
	a.Remote, _ = hex.DecodeString(l.Remote)
	return a
}

// spending is a name that was used.
type spending struct {
	address netip.Addr
	name    string
}

// spendTimeout bounds the noting of one used name.
const spendTimeout = 10 * time.Second

// spendAll notes used names.
func (s *Service) spendAll(list []spending) {
	for _, each := range list {
		ctx, cancel := context.WithTimeout(context.Background(), spendTimeout)
		if err := s.spend(ctx, each.address, each.name); err != nil {
			s.Logger.Error().Err(err).Stringer("address", each.address).Msg("cable: that a file name was used could not be noted")
		}
		cancel()
	}
}
