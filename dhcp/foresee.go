package dhcp

import "itms"

// foreseeRequests is what look will ask for: a store that pays for each question asks for
// a whole batch at once.
func foreseeRequests(batch []*request) (f itms.Foresight) {
	for _, r := range batch {
		if r.blind() || r.kind() == typeLeaseQuery {
			continue
		}
		if addr := r.names(); addr.IsValid() {
			f.Leases = append(f.Leases, addr)
		}
		f.Clients = append(f.Clients, r.k.key)
	}
	return f
}

// foreseeJobs is what the commit of a batch will ask for.
func foreseeJobs(list []*job) (f itms.Foresight) {
	for _, j := range list {
		f.Leases = append(f.Leases, j.lease.Address)
		if j.req.v.act != actGrant {
			continue
		}
		f.Clients = append(f.Clients, j.lease.Client)
		if j.req.maxCPE() > 0 {
			f.Modems = append(f.Modems, j.req.asking.Modem)
		}
	}
	return f
}
