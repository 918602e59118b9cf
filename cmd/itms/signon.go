package main

import (
	"strings"

	"itms"
	"itms/people/oidc"
	"itms/web/api"
)

// newSignOn makes the identity provider of the configuration, nil when there is none.
func newSignOn(b *base) (api.SignOn, error) {
	c := b.config.Web.OIDC
	if c.Issuer == "" {
		return nil, nil
	}
	secret, err := cmtsSecret(b.config, "web.oidc.clientSecretFile", c.ClientSecretFile)
	if err != nil {
		return nil, err
	}
	if secret.IsZero() {
		secret = itms.NewSecret(c.ClientSecret)
	}
	roles := map[string]itms.Role{}
	for _, entry := range c.Roles {
		word, role, _ := strings.Cut(entry, "=")
		roles[strings.TrimSpace(word)] = itms.Role(strings.TrimSpace(role))
	}
	return oidc.New(oidc.Options{Name: c.Name, Issuer: c.Issuer, ClientID: c.ClientID, Secret: secret,
		Redirect: strings.TrimSuffix(b.config.Web.PublicURL, "/") + "/api/v1/oidc/callback", Scopes: c.Scopes,
		NameClaim: c.NameClaim, RolesClaim: c.RolesClaim, AreasClaim: c.AreasClaim, Roles: roles, Key: b.vault.Derive("sign-on flows")}), nil
}
