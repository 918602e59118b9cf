package datamodel

// Index makes the index anew.
func Index() *Models { return index(text) }
