// Checks a log of Outcry, and makes test vectors, with Go's own code for transparency logs
// (golang.org/x/mod/sumdb), which shares nothing with Outcry's.
//
//	independent vectors
//	independent check [-vkey KEY] [-older FILE]... FOLDER|URL
//
// Needs Debian's golang-go and golang-golang-x-mod-dev; see independent.py.
package main

import (
	"bytes"
	"encoding/binary"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const (
	tileHeight = 8
	tileWidth  = 1 << tileHeight
)

func main() {
	if len(os.Args) < 2 {
		fail(errors.New("say vectors or check"))
	}
	switch os.Args[1] {
	case "vectors":
		printVectors(os.Stdout)
	case "check":
		if err := check(os.Args[2:]); err != nil {
			fail(err)
		}
	default:
		fail(fmt.Errorf("there is no %q", os.Args[1]))
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

type fileList []string

func (l *fileList) String() string { return strings.Join(*l, " ") }

func (l *fileList) Set(name string) error {
	*l = append(*l, name)
	return nil
}

func check(arguments []string) error {
	flags := flag.NewFlagSet("check", flag.ExitOnError)
	vkey := flags.String("vkey", "", "the log's key; without it the one beside the log")
	var older fileList
	flags.Var(&older, "older", "a checkpoint from before")
	flags.Parse(arguments)
	if flags.NArg() != 1 {
		return errors.New("name one folder or address")
	}
	log := source(flags.Arg(0))
	if *vkey == "" {
		text, err := log.read("vkey")
		if err != nil {
			return err
		}
		*vkey = strings.TrimSpace(string(text))
	}
	verifier, err := note.NewVerifier(*vkey)
	if err != nil {
		return err
	}
	head, err := log.read("checkpoint")
	if err != nil {
		return err
	}
	tree, err := openCheckpoint(head, verifier)
	if err != nil {
		return err
	}
	hashes := tlog.TileHashReader(tree, log)
	if err := checkEntries(log, tree, hashes); err != nil {
		return err
	}
	for _, name := range older {
		if err := checkOlder(name, verifier, tree, hashes); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	fmt.Printf("%d %s\n", tree.N, tree.Hash)
	return nil
}

// openCheckpoint verifies a signed note and reads its three lines.
func openCheckpoint(text []byte, verifier note.Verifier) (tlog.Tree, error) {
	opened, err := note.Open(text, note.VerifierList(verifier))
	if err != nil {
		return tlog.Tree{}, err
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) < 4 || lines[0] != verifier.Name() {
		return tlog.Tree{}, errors.New("this is no checkpoint of the log")
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil || size < 0 || strconv.FormatInt(size, 10) != lines[1] {
		return tlog.Tree{}, fmt.Errorf("the size %q", lines[1])
	}
	root, err := tlog.ParseHash(lines[2])
	return tlog.Tree{N: size, Hash: root}, err
}

// checkEntries hashes every entry, compares it with its tile, and computes the root from the
// entries alone.
func checkEntries(log source, tree tlog.Tree, hashes tlog.HashReader) error {
	var stored []tlog.Hash
	own := tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		found := make([]tlog.Hash, len(indexes))
		for i, index := range indexes {
			found[i] = stored[index]
		}
		return found, nil
	})
	for start := int64(0); start < tree.N; start += tileWidth {
		width := tree.N - start
		if width > tileWidth {
			width = tileWidth
		}
		bundle, err := log.read(bundlePath(start/tileWidth, int(width)))
		if err != nil {
			return err
		}
		entries, err := split(bundle)
		if err != nil || int64(len(entries)) != width {
			return fmt.Errorf("bundle %d: %d entries: %v", start/tileWidth, len(entries), err)
		}
		var indexes []int64
		for i, entry := range entries {
			index := start + int64(i)
			more, err := tlog.StoredHashes(index, entry, own)
			if err != nil {
				return err
			}
			stored = append(stored, more...)
			indexes = append(indexes, tlog.StoredHashIndex(0, index))
		}
		tiled, err := hashes.ReadHashes(indexes)
		if err != nil {
			return err
		}
		for i, index := range indexes {
			if tiled[i] != stored[index] {
				return fmt.Errorf("entry %d is not what its tile says", start+int64(i))
			}
		}
	}
	if tree.N == 0 {
		return nil
	}
	root, err := tlog.TreeHash(tree.N, own)
	if err != nil {
		return err
	}
	if root != tree.Hash {
		return errors.New("the entries do not make the signed root")
	}
	return checkUpperTiles(log, tree, own)
}

// checkUpperTiles compares each tile, byte by byte, with what the entries make.
func checkUpperTiles(log source, tree tlog.Tree, own tlog.HashReader) error {
	for _, tile := range widest(tlog.NewTiles(tileHeight, 0, tree.N)) {
		expected, err := tlog.ReadTileData(tile, own)
		if err != nil {
			return err
		}
		found, err := log.read(tilePath(tile))
		if err != nil {
			return err
		}
		if !bytes.Equal(found, expected) {
			return fmt.Errorf("%s is not what the entries make", tilePath(tile))
		}
	}
	return nil
}

// widest leaves out the narrower tiles in the same place, which only smaller trees have.
func widest(tiles []tlog.Tile) []tlog.Tile {
	var kept []tlog.Tile
	for _, tile := range tiles {
		if last := len(kept) - 1; last >= 0 && kept[last].L == tile.L && kept[last].N == tile.N {
			kept[last] = tile
		} else {
			kept = append(kept, tile)
		}
	}
	return kept
}

func checkOlder(
	name string, verifier note.Verifier, tree tlog.Tree, hashes tlog.HashReader,
) error {
	text, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	older, err := openCheckpoint(text, verifier)
	if err != nil {
		return err
	}
	if older.N == 0 {
		return nil
	}
	proof, err := tlog.ProveTree(tree.N, older.N, hashes)
	if err != nil {
		return err
	}
	return tlog.CheckTree(proof, tree.N, tree.Hash, older.N, older.Hash)
}

// split cuts a bundle into its entries.
func split(bundle []byte) ([][]byte, error) {
	var entries [][]byte
	for len(bundle) > 0 {
		if len(bundle) < 2 {
			return entries, errors.New("ends within a length")
		}
		length := int(binary.BigEndian.Uint16(bundle))
		if len(bundle) < 2+length {
			return entries, errors.New("ends within an entry")
		}
		entries = append(entries, bundle[2:2+length])
		bundle = bundle[2+length:]
	}
	return entries, nil
}

// source is where a log lies, a folder or an address; as a tlog.TileReader it keeps nothing.
type source string

func (s source) read(name string) ([]byte, error) {
	if !strings.HasPrefix(string(s), "http") {
		return os.ReadFile(filepath.Join(string(s), filepath.FromSlash(name)))
	}
	client := http.Client{Timeout: 30 * time.Second}
	answer, err := client.Get(strings.TrimSuffix(string(s), "/") + "/" + name)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s: %s", name, answer.Status)
	}
	return io.ReadAll(io.LimitReader(answer.Body, 1<<20))
}

func (s source) Height() int { return tileHeight }

func (s source) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	data := make([][]byte, len(tiles))
	for i, tile := range tiles {
		var err error
		if data[i], err = s.read(tilePath(tile)); err != nil {
			return nil, err
		}
	}
	return data, nil
}

func (s source) SaveTiles([]tlog.Tile, [][]byte) {}

// tilePath is Go's path without the height, which is fixed here.
func tilePath(tile tlog.Tile) string {
	return "tile/" + strings.TrimPrefix(tile.Path(), fmt.Sprintf("tile/%d/", tileHeight))
}

func bundlePath(number int64, width int) string {
	path := tilePath(tlog.Tile{H: tileHeight, L: 0, N: number, W: width})
	return "tile/entries/" + strings.TrimPrefix(path, "tile/0/")
}
