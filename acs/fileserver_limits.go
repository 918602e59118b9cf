package acs

import "time"

// Limits of the file door. Where nothing is said here, those of the CWMP door count.
const (
	// fileSeats is how many requests may move content at once: with fileBuffer each,
	// 32 MiB. More are asked to come again.
	fileSeats = 1024
	// fileUploads is how many of them may be uploads, which hold a chunk each: 16 MiB.
	fileUploads = 64
	// fileBuffer is what a download holds besides the shared chunks. A slow reader holds
	// this and nothing else: a chunk is asked for anew for every piece of it.
	fileBuffer = 32 << 10
	// cachedChunks bounds the chunks that all downloads share: 16 MiB. A fleet that
	// fetches one firmware is served out of a few of them.
	cachedChunks = 64
	// chunkTime is when a read of a chunk is given up: a second is long for one.
	chunkTime = 30 * time.Second
	// defaultMaxUpload is far above configurations and logs of gateways, which are below
	// 1 MiB, and of boxes that send all they have, 30 MiB.
	defaultMaxUpload = 64 << 20
	// partsRoom is what a form may take besides the file in it.
	partsRoom = 64 << 10
	// maxParts bounds the fields before the file of a form; real ones have a few.
	maxParts = 16
	// stallTime is how long a piece of fileBuffer bytes may take, in either direction:
	// 550 byte/s, less than a modem of 9600 baud.
	stallTime = time.Minute
	// fileIdle is how long a connection may wait for its next request.
	fileIdle = time.Minute
	// useNoteTime bounds the note of what a request did, after its device may be gone.
	useNoteTime = 10 * time.Second
)

// fileRealm is the realm of the file door's challenges; another one than that of the
// CWMP door, so that no device offers the credentials of one to the other.
const fileRealm = "itms-files"
