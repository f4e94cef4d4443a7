// Recounts the public ledger of one action in the reader's browser, with its own WebCrypto.
//
// It fetches the signed checkpoint and every entry, hashes the entries to the one root that they
// can have (RFC 6962), and adds them up by the rules of the ledger. It asks the log and nobody
// else, sends nothing and keeps nothing. `outcry ledger verify` does the same without a browser.

const main = document.querySelector("[data-log]");
const page = main.dataset;
const texts = JSON.parse(page.texts);

const ENTRY = 66;        // bytes: 0x01 | type | a(32) | b(32)
const RECORD = ENTRY + 2; // an entry after its length
const WIDTH = 256;       // entries in a full bundle, hashes in a full tile
const AT_ONCE = 6;       // bundles on their way
const MOST = 4_000_000;  // entries: 33 bytes of memory each

const [OPEN, SIGN, WITHDRAW, SET_ASIDE, READMIT] = [0, 1, 2, 3, 4];
const [PAPER, REMOVED_ON_REQUEST, LAST_KIND] = [9, 10, 11];

/** Why the recount ends. `isOpen`: it proves nothing, neither that it fits nor that it does not. */
class Finding extends Error {
  constructor(name, places = {}, isOpen = false) {
    super(name);
    Object.assign(this, { name, places, isOpen });
  }
}

// Bytes

const sha256 = async (bytes) => new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
const isSame = (one, other) => one.length === other.length && one.every((byte, i) => byte === other[i]);
const isZero = (bytes) => bytes.every((byte) => byte === 0);
const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
const utf8 = (text) => new TextEncoder().encode(text);

/** Base64 in its one form; `file` is what is damaged otherwise. */
function fromBase64(text, file) {
  try {
    const plain = atob(text);
    if (btoa(plain) === text) return Uint8Array.from(plain, (sign) => sign.charCodeAt(0));
  } catch {
    // Said below.
  }
  throw new Finding("damaged", { file });
}

function joined(...parts) {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let end = 0;
  for (const part of parts) {
    bytes.set(part, end);
    end += part.length;
  }
  return bytes;
}

/** A 64-bit integer, right-aligned in 32 bytes; NaN if the bytes before it are not zero. */
function integer(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset + 24, 8);
  return isZero(bytes.subarray(0, 24)) ? view.getUint32(0) * 2 ** 32 + view.getUint32(4) : NaN;
}

// The Merkle tree

const hashLeaf = (entry) => sha256(joined([0], entry));
const hashNode = (left, right) => sha256(joined([1], left, right));

/** The root of a full bundle: all pairs of a level at once. */
async function perfectRoot(hashes) {
  while (hashes.length > 1) {
    const pairs = [];
    for (let i = 0; i < hashes.length; i += 2) pairs.push(hashNode(hashes[i], hashes[i + 1]));
    hashes = await Promise.all(pairs);
  }
  return hashes[0];
}

/** Perfect subtrees from left to right, each lower than the one before. */
class CompactRange {
  #subtrees = [];

  async append(hash, height) {
    while (this.#subtrees.at(-1)?.height === height) {
      hash = await hashNode(this.#subtrees.pop().hash, hash);
      height += 1;
    }
    this.#subtrees.push({ hash, height });
  }

  async root() {
    const hashes = this.#subtrees.map((subtree) => subtree.hash);
    let root = hashes.pop() ?? await sha256(new Uint8Array());
    while (hashes.length) root = await hashNode(hashes.pop(), root);
    return root;
  }
}

// What the entries add up to
//
//            sign          set aside           withdraw, remove
// (nothing) ------> counted <-------> aside ------------------> withdrawn | removed
//                       |    readmit                                  ^
//                       +---------------------------------------------+

const [NONE, COUNTED, ENDED, ASIDE] = [0, 1, 2, 16]; // set aside: 16 and the reason

class State {
  size = 0;
  counted = 0;
  withdrawn = 0;
  removed = 0;
  paper = 0;
  aside = new Map();
  #standing;
  #codes;
  #batches = new Map(); // on paper, by index

  constructor(size) {
    this.#standing = new Uint8Array(size);
    this.#codes = new Uint8Array(32 * size);
  }

