package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
)

// userCmd groups the commands for people.
type userCmd struct {
	Add     userAddCmd     `cmd:"" help:"Make a user who may sign in."`
	List    userListCmd    `cmd:"" help:"List users."`
	Passwd  userPasswdCmd  `cmd:"" help:"Give a user another password, which must be changed at the next sign-in."`
	Disable userDisableCmd `cmd:"" help:"Forbid a user to sign in; open sessions end."`
	Enable  userEnableCmd  `cmd:"" help:"Allow a disabled user to sign in again."`
	Remove  userRemoveCmd  `cmd:"" help:"Remove a user."`
}

// usersPath is the collection of users in the REST API.
const usersPath = "/api/v1/users"

// userPath is one of them.
func userPath(name string) string { return usersPath + "/" + url.PathEscape(name) }

// givenPassword is where a password comes from.
type givenPassword struct {
	PasswordFile string `placeholder:"FILE" help:"File whose first line is the password, - for standard input; one is made and printed when left out."`
}

// maxPasswordFile bounds what is read of it.
const maxPasswordFile = 4 << 10

// read returns the password, "" when none is given.
func (g givenPassword) read(e *env) (string, error) {
	in := e.in
	switch g.PasswordFile {
	case "":
		return "", nil
	case "-":
	default:
		f, err := os.Open(g.PasswordFile)
		if err != nil {
			return "", fmt.Errorf("read the password: %w", err)
		}
		defer f.Close()
		in = f
	}
	text, err := io.ReadAll(io.LimitReader(in, maxPasswordFile))
	if err != nil {
		return "", fmt.Errorf("read the password: %w", err)
	}
	line, _, _ := strings.Cut(string(text), "\n")
	if line = strings.TrimSuffix(line, "\r"); line == "" {
		return "", fmt.Errorf("read the password: the first line is empty")
	}
	return line, nil
}

// userAddCmd makes a user.
type userAddCmd struct {
	Config      string   `required:"" type:"path" placeholder:"FILE" help:"Configuration file."`
	Role        string   `required:"" enum:"admin,operator,technician,helpdesk,bss,readonly" help:"One of admin, operator, technician, helpdesk, bss, readonly."`
	Areas       []string `placeholder:"AREA" help:"Beginnings of area codes that the user sees and acts in, separated by commas; everywhere when left out."`
	DisplayName string   `placeholder:"TEXT" help:"Name that is shown."`
	givenPassword
	Name string `arg:"" help:"Name to sign in with: small letters, digits, . _ - or @."`
}

// Help shows an example.
func (userAddCmd) Help() string {
	return "The password must be changed at the first sign-in. One that was made is the last line printed.\n\n" +
		"Example: itms user add --config itms.yaml --role helpdesk --areas 51 li.wei"
}

// Run makes the user.
func (cmd userAddCmd) Run(e *env) error {
	password, err := cmd.read(e)
	if err != nil {
		return err
	}
	return askPassword(e, cmd.Config, usersPath, map[string]any{"name": cmd.Name, "role": cmd.Role, "areas": cmd.Areas,
		"displayName": cmd.DisplayName, "password": password}, "user "+cmd.Name+" may sign in")
}

// askPassword makes a call whose answer may have a one-time password, and prints it.
func askPassword(e *env, config, path string, doc map[string]any, done string) error {
	if doc["password"] == "" {
		delete(doc, "password")
	}
	body, err := json.Marshal(doc)
	if err != nil {
		return err
	}
	return withClient(e, config, func(c *localClient) error {
		resp, err := c.call(e.ctx, http.MethodPost, path, bytes.NewReader(body))
		if err != nil {
			return err
		}
		defer resp.Body.Close()
		var made struct {
			Password string `json:"password"`
		}
		if err := json.NewDecoder(resp.Body).Decode(&made); err != nil {
			return err
		}
		if made.Password == "" {
			_, err = fmt.Fprintf(e.err, "%s, with the password given, which must be changed then\n", done)
			return err
		}
		fmt.Fprintf(e.err, "%s, with this one-time password; it is shown this once:\n", done)
		_, err = fmt.Fprintln(e.out, made.Password)
		return err
	})
}

