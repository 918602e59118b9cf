package api

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"itms"
)

// usersPath is the collection of users.
const usersPath = base + "/users"

// userListInput pages through users.
type userListInput struct {
	Cursor string `query:"cursor" doc:"Next of the answer before."`
	Limit  int    `query:"limit" minimum:"1" maximum:"500" doc:"Most items wanted; 50 when left out." example:"50"`
}

// userInput names one user.
type userInput struct {
	Name string `path:"name" doc:"Name of the user." example:"li.wei"`
}

// setUserInput names one user and has a document, as bytes: see decode.
type setUserInput struct {
	Name    string `path:"name" doc:"Name of the user." example:"li.wei"`
	RawBody []byte `contentType:"application/json"`
}

// addUserRequest is a new user.
type addUserRequest struct {
	Name     string   `json:"name" doc:"1 to 64 small letters, digits, . _ - or @." example:"li.wei"`
	Password password `json:"password,omitzero" doc:"At least 12 characters; one is made when left out. It must be changed at the first sign-in."`

	DisplayName string   `json:"displayName,omitempty" example:"Li Wei"`
	Role        role     `json:"role"`
	Areas       []string `json:"areas,omitempty" doc:"Beginnings of area codes that the user sees and acts in; empty = everywhere." example:"[\"51\"]"`
	Disabled    bool     `json:"disabled,omitempty" doc:"May not sign in yet."`
}

// resetRequest is a new password for somebody else.
type resetRequest struct {
	Password password `json:"password,omitzero" doc:"At least 12 characters; one is made when left out. It must be changed at the next sign-in."`
}

// setUserRequest is what may be changed of a user. What is left out is emptied.
type setUserRequest struct {
	DisplayName string   `json:"displayName,omitempty" example:"Li Wei"`
	Role        role     `json:"role"`
	Areas       []string `json:"areas,omitempty" doc:"Beginnings of area codes that the user sees and acts in; empty = everywhere." example:"[\"51\"]"`
	Disabled    bool     `json:"disabled,omitempty" doc:"May not sign in; open sessions end."`
}

// request makes the domain's form of it.
func (r *setUserRequest) request() itms.UserRequest {
	return itms.UserRequest{DisplayName: r.DisplayName, Role: itms.Role(r.Role), Areas: r.Areas, Disabled: r.Disabled}
}

// userView is one user.
type userView struct {
	Name        string     `json:"name" example:"li.wei"`
	DisplayName string     `json:"displayName,omitempty" example:"Li Wei"`
	Role        role       `json:"role"`
	Areas       []string   `json:"areas" doc:"Beginnings of area codes; empty = everywhere. Never null."`
	Disabled    bool       `json:"disabled"`
	PasswordDue bool       `json:"passwordDue" doc:"The password must be changed at the next sign-in."`
	SignsInBy   signInWay  `json:"signsInBy"`
	SignedInAt  *time.Time `json:"signedInAt,omitempty" doc:"When the user signed in last; absent before the first time."`
	CreatedAt   time.Time  `json:"createdAt"`
	UpdatedAt   time.Time  `json:"updatedAt"`
}

// newUserView is one user with the password that was made, which is shown this once.
type newUserView struct {
	User    userView `json:"user"`
	OneTime string   `json:"password,omitempty" doc:"Shown this once; it must be changed at the first sign-in. Absent when one was given." example:"kx7m-4hpa-w3rd-9tez"`
}

// oneTimeView is a password that was made.
type oneTimeView struct {
	OneTime string `json:"password,omitempty" doc:"Shown this once; it must be changed at the next sign-in. Absent when one was given." example:"kx7m-4hpa-w3rd-9tez"`
}

// Answers.
type (
	userOutput    struct{ Body userView }
	oneTimeOutput struct{ Body oneTimeView }
	newUserOutput struct {
		Location string `header:"Location" doc:"Of the user."`
		Body     newUserView
	}
)

