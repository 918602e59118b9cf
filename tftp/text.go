package tftp

import (
	"fmt"
	"io"
)

// asText is the content in netascii. A file that is too large for that is not there in
// this mode.
func asText(c Content) (Content, error) {
	plain, err := c.all()
	if err != nil {
		c.done(Result{Outcome: Broken})
		return Content{}, err
	}
	return Content{Bytes: netascii(plain), Done: c.Done}, nil
}

// all reads the whole content, up to maxText.
func (c *Content) all() ([]byte, error) {
	switch {
	case c.size() > maxText:
		return nil, fmt.Errorf("%w: %d octets are too many for netascii", ErrNotFound, c.size())
	case c.Reader == nil:
		return c.Bytes, nil
	}
	b := make([]byte, c.Size)
	_, err := io.ReadFull(io.NewSectionReader(c.Reader, 0, c.Size), b)
	return b, err
}