  /** `hashOfB` is needed for a withdrawal alone. */
  append(entry, hashOfB) {
    const [kind, a, b] = [entry[1], entry.subarray(2, 34), entry.subarray(34)];
    if ((kind === OPEN) !== (this.size === 0)) this.#refuse("first");
    if (kind === SIGN) {
      this.counted += 1;
      this.#standing[this.size] = COUNTED;
      this.#codes.set(b, 32 * this.size);
    } else if (kind === PAPER) {
      this.#countPaper(b);
    } else if (kind === SET_ASIDE || kind === READMIT) {
      this.#judge(kind, this.#signature(a), b);
    } else if (kind === WITHDRAW) {
      const index = this.#signature(a);
      const code = this.#codes.subarray(32 * index, 32 * index + 32);
      if (!isSame(hashOfB, code)) this.#refuse("code");
      this.#end(index);
      this.withdrawn += 1;
    } else if (kind === REMOVED_ON_REQUEST) {
      this.#end(this.#signature(a));
      this.removed += 1;
    }
    this.size += 1;
  }

  #refuse(rule) {
    throw new Finding(rule, { index: this.size });
  }

  #signature(a) {
    const index = integer(a);
    if (!(index < this.size) || this.#standing[index] === NONE) this.#refuse("signature");
    return index;
  }

  /** zeros(24) | count(8), or zeros(16) | index of the batch that is taken back(8) | zeros(8) */
  #countPaper(b) {
    const count = integer(b);
    if (count < 2 ** 32) {
      this.#batches.set(this.size, count);
      this.paper += count;
      return;
    }
    const batch = isZero(b.subarray(24)) ? integer(joined(new Uint8Array(8), b.subarray(0, 24))) : NaN;
    if (isNaN(batch)) this.#refuse("malformed");
    if (!this.#batches.has(batch)) this.#refuse("batch");
    this.paper -= this.#batches.get(batch);
    this.#batches.delete(batch);
  }

  #judge(kind, index, b) {
    const reason = b[31];
    if (!isZero(b.subarray(0, 8)) || !isZero(b.subarray(24, 31)) || reason > 127) {
      this.#refuse("malformed");
    }
    const standing = this.#standing[index];
    if (kind === SET_ASIDE && standing === COUNTED) {
      this.counted -= 1;
      this.#count(reason, 1);
      this.#standing[index] = ASIDE + reason;
    } else if (kind === READMIT && standing >= ASIDE) {
      this.counted += 1;
      this.#count(standing - ASIDE, -1);
      this.#standing[index] = COUNTED;
    } else {
      this.#refuse("transition");
    }
  }

  #end(index) {
    const standing = this.#standing[index];
    if (standing >= ASIDE) this.#count(standing - ASIDE, -1);
    else if (standing === COUNTED) this.counted -= 1;
    else this.#refuse("transition");
    this.#standing[index] = ENDED;
  }

  #count(reason, change) {
    this.aside.set(reason, (this.aside.get(reason) ?? 0) + change);
  }
}

// The log's files

const pause = (seconds) => new Promise((resolve) => setTimeout(resolve, 1000 * seconds));

/** Null if there is no such file. */
async function get(file, signal) {
  const cache = file.startsWith("tile/") ? "default" : "no-store";
  for (let attempt = 1; ; attempt += 1) {
    try {
      const answer = await fetch(page.log + file, { signal, cache, credentials: "omit" });
      if (answer.ok) return new Uint8Array(await answer.arrayBuffer());
      if (answer.status === 404) return null;
    } catch (error) {
      if (signal.aborted) throw error;
    }
    if (attempt === 3) throw new Finding("network", { file }, true);
    await pause(attempt);
  }
}

async function getText(file, signal) {
  const bytes = await get(file, signal);
  if (!bytes) throw new Finding("missing", { file });
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
}

/** 1234067 of level 0 is `tile/0/x001/x234/067`. */
function tilePath(level, number) {
  const group = () => String(number % 1000).padStart(3, "0");
  let path = group();
  while ((number = Math.floor(number / 1000)) > 0) path = `x${group()}/${path}`;
  return `tile/${level}/${path}`;
}

