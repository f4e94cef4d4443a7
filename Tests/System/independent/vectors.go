package main

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"math/rand"

	"golang.org/x/mod/sumdb/tlog"
)

type inclusion struct {
	Size  int64    `json:"size"`
	Index int64    `json:"index"`
	Proof []string `json:"proof"`
}

type consistency struct {
	Older int64    `json:"older"`
	Size  int64    `json:"size"`
	Proof []string `json:"proof"`
}

type root struct {
	Size int64  `json:"size"`
	Root string `json:"root"`
}

// printVectors prints roots and proofs of the trees whose leaf n is the text "leaf n".
func printVectors(out io.Writer) {
	const largest = 70_000
	var stored []tlog.Hash
	reader := tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		found := make([]tlog.Hash, len(indexes))
		for i, index := range indexes {
			found[i] = stored[index]
		}
		return found, nil
	})
	for n := int64(0); n < largest; n++ {
		more, err := tlog.StoredHashes(n, []byte(fmt.Sprintf("leaf %d", n)), reader)
		if err != nil {
			fail(err)
		}
		stored = append(stored, more...)
	}
	random := rand.New(rand.NewSource(6962))
	sizes := []int64{1, 2, 3, 4, 5, 6, 7, 8, 255, 256, 257, 511, 512, 513, 65_535, 65_536, 65_537,
		largest}
	for i := 0; i < 24; i++ {
		sizes = append(sizes, 1+random.Int63n(largest))
	}
	var roots []root
	var inclusions []inclusion
	var consistencies []consistency
	for _, size := range sizes {
		hash, err := tlog.TreeHash(size, reader)
		if err != nil {
			fail(err)
		}
		roots = append(roots, root{size, encode(hash)})
		for _, index := range []int64{0, size - 1, random.Int63n(size)} {
			proof, err := tlog.ProveRecord(size, index, reader)
			if err != nil {
				fail(err)
			}
			inclusions = append(inclusions, inclusion{size, index, list(proof)})
		}
		for _, older := range []int64{1, (size + 1) / 2, 1 + random.Int63n(size)} {
			proof, err := tlog.ProveTree(size, older, reader)
			if err != nil {
				fail(err)
			}
			consistencies = append(consistencies, consistency{older, size, list(proof)})
		}
	}
	encoder := json.NewEncoder(out)
	encoder.SetIndent("", " ")
	if err := encoder.Encode(map[string]any{
		"note": "Made by Scripts/ledger-vectors with Go's golang.org/x/mod/sumdb/tlog; " +
			"leaf n is the text \"leaf n\".",
		"roots": roots, "inclusion": inclusions, "consistency": consistencies,
	}); err != nil {
		fail(err)
	}
}

func encode(hash tlog.Hash) string { return base64.StdEncoding.EncodeToString(hash[:]) }

func list(hashes []tlog.Hash) []string {
	texts := []string{}
	for _, hash := range hashes {
		texts = append(texts, encode(hash))
	}
	return texts
}
