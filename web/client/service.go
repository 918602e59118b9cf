package client

import (
	"context"
	"net/url"
	"strconv"
	"time"
)

// ServiceSpec is the content of a service, without its secrets.
type ServiceSpec struct {
	ID            string  `json:"id,omitempty"`
	Type          string  `json:"type,omitempty"`
	Package       string  `json:"package,omitempty"`
	Account       string  `json:"account,omitempty"`
	AuthURL       string  `json:"authUrl,omitempty"`
	AuthURLBackup string  `json:"authUrlBackup,omitempty"`
	Access        *Access `json:"access,omitempty"`
}

// Access is how the device gets onto the network, without its password.
type Access struct {
	Type     string `json:"type,omitempty"`
	Account  string `json:"account,omitempty"`
	DownKbps int    `json:"downKbps,omitempty"`
	UpKbps   int    `json:"upKbps,omitempty"`
}

// Service is the slot of a subscriber.
type Service struct {
	ServiceSpec
	Subscriber Subscriber        `json:"subscriber"`
	Line       Line              `json:"line"`
	State      string            `json:"state"`
	DesiredRev int64             `json:"desiredRev"` // what was ordered
	AppliedRev int64             `json:"appliedRev"` // what the device holds
	Bindings   []Binding         `json:"bindings"`
	Attributes map[string]string `json:"attributes,omitempty"`
	CreatedAt  time.Time         `json:"createdAt"`
	UpdatedAt  time.Time         `json:"updatedAt"`
}

// Binding ties a device to a service.
type Binding struct {
	ID         string    `json:"id"`
	Generation int       `json:"generation"`
	State      string    `json:"state"`
	Device     string    `json:"device,omitempty"`
	Claim      *Claim    `json:"claim,omitempty"`
	Order      string    `json:"order,omitempty"`
	Way        string    `json:"way,omitempty"`
	CreatedAt  time.Time `json:"createdAt"`
	UpdatedAt  time.Time `json:"updatedAt"`
}

// Service returns a service. Errors: CodeNotFound.
func (c *Client) Service(ctx context.Context, id string) (*Service, error) {
	return get[Service](ctx, c, base+"/services/"+url.PathEscape(id), nil)
}

// Hit is a thing that a search found.
type Hit struct {
	Kind   string `json:"kind"` // "device", "order", "service", ...
	ID     string `json:"id"`
	Title  string `json:"title"`
	Link   string `json:"link"` // path of the API
	Exact  bool   `json:"exact"`
	Device string `json:"device,omitempty"`
}

// Search finds things by any name that they have, at most limit of them; 0 = the server's
// usual number.
func (c *Client) Search(ctx context.Context, text string, limit int) ([]Hit, error) {
	q := url.Values{"q": {text}}
	if limit > 0 {
		q.Set("limit", strconv.Itoa(limit))
	}
	found, err := get[page[Hit]](ctx, c, base+"/search", q)
	if err != nil {
		return nil, err
	}
	return found.Items, nil
}

// StatsQuery says what to count.
type StatsQuery struct {
	By   string    // "area", "model", "vendor", "profile", "kind", ...; "" = by area
	From time.Time // day; zero = 30 days ago
	To   time.Time // day; zero = today
}

// Stats counts how orders ended.
type Stats struct {
	From  string  `json:"from"`
	To    string  `json:"to"`
	By    string  `json:"by"`
	Total Tally   `json:"total"`
	Items []Keyed `json:"items"`
}

// Tally counts endings. Rates are nil where there is nothing to count.
type Tally struct {
	Installs          int64    `json:"installs"`
	ZeroTouchInstalls int64    `json:"zeroTouchInstalls"`
	ZeroTouchRate     *float64 `json:"zeroTouchRate"`
	Done              int64    `json:"done"`
	Failed            int64    `json:"failed"`
	SuccessRate       *float64 `json:"successRate"`
	Cancelled         int64    `json:"cancelled"`
	Expired           int64    `json:"expired"`
	Rejected          int64    `json:"rejected"`
	Superseded        int64    `json:"superseded"`
}

// Keyed is a Tally of one key.
type Keyed struct {
	Key string `json:"key"`
	Tally
}

// ZeroTouch counts how many installs needed nobody.
func (c *Client) ZeroTouch(ctx context.Context, q StatsQuery) (*Stats, error) {
	return get[Stats](ctx, c, base+"/stats/zero-touch", filled(map[string]string{"by": q.By, "from": day(q.From), "to": day(q.To)}))
}
