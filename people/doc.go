// Package people knows who may sign in: users and their passwords, the sessions of their
// browsers, API tokens, and whom an identity provider vouches for. What a role may do is
// for each door to say.
package people
