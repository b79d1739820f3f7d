//go:build tools

// Package tools pins the node that the consortium runs: go.mod its version, go.sum the content of every module.
package tools

import _ "github.com/kaiachain/kaia/cmd/kcn"