// userRoutes registers the operations on users.
func (s *Server) userRoutes() {
	if s.opts.People == nil {
		return
	}
	one := usersPath + "/{name}"
	problems := []int{http.StatusBadRequest, http.StatusConflict, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType, http.StatusUnprocessableEntity}
	add(s, route{method: http.MethodGet, path: usersPath, id: "list-users", tag: "Users", summary: "List users", description: "By name.",
		needs: usersManage, example: pageOf[userView]{Items: []userView{exampleUser()}}, problems: []int{http.StatusUnprocessableEntity}}, s.listUsers)
	add(s, route{method: http.MethodPost, path: usersPath, id: "add-user", tag: "Users", summary: "Make a user",
		description: "With a one-time password, unless one is given.", needs: usersManage, status: http.StatusCreated, body: smallBody,
		example: newUserView{exampleUser(), exampleOneTime}, problems: problems}, s.addUser)
	describeBody[addUserRequest](s, usersPath, map[string]any{"name": "li.wei", "displayName": "Li Wei", "role": itms.RoleHelpDesk, "areas": []string{"51"}})
	add(s, route{method: http.MethodGet, path: one, id: "get-user", tag: "Users", summary: "Show a user", description: "Without any password.",
		needs: usersManage, example: exampleUser(), problems: []int{http.StatusNotFound}}, s.getUser)
	add(s, route{method: http.MethodPut, path: one, id: "set-user", tag: "Users", summary: "Change a user",
		description: "It acts at once, on open sessions too. USER_STATE when no admin were left.", needs: usersManage, body: smallBody,
		example: exampleUser(), problems: append(problems, http.StatusNotFound)}, s.setUser)
	describeBody[setUserRequest](s, one, map[string]any{"displayName": "Li Wei", "role": itms.RoleOperator})
	add(s, route{method: http.MethodDelete, path: one, id: "delete-user", tag: "Users", summary: "Remove a user",
		description: "What the user did stays in the audit.", needs: usersManage, example: exampleUser(),
		problems: []int{http.StatusNotFound, http.StatusConflict}}, s.deleteUser)
	add(s, route{method: http.MethodPost, path: one + "/password", id: "reset-password", tag: "Users", summary: "Give a user a one-time password",
		description: "For who forgot it. Open sessions end. Without a body one is made and shown.", needs: usersManage, body: smallBody,
		example: oneTimeView{exampleOneTime}, problems: append(problems, http.StatusNotFound)}, s.resetPassword)
	describeBody[resetRequest](s, one+"/password", map[string]any{}).RequestBody.Required = false
	add(s, route{method: http.MethodPost, path: one + "/sign-out", id: "end-sessions", tag: "Users", summary: "End the sessions of a user",
		description: "The user may sign in again.", needs: usersManage, status: http.StatusNoContent, problems: []int{http.StatusNotFound}}, s.endSessions)
}

// userList marks the cursors of the user list.
const userList = "users"

// listUsers lists users by name.
func (s *Server) listUsers(ctx context.Context, in *userListInput) (*listOutput[userView], error) {
	after, err := readCursor(userList, in.Cursor)
	if err != nil {
		return nil, err
	}
	limit := limitOf(in.Limit)
	users, err := s.opts.People.Users(ctx, after, limit+1)
	if err != nil {
		return nil, err
	}
	return newPage(userList, users, limit, func(u *itms.User) string { return u.Name }, viewUser), nil
}

// addUser makes a user.
func (s *Server) addUser(ctx context.Context, in *rawInput) (*newUserOutput, error) {
	body, err := bodyOf[addUserRequest](ctx, s, in.RawBody)
	if err != nil {
		return nil, err
	}
	req := itms.UserRequest{Name: body.Name, DisplayName: body.DisplayName, Role: itms.Role(body.Role), Areas: body.Areas, Disabled: body.Disabled,
		Password: body.Password.Secret}
	u, oneTime, err := s.opts.People.AddUser(ctx, req)
	if err != nil {
		return nil, err
	}
	return &newUserOutput{usersPath + "/" + url.PathEscape(u.Name), newUserView{viewUser(u), oneTime.Reveal()}}, nil
}

// getUser shows a user.
func (s *Server) getUser(ctx context.Context, in *userInput) (*userOutput, error) {
	return answerUser(s.opts.People.User(ctx, in.Name))
}

// setUser changes a user.
func (s *Server) setUser(ctx context.Context, in *setUserInput) (*userOutput, error) {
	body, err := bodyOf[setUserRequest](ctx, s, in.RawBody)
	if err != nil {
		return nil, err
	}
	return answerUser(s.opts.People.SetUser(ctx, in.Name, body.request()))
}

// deleteUser removes a user.
func (s *Server) deleteUser(ctx context.Context, in *userInput) (*userOutput, error) {
	return answerUser(s.opts.People.DeleteUser(ctx, in.Name))
}

// resetPassword gives a user a one-time password.
func (s *Server) resetPassword(ctx context.Context, in *setUserInput) (*oneTimeOutput, error) {
	body := &resetRequest{}
	if len(in.RawBody) > 0 {
		var err error
		if body, err = bodyOf[resetRequest](ctx, s, in.RawBody); err != nil {
			return nil, err
		}
	}
	oneTime, err := s.opts.People.ResetPassword(ctx, in.Name, body.Password.Secret)
	if err != nil {
		return nil, err
	}
	return &oneTimeOutput{oneTimeView{oneTime.Reveal()}}, nil
}

// endSessions ends the sessions of a user.
func (s *Server) endSessions(ctx context.Context, in *userInput) (*doneOutput, error) {
	return &doneOutput{}, s.opts.People.EndSessions(ctx, in.Name, "")
}

// answerUser shows a user unless something went wrong.
func answerUser(u *itms.User, err error) (*userOutput, error) {
	if err != nil {
		return nil, err
	}
	return &userOutput{viewUser(u)}, nil
}

// viewUser shows a user.
func viewUser(u *itms.User) userView {
	v := userView{Name: u.Name, DisplayName: u.DisplayName, Role: role(u.Role), Areas: shownAreas(u.Areas), Disabled: u.Disabled,
		PasswordDue: u.PasswordDue, SignsInBy: signInWay(itms.ByPassword), CreatedAt: u.CreatedAt, UpdatedAt: u.UpdatedAt}
	if u.Subject != "" {
		v.SignsInBy = signInWay(itms.ByOIDC)
	}
	if !u.SignedInAt.IsZero() {
		v.SignedInAt = &u.SignedInAt
	}
	return v
}