/** A tile or bundle of which a tree of `count` has a part; the full one may have replaced it. */
async function tile(level, number, count, unit, signal) {
  const width = Math.min(WIDTH, count - number * WIDTH);
  const path = tilePath(level, number);
  const partial = `${path}.p/${width}`;
  const part = width < WIDTH ? await get(partial, signal) : null;
  const bytes = part ?? await get(path, signal);
  const file = part || !bytes ? (width < WIDTH ? partial : path) : path;
  if (!bytes) throw new Finding("missing", { file });
  if (bytes.length !== (part ? width : WIDTH) * unit) throw new Finding("damaged", { file });
  const places = Array.from({ length: width }, (_, i) => bytes.subarray(i * unit, (i + 1) * unit));
  return { places, file };
}

/** A bundle's entries with all of their hashes. */
async function bundle(number, size, signal) {
  const { places, file } = await tile("entries", number, size, RECORD, signal);
  const entries = places.map((record) => {
    const entry = record.subarray(2);
    if (record[0] !== 0 || record[1] !== ENTRY || entry[0] !== 1 || entry[1] > LAST_KIND) {
      throw new Finding("damaged", { file });
    }
    return entry;
  });
  const leaves = await Promise.all(entries.map(hashLeaf));
  const codes = await Promise.all(
    entries.map((entry) => entry[1] === WITHDRAW && sha256(entry.subarray(34))));
  const root = entries.length === WIDTH ? await perfectRoot(leaves) : null;
  return { entries, leaves, codes, root, file };
}

// The checkpoint

async function readCheckpoint(signal) {
  const key = await readKey(await getText("vkey", signal));
  const file = "checkpoint";
  const note = await getText(file, signal);
  const [, message, signatures] = note.match(/^([^]*\n)\n([^]*)\n$/) ?? [];
  const lines = (message ?? "").split("\n");
  const [origin, size, root] = lines;
  if (lines.length < 4 || lines.indexOf("") < lines.length - 1 || !/^(0|[1-9]\d{0,14})$/.test(size)) {
    throw new Finding("damaged", { file });
  }
  if (origin !== page.origin || key.name !== origin) throw new Finding("origin", { origin });
  const isChecked = await checkSignature(key, message, signatures.split("\n"), file);
  return { size: Number(size), root: fromBase64(root, file), isChecked };
}

/** `<name>+<key id>+<base64 of 0x01 | public key>`; this page knows which one it has to be. */
async function readKey(text) {
  const vkey = text.trim();
  const file = "vkey";
  if (page.key && vkey !== page.key) throw new Finding("key");
  const [, name, id, encoded] = vkey.match(/^([^\s+]+)\+([0-9a-f]{8})\+(\S+)$/) ?? [];
  const bytes = fromBase64(encoded, file);
  const hash = await sha256(joined(utf8(`${name}\n`), bytes));
  if (bytes.length !== 33 || bytes[0] !== 1 || hex(hash.subarray(0, 4)) !== id) {
    throw new Finding("damaged", { file });
  }
  return { name, id, bytes: bytes.subarray(1) };
}

/** False if this browser does not know Ed25519; throws if the key has not signed. */
async function checkSignature(key, message, lines, file) {
  let isThere = false;
  for (const line of lines) {
    const [, name, encoded] = line.match(/^— (\S+) (\S+)$/) ?? [];
    const signature = fromBase64(encoded, file);
    if (name !== key.name || hex(signature.subarray(0, 4)) !== key.id) continue;
    try {
      const known = await crypto.subtle.importKey("raw", key.bytes, "Ed25519", false, ["verify"]);
      isThere = await crypto.subtle.verify("Ed25519", known, signature.subarray(4), utf8(message));
    } catch (error) {
      if (error.name === "NotSupportedError") return false;
      isThere = false;
    }
    if (!isThere) throw new Finding("forged");
  }
  if (!isThere) throw new Finding("unsigned");
  return true;
}

// The recount

async function recount(signal, onProgress) {
  if (!globalThis.crypto?.subtle) throw new Finding("browser", {}, true);
  const { size, root, isChecked } = await readCheckpoint(signal);
  if (size > MOST) throw new Finding("large", { size }, true);
  const state = new State(size);
  const range = new CompactRange();
  const roots = [];
  const coming = [];
  const count = Math.ceil(size / WIDTH);
  for (let number = 0, next = 0; number < count; number += 1) {
    for (; next < count && next < number + AT_ONCE; next += 1) {
      const one = bundle(next, size, signal);
      one.catch(() => {}); // What fails is said when its turn comes.
      coming.push(one);
    }
    const { entries, leaves, codes, root } = await coming.shift();
    entries.forEach((entry, i) => {
      state.append(entry, codes[i]);
      if (state.size === Number(page.size) && state.counted !== Number(page.number)) {
        const { size, counted } = state;
        throw new Finding("said", { size, counted, number: Number(page.number) });
      }
    });
    roots.push(root);
    if (root) await range.append(root, 8);
    else for (const leaf of leaves) await range.append(leaf, 0);
    onProgress(state.size, size);
  }
  if (!isSame(await range.root(), root)) throw await difference(size, roots, signal);
  return { state, root, isChecked };
}

