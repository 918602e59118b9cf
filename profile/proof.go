package profile

import (
	"go.yaml.in/yaml/v3"

	"itms"
)

// proof is one parameter that shows that the service works.
type proof struct {
	names []path
	shows string
	holds func(string) bool
}

// proofs reads the list of evidence.
func (r *reader) proofs(n *yaml.Node) []proof {
	var out []proof
	for _, item := range r.list(n) {
		f := r.fields(item, "proof", "name", "names", "shows", "holds")
		if !isNamed(f) || f["shows"] == nil || f["holds"] == nil {
			r.fail(item, "proof: expected the keys shows and holds, and one of name and names")
			continue
		}
		p := proof{names: r.plainNames(f), shows: r.text(f["shows"], "shows")}
		if p.shows == "" || checkText(p.shows) != nil {
			r.fail(f["shows"], "shows: expected words for people, such as \"logged in at the IPTV platform\"")
		}
		if e := r.expression(f["holds"], "holds", &proofEnv{}, boolKind); e != nil {
			p.holds = e.holdsFor
		}
		out = append(out, p)
	}
	return out
}

// holdsFor reports whether a value proves what it should; one that the condition
// cannot be computed for proves nothing.
func (e *expression) holdsFor(value string) bool {
	yes, err := e.holds(&proofEnv{value})
	return err == nil && yes
}

// prove adds the evidence, in the order of the document.
func (p *Profile) prove(r *result) {
	for _, q := range p.proof {
		r.Proof = append(r.Proof, itms.WantedProof{Names: under(q.names, r.root), Text: q.shows, Holds: q.holds})
	}
}
