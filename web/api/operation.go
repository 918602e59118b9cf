package api

import (
	"context"
	"io"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humachi"

	"itms"
)

// The paths of the system itself.
const (
	systemPath = base + "/system"
	backupPath = systemPath + "/backup"
)

// System tells of the process and its store.
type System interface {
	// System describes them.
	System(ctx context.Context) (SystemInfo, error)
	// Backup returns what writes a consistent copy of the store, which stays in use.
	// Errors: CodeUnsupported where the store has its own tools for that.
	Backup() (write func(io.Writer) error, err error)
}

// SystemInfo is the process and its store.
type SystemInfo struct {
	Nodes   []NodeInfo `json:"nodes" doc:"Processes that share the store and gave a sign of life in the last 35 s; never null."`
	Store   StoreInfo  `json:"store"`
	Started time.Time  `json:"started" doc:"When this process started."`
}

// NodeInfo is one process.
type NodeInfo struct {
	Name string    `json:"name" example:"node-1"`
	URL  string    `json:"url,omitempty" doc:"Where other nodes reach it." example:"http://192.0.2.1:7547"`
	Seen time.Time `json:"seen" doc:"Its last sign of life."`
}

// StoreInfo is where everything is kept.
type StoreInfo struct {
	Kind  string `json:"kind" enum:"bolt,postgres"`
	Bytes int64  `json:"bytes" doc:"Size on disk." example:"104857600"`
	Path  string `json:"path,omitempty" doc:"File of an embedded store." example:"/var/lib/itms/itms.db"`
}

// systemView is the process and its store as shown.
type systemView struct {
	Version string `json:"version" example:"1.0.0"`
	Node    string `json:"node,omitempty" doc:"That answered." example:"node-1"`
	SystemInfo
	Counts systemCountsView `json:"counts"`
}

// systemCountsView says how much there is.
type systemCountsView struct {
	Devices    int `json:"devices" example:"1000"`
	OpenOrders int `json:"openOrders" example:"42"`
	OpenTasks  int `json:"openTasks" example:"12"`
}

// systemOutput is the system.
type systemOutput struct{ Body systemView }

// operationRoutes registers the calls when there is somebody who can tell.
func (s *Server) operationRoutes() {
	if s.opts.System == nil {
		return
	}
	add(s, route{method: http.MethodGet, path: systemPath, id: "get-system", tag: "Operation", summary: "What runs here?",
		description: "Version, nodes, store. The counts may be some seconds old.", needs: systemRead,
		example: systemView{Version: "1.0.0", Node: "node-1", SystemInfo: SystemInfo{Nodes: []NodeInfo{{"node-1", "http://192.0.2.1:7547", exampleTime}},
			Store: StoreInfo{"bolt", 104857600, "/var/lib/itms/itms.db"}, Started: exampleTime}, Counts: systemCountsView{1000, 42, 12}}}, s.getSystem)
	add(s, route{method: http.MethodPost, path: backupPath, id: "back-up", tag: "Operation", summary: "Copy the store",
		description: "The answer is a consistent copy of an embedded store, which stays in use meanwhile; put it back with itms restore. The key file is not part of it. " +
			"Of PostgreSQL, use pg_dump (UNSUPPORTED). A copy that broke off is an answer that ends too early.",
		needs: systemBackup, media: octets, problems: []int{http.StatusNotImplemented}, example: "..."}, s.backUp)
	s.api.OpenAPI().Paths[backupPath].Post.Responses["200"].Content[octets].Schema = &huma.Schema{Type: huma.TypeString, Format: "binary"}
}

// getSystem describes the system.
func (s *Server) getSystem(ctx context.Context, _ *noInput) (*systemOutput, error) {
	info, err := s.opts.System.System(ctx)
	if err != nil {
		return nil, err
	}
	fleet, err := s.getFleet(ctx, nil)
	if err != nil {
		return nil, err
	}
	open, _, err := s.opened.get(scopeOf(ctx), func() (int, error) { return s.countOpen(ctx) })
	if err != nil {
		return nil, err
	}
	info.Nodes = append([]NodeInfo{}, info.Nodes...)
	return &systemOutput{systemView{s.opts.Version, s.opts.Node, info, systemCountsView{fleet.Body.Total, open, fleet.Body.OpenTasks}}}, nil
}

// countOpen counts the orders that are not over.
func (s *Server) countOpen(ctx context.Context) (n int, err error) {
	err = s.opts.Store.View(ctx, func(tx itms.Tx) error {
		counts, err := tx.Orders().Count(itms.OrderCount{Lights: openLights})
		n = 0
		for _, count := range counts {
			n += count
		}
		return err
	})
	return n, err
}

// backupPatience is the longest that a copy may take: a terabyte over a gigabit line.
const backupPatience = 3 * time.Hour

// backUp streams a copy.
func (s *Server) backUp(ctx context.Context, _ *noInput) (*streamOutput, error) {
	if err := everywhere(ctx); err != nil {
		return nil, err
	}
	write, err := s.opts.System.Backup()
	if err != nil {
		return nil, err
	}
	rec := recordOf(ctx)
	err = s.opts.Store.Update(ctx, func(tx itms.Tx) error {
		return tx.Journal().Append(&itms.Event{At: itms.Timestamp(s.now()), Type: "system.backup", Actor: rec.actor, Text: "the store was copied by " + rec.actor})
	})
	if err != nil {
		return nil, err
	}
	if err := rec.patient(backupPatience); err != nil {
		return nil, err
	}
	return &streamOutput{func(hc huma.Context) {
		_, w := humachi.Unwrap(hc)
		w.Header().Set("Content-Type", octets)
		w.Header().Set("Content-Disposition", `attachment; filename="itms-`+s.now().UTC().Format("20060102-150405")+`.db"`)
		if err := write(w); err != nil {
			rec.cause = err
			panic(http.ErrAbortHandler) // half a copy must not look like a whole one
		}
	}}, nil
}
