//go:build unix

package tftp

import "syscall"

// passingErrors are those of a process or system that is short of something.
var passingErrors = []error{syscall.EMFILE, syscall.ENFILE, syscall.ENOMEM, syscall.EIO, syscall.EINTR}
