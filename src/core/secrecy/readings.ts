// What a text may stand for: the bytes that come out when it is taken for percent-encoding, JSON, XML, base64 or hexadecimal digits, and of
// each byte the place in the text that it was made of. A secret that was encoded before it was shown is found in one of these.

export interface Reading {
  readonly bytes: DataView;
  /** Of each byte two numbers: where in the text the characters begin and end that it comes from. */
  readonly places: DataView;
}

const NUMBER = 4;
const PLACE = 2 * NUMBER;

export function beginOf({ places }: Reading, byte: number): number {
  return places.getUint32(byte * PLACE);
}

export function endOf({ places }: Reading, byte: number): number {
  return places.getUint32(byte * PLACE + NUMBER);
}

/** Readings of readings: one encoding within another is undone, a third is not. */
const DEPTH = 2;

/** The text itself, in UTF-8, is the first. */
export function readingsOf(text: string): readonly [Reading, ...Reading[]] {
  const itself = plainReading(text);
  const others: Reading[] = [];
  let last: readonly Written[] = [written(itself)];
  for (let depth = 0; depth < DEPTH; depth += 1) {
    const escaped = last.flatMap((one) => undone(one, ESCAPES));
    const digits = last.flatMap((one) => undone(one, DIGITS));
    others.push(...escaped, ...digits);
    last = [...escaped.map(written), ...digits.map((reading) => written(textIn(reading)))];
  }
  return [itself, ...others];
}

function undone(one: Written, decoders: readonly Decode[]): readonly Reading[] {
  return decoders.map((decode) => decode(one)).filter((reading) => reading !== null);
}

/** A text's bytes in UTF-8. */
export function bytesOf(text: string): DataView {
  return plainReading(text).bytes;
}

/** Of one character, which may have two units. */
function codeOf(character: string): number {
  const first = character.charCodeAt(0);
  if (character.length === 1) return first;
  return fromPair(first, character.charCodeAt(1));
}

function fromPair(high: number, low: number): number {
  return 0x1_00_00 + ((high & 0x3_ff) << 10) + (low & 0x3_ff);
}

function plainReading(text: string): Reading {
  const draft = newDraft(3 * text.length);
  let at = 0;
  for (const character of text) {
    const to = at + character.length;
    for (const byte of utf8(codeOf(character))) draft.put(byte, at, to);
    at = to;
  }
  return draft.reading();
}

/** A reading in the making, of at most so many bytes. */
function newDraft(most: number) {
  const bytes = new DataView(new ArrayBuffer(most));
  const places = new DataView(new ArrayBuffer(most * PLACE));
  let size = 0;
  const put = (byte: number, begins: number, ends: number): void => {
    bytes.setUint8(size, byte);
    places.setUint32(size * PLACE, begins);
    places.setUint32(size * PLACE + NUMBER, ends);
    size += 1;
  };
  return {
    put,
    /** Keeps apart what does not belong together: no secret holds this byte. */
    part: (): void => put(0, 0, 0),
    reading: (): Reading => ({
      bytes: new DataView(bytes.buffer, 0, size),
      places: new DataView(places.buffer, 0, size * PLACE),
    }),
  };
}

/** A reading to be read again: one byte a character, so that patterns find their way in it. */
interface Written {
  readonly text: string;
  readonly of: Reading;
}

function written(of: Reading): Written {
  return { text: charactersOf(of.bytes), of };
}

/** Most of what comes out of digits is noise: only what is text can hold another encoding, and noise has few characters in a row. */
const RUN_LEAST = 8;

function textIn(reading: Reading): Reading {
  const { bytes } = reading;
  const draft = newDraft(bytes.byteLength + 1);
  let begin = 0;
  for (let at = 0; at <= bytes.byteLength;) {
    const size = characterAt(bytes, at);
    if (size > 0) {
      at += size;
      continue;
    }
    if (at - begin >= RUN_LEAST) {
      for (let one = begin; one < at; one += 1) {
        draft.put(bytes.getUint8(one), beginOf(reading, one), endOf(reading, one));
      }
      draft.part();
    }
    at += 1;
    begin = at;
  }
  return draft.reading();
}

const SPACES: ReadonlySet<number> = new Set([0x09, 0x0a, 0x0d]);

/** How many bytes the character has that begins here; 0: none does, or none that is shown. */
function characterAt(bytes: DataView, at: number): number {
  if (at === bytes.byteLength) return 0;
  const first = bytes.getUint8(at);
  if (first < 0x80) return (first >= 0x20 && first !== 0x7f) || SPACES.has(first) ? 1 : 0;
  const size = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || at + size > bytes.byteLength) return 0;
  for (let more = 1; more < size; more += 1) if ((bytes.getUint8(at + more) & 0xc0) !== 0x80) return 0;
  return size;
}

/** So many arguments a call takes safely. */
const PIECE = 8_192;

function charactersOf({ buffer, byteLength }: DataView): string {
  const bytes = new Uint8Array(buffer, 0, byteLength);
  const pieces: string[] = [];
  for (let at = 0; at < byteLength; at += PIECE) {
    pieces.push(Reflect.apply(String.fromCharCode, undefined, bytes.subarray(at, at + PIECE)));
  }
  return pieces.join("");
}

