package profile

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"

	"go.yaml.in/yaml/v3"
)

// digestLength is how many hex digits tell contents apart: 64 bits, for the few
// hundred versions a profile will ever have.
const digestLength = 16

// digestOf hashes what a document says. Comments, quoting and layout are left out:
// a change of these must not send the whole fleet through a new push.
func digestOf(n *yaml.Node) string {
	h := sha256.New()
	hashNode(h, n)
	return hex.EncodeToString(h.Sum(nil))[:digestLength]
}

// hashNode writes a node unambiguously: kind, length, then text or children.
func hashNode(h hash.Hash, n *yaml.Node) {
	fmt.Fprintf(h, "%d %d %d %s;", n.Kind, len(n.Content), len(n.Value), n.Value)
	for _, child := range n.Content {
		hashNode(h, child)
	}
}
