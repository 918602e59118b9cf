package itms

import "hash/crc32"

// BlockSum is the checksum that a stored block should have.
func BlockSum(data []byte) uint32 { return crc32.Checksum(data[blockHeader:], castagnoli) }
