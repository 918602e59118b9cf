package sim

import (
	"context"
	"net/netip"
)

// Move is somebody who carries the box to another place: it has other addresses
// there and boots. It waits for a session under way. The error says that the state
// file could not be written, or that ctx ended.
func (c *CPE) Move(ctx context.Context) error {
	if err := c.acquire(ctx); err != nil {
		return err
	}
	defer c.release()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.move()
	return c.save(c.config.StatePath)
}

// move is Move without the lock and the file.
func (c *CPE) move() {
	c.reboot()
	for _, place := range c.schema.model.Places {
		path := c.path(place)
		if before, exists := c.Values[path]; exists {
			c.change(path, elsewhere(before))
			c.Addresses[path] = c.Values[path]
		}
	}
}

// places are the networks for documentation (RFC 5737), which stand for places.
var places = []netip.Prefix{
	netip.MustParsePrefix("192.0.2.0/24"), netip.MustParsePrefix("198.51.100.0/24"), netip.MustParsePrefix("203.0.113.0/24"),
}

// elsewhere returns an address in the place after that of another: with the same
// last byte, if it is an address at all.
func elsewhere(address string) string {
	before, err := netip.ParseAddr(address)
	if err != nil || !before.Is4() {
		return address
	}
	next := places[0]
	for i, place := range places {
		if place.Contains(before) {
			next = places[(i+1)%len(places)]
		}
	}
	bytes := next.Addr().As4()
	bytes[3] = before.As4()[3]
	return netip.AddrFrom4(bytes).String()
}
