package config

import (
	"slices"
	"strings"

	"itms"
)

// people checks what sign-ins need.
func (p *problems) people() {
	o := &p.config.Web.OIDC
	p.webURL("web.oidc.issuer", o.Issuer)
	if o.Issuer == "" {
		return
	}
	if p.config.Web.PublicURL == "" {
		p.wrong("web.oidc.issuer", "needs web.publicUrl, which the provider sends browsers back to")
	}
	for key, value := range map[string]string{"clientId": o.ClientID, "name": o.Name, "nameClaim": o.NameClaim, "rolesClaim": o.RolesClaim} {
		if value == "" {
			p.wrong("web.oidc."+key, "is empty; issuer needs it")
		}
	}
	if o.ClientSecret != "" && o.ClientSecretFile != "" {
		p.wrong("web.oidc.clientSecret", "expected one of clientSecret and clientSecretFile")
	}
	if len(o.Roles) == 0 {
		p.wrong("web.oidc.roles", "is empty: nobody would have a role")
	}
	for _, entry := range o.Roles {
		word, role, ok := strings.Cut(entry, "=")
		if !ok || strings.TrimSpace(word) == "" || !slices.Contains(itms.Roles, itms.Role(strings.TrimSpace(role))) {
			p.wrong("web.oidc.roles", "%q: expected WORD=ROLE with a role of %s", entry, roleNames())
		}
	}
}

// roleNames lists the roles.
func roleNames() string {
	var names []string
	for _, role := range itms.Roles {
		names = append(names, string(role))
	}
	return strings.Join(names, ", ")
}
