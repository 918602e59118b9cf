package workorder

import (
	"slices"

	"itms"
)

// learnAttributes notes what a device tells of parameters that are known. One that is
// not is left out: of it nothing but this would be known.
func (s *settlement) learnAttributes() {
	for _, a := range s.out.Attributes {
		p, known := s.tree.Get(a.Name)
		if !known {
			continue
		}
		was := p
		p.Notify, p.Access = itms.NotificationLevel(a.Notification), itms.ReadAccessList(a.AccessList)
		if was.Notify != itms.NotificationUnknown && was.Notify != p.Notify || was.Access != itms.AccessUnknown && was.Access != p.Access {
			s.device.Attributes.Done, s.device.Attributes.Written = false, nil // not what it should be, perhaps
		}
		s.dirty = s.tree.Set(p) || s.dirty
	}
}

// attributesWritten notes attributes that a device took, of a parameter or of all
// below an object.
func (s *settlement) attributesWritten(changes []itms.AttributeChange) {
	for _, c := range changes {
		for _, p := range slices.Collect(s.tree.Under(c.Name)) {
			if c.Notification != nil {
				p.Notify = itms.NotificationLevel(*c.Notification)
			}
			if c.AccessList != nil {
				p.Access = itms.ReadAccessList(*c.AccessList)
			}
			s.dirty = s.tree.Set(p) || s.dirty
		}
	}
}
