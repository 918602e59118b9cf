package storetest

import "testing"

func testModels(t *testing.T, _ Harness) {}