/** Where entries and checkpoint part: the first entry that the tiles of hashes do not have. */
async function difference(size, roots, signal) {
  let parents;
  for (let number = 0; number < roots.length; number += 1) {
    if (number % WIDTH === 0 && roots[number]) {
      parents = await tile(1, number / WIDTH, Math.floor(size / WIDTH), 32, signal);
    }
    if (roots[number] && isSame(roots[number], parents.places[number % WIDTH])) continue;
    const { places } = await tile(0, number, size, 32, signal);
    const { leaves, file } = await bundle(number, size, signal);
    const i = leaves.findIndex((leaf, i) => !isSame(leaf, places[i]));
    if (i >= 0) return new Finding("entry", { index: number * WIDTH + i, file });
  }
  return new Finding("root");
}

// The page

const part = (name) => main.querySelector(`[data-part="${name}"]`);
const plurals = new Intl.PluralRules(document.documentElement.lang);
// Not every browser knows how every language groups its digits; the server does.
const written = (value) => (typeof value === "number"
  ? String(value).replace(/\B(?=(\d{3})+$)/g, page.group)
  : `\u2068${value}\u2069`);
const fill = (text, places) => text.replace(/\{(\w+)\}/g, (_, name) => written(places[name]));
const plural = (forms, number) => (forms[plurals.select(number)] ?? forms.other).replace("#", written(number));

const [button, bar, said, result] = ["button", "bar", "said", "result"].map(part);

function showProgress(done, size) {
  bar.max = size;
  bar.value = done;
  const line = fill(texts.progress, { number: done, size });
  bar.textContent = line;
  // Spoken ten times on the way, not with every bundle.
  if (Math.floor(10 * done / size) > Math.floor(10 * (done - WIDTH) / size)) said.textContent = line;
}

function showResult({ state, root, isChecked }) {
  said.textContent = [
    fill(texts.fits, { number: state.counted }), plural(JSON.parse(page.follows), state.size),
    isChecked ? texts.signed : texts.unchecked,
  ].join(" ");
  const reasons = [...state.aside].filter(([, count]) => count > 0);
  const others = reasons.filter(([reason]) => reason !== 1 && reason !== 2);
  const rows = {
    counted: state.counted, withdrawn: state.withdrawn, removed: state.removed,
    aside1: state.aside.get(1) ?? 0, aside2: state.aside.get(2) ?? 0,
    aside0: others.reduce((sum, [, count]) => sum + count, 0),
    paper: state.paper, entries: state.size, root: btoa(String.fromCharCode(...root)),
  };
  for (const [name, value] of Object.entries(rows)) {
    const cell = part(name);
    cell.textContent = typeof value === "number" ? written(value) : value;
    if ("ifAny" in cell.dataset) cell.closest("tr").hidden = value === 0;
  }
  result.hidden = false;
}

function showProblem(error) {
  const { name, places = {}, isOpen = true } = error instanceof Finding ? error : {};
  const lines = [isOpen ? texts.open : texts.bad, name ? fill(texts[name], places) : error.message];
  if (places.index !== undefined) lines.push(texts.zero);
  said.textContent = lines.join(" ");
  said.classList.toggle("error", !isOpen);
}

let running;
button.addEventListener("click", async () => {
  if (running) return running.abort();
  const run = (running = new AbortController());
  button.textContent = texts.stop;
  said.classList.remove("error");
  result.hidden = true;
  bar.removeAttribute("value");
  bar.hidden = false;
  try {
    showResult(await recount(run.signal, showProgress));
  } catch (error) {
    if (run.signal.aborted) said.textContent = texts.stopped;
    else showProblem(error);
    run.abort();
  }
  running = undefined;
  bar.hidden = true;
  button.textContent = texts.start;
});
part("controls").hidden = false;
