//go:build race

package configfile

const raceDetector = true // it drops what is pooled