// userListCmd lists users.
type userListCmd struct {
	Config string `required:"" type:"path" placeholder:"FILE" help:"Configuration file."`
	Cursor string `help:"Next of the answer before."`
}

// Help shows an example.
func (userListCmd) Help() string { return "Example: itms user list --config itms.yaml" }

// Run lists them.
func (cmd userListCmd) Run(e *env) error {
	query := filled(map[string]string{"limit": "500", "cursor": cmd.Cursor})
	return withClient(e, cmd.Config, func(c *localClient) error { return c.show(e, http.MethodGet, usersPath+"?"+query.Encode(), nil) })
}

// userPasswdCmd gives a user another password.
type userPasswdCmd struct {
	Config string `required:"" type:"path" placeholder:"FILE" help:"Configuration file."`
	givenPassword
	Name string `arg:"" help:"Name of the user."`
}

// Help shows an example.
func (userPasswdCmd) Help() string {
	return "Open sessions end. A password that was made is the last line printed.\n\nExample: itms user passwd --config itms.yaml li.wei"
}

// Run gives it.
func (cmd userPasswdCmd) Run(e *env) error {
	password, err := cmd.read(e)
	if err != nil {
		return err
	}
	return askPassword(e, cmd.Config, userPath(cmd.Name)+"/password", map[string]any{"password": password}, "user "+cmd.Name+" may sign in again")
}

// userDisableCmd forbids a user to sign in.
type userDisableCmd struct {
	Config string `required:"" type:"path" placeholder:"FILE" help:"Configuration file."`
	Name   string `arg:"" help:"Name of the user."`
}

// Help shows an example.
func (userDisableCmd) Help() string { return "Example: itms user disable --config itms.yaml li.wei" }

// Run forbids it.
func (cmd userDisableCmd) Run(e *env) error { return setDisabled(e, cmd.Config, cmd.Name, true) }

// userEnableCmd allows a user to sign in again.
type userEnableCmd struct {
	Config string `required:"" type:"path" placeholder:"FILE" help:"Configuration file."`
	Name   string `arg:"" help:"Name of the user."`
}

// Help shows an example.
func (userEnableCmd) Help() string { return "Example: itms user enable --config itms.yaml li.wei" }

// Run allows it.
func (cmd userEnableCmd) Run(e *env) error { return setDisabled(e, cmd.Config, cmd.Name, false) }

// setDisabled changes one thing of a user.
func setDisabled(e *env, config, name string, disabled bool) error {
	return withClient(e, config, func(c *localClient) error {
		resp, err := c.call(e.ctx, http.MethodGet, userPath(name), nil)
		if err != nil {
			return err
		}
		defer resp.Body.Close()
		var u struct {
			DisplayName string   `json:"displayName,omitempty"`
			Role        string   `json:"role"`
			Areas       []string `json:"areas"`
			Disabled    bool     `json:"disabled"`
		}
		if err := json.NewDecoder(resp.Body).Decode(&u); err != nil {
			return err
		}
		u.Disabled = disabled
		return c.submit(e, http.MethodPut, userPath(name), u)
	})
}

// userRemoveCmd removes a user.
type userRemoveCmd struct {
	Config string `required:"" type:"path" placeholder:"FILE" help:"Configuration file."`
	Name   string `arg:"" help:"Name of the user."`
}

// Help shows an example.
func (userRemoveCmd) Help() string { return "Example: itms user remove --config itms.yaml li.wei" }

// Run removes the user.
func (cmd userRemoveCmd) Run(e *env) error {
	return withClient(e, cmd.Config, func(c *localClient) error { return c.show(e, http.MethodDelete, userPath(cmd.Name), nil) })
}