function utf8(code: number): readonly number[] {
  if (code < 0x80) return [code];
  const tail = (shift: number): number => 0x80 | ((code >> shift) & 0x3f);
  if (code < 0x8_00) return [0xc0 | (code >> 6), tail(0)];
  if (code < 0x1_00_00) return [0xe0 | (code >> 12), tail(6), tail(0)];
  return [0xf0 | (code >> 18), tail(12), tail(6), tail(0)];
}

/** Null where nothing is encoded like that. */
type Decode = (written: Written) => Reading | null;

/** An encoding that writes single characters in another way and leaves the rest as it is. `meant`: the bytes that an escape stands for. */
function inEscapes(pattern: RegExp, meant: (escape: string) => readonly number[]): Decode {
  return ({ text, of }) => {
    const draft = newDraft(text.length);
    let done = 0;
    const copyTo = (end: number): void => {
      for (; done < end; done += 1) draft.put(text.charCodeAt(done), beginOf(of, done), endOf(of, done));
    };
    for (const { index, 0: escape } of text.matchAll(pattern)) {
      copyTo(index);
      done += escape.length;
      for (const byte of meant(escape)) draft.put(byte, beginOf(of, index), endOf(of, done - 1));
    }
    if (done === 0) return null;
    copyTo(text.length);
    return draft.reading();
  };
}

const hex = (digits: string): number => Number.parseInt(digits, 16);

const percent = inEscapes(/%[0-9a-f]{2}/gi, (escape) => [hex(escape.slice(1))]);

const SHORT_ESCAPES: ReadonlyMap<string, number> = new Map([
  ["b", 0x08],
  ["t", 0x09],
  ["n", 0x0a],
  ["f", 0x0c],
  ["r", 0x0d],
]);

/** Also as programs print their strings: `\x0a`, `\'`. */
const json = inEscapes(
  /\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|[bfnrt"'\\/])/g,
  (escape) => {
    const kind = escape.charAt(1);
    if (kind === "x") return [hex(escape.slice(2))];
    if (kind !== "u") return [SHORT_ESCAPES.get(kind) ?? kind.charCodeAt(0)];
    const [unit, low] = [hex(escape.slice(2, 6)), hex(escape.slice(8))];
    return utf8(Number.isNaN(low) ? unit : fromPair(unit, low));
  },
);

const ENTITIES = ["amp", "apos", "gt", "lt", "quot"];
const CODE_MOST = 0x10_ff_ff;

const xml = inEscapes(/&(?:#[xX][0-9a-fA-F]{1,6}|#[0-9]{1,7}|amp|apos|gt|lt|quot);/g, (escape) => {
  const name = escape.slice(1, -1);
  if (!name.startsWith("#")) return [`&'><"`.charCodeAt(ENTITIES.indexOf(name))];
  const code = /^#x/i.test(name) ? hex(name.slice(2)) : Number(name.slice(1));
  return utf8(Math.min(code, CODE_MOST));
});

interface Digits {
  /** What each of them carries. */
  readonly bits: 4 | 6;
  /** So many of them come before bytes and digits begin together again. */
  readonly period: 2 | 4;
  /** In the order of their values; a value may be written in several ways. */
  readonly alphabets: readonly string[];
}

const NO_DIGIT = 255;

/** Bytes written in digits, in lines or not. Where they begin is not known, so each digit of a period is tried as the first. */
function inDigits({ bits, period, alphabets }: Digits): Decode {
  const values = new DataView(new Uint8Array(256).fill(NO_DIGIT).buffer);
  for (const alphabet of alphabets) {
    for (let value = 0; value < alphabet.length; value += 1) values.setUint8(alphabet.charCodeAt(value), value);
  }
  const digit = `[${alphabets.join("").replace("-", String.raw`\-`)}]`;
  const runs = new RegExp(`${digit}(?:\\s*${digit}){${RUN_LEAST - 1},}`, "g");
  return ({ text, of }) => {
    const draft = newDraft(4 * text.length);
    const valueAt = (at: number): number => values.getUint8(text.charCodeAt(at));
    const decode = (places: readonly number[]): void => {
      let [held, come, before] = [0, 0, 0];
      for (const place of places) {
        held = ((held << bits) | valueAt(place)) & 0xff_ff;
        come += bits;
        const over = come % 8;
        // A byte is in this digit and the one before it.
        if (over < bits) draft.put((held >> over) & 0xff, beginOf(of, before), endOf(of, place));
        before = place;
      }
      draft.part();
    };
    for (const { index, 0: run } of text.matchAll(runs)) {
      const places = Array.from(run, (_, at) => index + at).filter((at) => valueAt(at) !== NO_DIGIT);
      for (let start = 0; start < period; start += 1) decode(places.slice(start));
    }
    const reading = draft.reading();
    return reading.bytes.byteLength === 0 ? null : reading;
  };
}

const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

const base64 = inDigits({ bits: 6, period: 4, alphabets: [`${LETTERS}+/`, `${LETTERS}-_`] });
const hexadecimal = inDigits({ bits: 4, period: 2, alphabets: ["0123456789abcdef", "0123456789ABCDEF"] });

const ESCAPES: readonly Decode[] = [percent, json, xml];
const DIGITS: readonly Decode[] = [base64, hexadecimal];
