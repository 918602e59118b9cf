package main

import "net/http"

// statsCmd groups the statistics.
type statsCmd struct {
	ZeroTouch statsZeroTouchCmd `cmd:"" help:"How well zero-touch goes, with the formula of each rate."`
}

// statsZeroTouchCmd counts how orders ended.
type statsZeroTouchCmd struct {
	Config string `required:"" type:"path" placeholder:"FILE" help:"Configuration file."`
	By     string `enum:",area,vendor,model,firmware,kind,mode,day,access,way" default:"" help:"area, vendor, model, firmware, kind, mode, day, access or way; the total only when left out."`
	From   string `placeholder:"DAY" help:"First day, in UTC; 29 days before --to when left out."`
	To     string `placeholder:"DAY" help:"Last day, in UTC; today when left out."`
}

// Help shows an example.
func (statsZeroTouchCmd) Help() string {
	return "Example: itms stats zero-touch --config itms.yaml --by area --from 2026-10-01 --to 2026-10-31"
}

// Run counts.
func (cmd statsZeroTouchCmd) Run(e *env) error {
	q := filled(map[string]string{"by": cmd.By, "from": cmd.From, "to": cmd.To})
	return withClient(e, cmd.Config, func(c *localClient) error {
		return c.show(e, http.MethodGet, "/api/v1/stats/zero-touch?"+q.Encode(), nil)
	})
}
