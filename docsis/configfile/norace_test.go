//go:build !race

package configfile

const raceDetector = false
