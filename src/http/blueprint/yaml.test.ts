import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Located, placeWithin, type ScalarValue } from "../../core/blueprint/located.ts";
import { readBlueprint, readYaml } from "./yaml.ts";

function tree(source: string | Uint8Array): Located {
  const read = readYaml(source);
  if ("mistakes" in read) throw new Error(read.mistakes.map(({ text }) => text).join("\n"));
  return read.ok;
}

/** The tree without its places, as plain values; maps as lists of pairs, since keys may repeat. */
function plain(node: Located): unknown {
  if (node.kind === "scalar") return plainScalar(node.value);
  if (node.kind === "list") return node.items.map(plain);
  return node.entries.map(({ key, value }) => [key, plain(value)]);
}

const plainScalar = (value: ScalarValue): unknown =>
  typeof value === "object" && value !== null ? Number(value.text) : value;

function told(source: string | Uint8Array): string {
  const read = readYaml(source);
  if ("ok" in read) return "no mistake";
  return read.mistakes.map(({ line, column, code, text }) => `${line}:${column} ${code} ${text}`).join("\n");
}

function entry(node: Located, key: string): Located {
  const found = node.kind === "map" ? node.entries.find((one) => one.key === key) : undefined;
  if (found === undefined) throw new Error(`no ${key}`);
  return found.value;
}

test("maps, lists and scalars of the core schema, with their places", () => {
  const source = "a: 1\nb:\n  - x\n  - { c: true, d: null, e }\nf: yes\n2: 0x10\n";
  expect(tree(source)).toEqual({
    kind: "map",
    at: { line: 1, column: 1 },
    entries: [
      {
        key: "a",
        keyAt: { line: 1, column: 1 },
        value: { kind: "scalar", value: { text: "1" }, at: { line: 1, column: 4 }, textAt: null },
      },
      {
        key: "b",
        keyAt: { line: 2, column: 1 },
        value: {
          kind: "list",
          at: { line: 3, column: 3 },
          items: [
            { kind: "scalar", value: "x", at: { line: 3, column: 5 }, textAt: { line: 3, column: 5 } },
            {
              kind: "map",
              at: { line: 4, column: 5 },
              entries: [
                {
                  key: "c",
                  keyAt: { line: 4, column: 7 },
                  value: { kind: "scalar", value: true, at: { line: 4, column: 10 }, textAt: null },
                },
                {
                  key: "d",
                  keyAt: { line: 4, column: 16 },
                  value: { kind: "scalar", value: null, at: { line: 4, column: 19 }, textAt: null },
                },
                {
                  key: "e",
                  keyAt: { line: 4, column: 25 },
                  value: { kind: "scalar", value: null, at: { line: 4, column: 25 }, textAt: null },
                },
              ],
            },
          ],
        },
      },
      {
        key: "f",
        keyAt: { line: 5, column: 1 },
        value: { kind: "scalar", value: "yes", at: { line: 5, column: 4 }, textAt: { line: 5, column: 4 } },
      },
      {
        key: "2",
        keyAt: { line: 6, column: 1 },
        value: { kind: "scalar", value: { text: "0x10" }, at: { line: 6, column: 4 }, textAt: null },
      },
    ],
  });
});

test("lines may end as they do on any system", () => {
  const source = "a:\n  b: |\n    one\n    two\n  c: 1\n";
  for (const end of ["\r\n", "\r"]) expect(tree(source.replaceAll("\n", end))).toEqual(tree(source));
});

test("repeated keys are left to the reader of the map", () => {
  expect(plain(tree("a: 1\na: 2"))).toEqual([
    ["a", 1],
    ["a", 2],
  ]);
});

describe("texts are found again", () => {
  test.each([
    ["a literal block", "a: |\n  one\n  two X\n", "3:7"],
    ["a literal block after blank lines and a comment", "a: | # why\n\n\n    one\n      X\n", "5:7"],
    ["a literal block with its indentation written", "a: |1\n   X\n", "2:4"],
    ["a literal block with line ends of Windows", "a: |\r\n  one\r\n  X\r\nb: 1\r\n", "3:3"],
    ["a literal block in a list", "a:\n- |-\n  X", "3:3"],
    ["plain text", "a: one X", "1:8"],
    ["quoted text", 'a: "one X"', "1:9"],
    ["text with an anchor", "a: &b 'X'", "1:8"],
    ["folded text, at its beginning", "a: >\n  one\n  X\n", "1:4"],
    ["text with escapes, at its beginning", 'a: "\\tX"', "1:4"],
    ["plain text of two lines, at its beginning", "a: one\n  X", "1:4"],
  ])("%s", (_, source, place) => {
    const found = tree(source);
    const value = entry(found, "a");
    const scalar = value.kind === "list" ? value.items[0] : value;
    if (scalar?.kind !== "scalar" || typeof scalar.value !== "string") throw new Error("no text");
    const { line, column } = placeWithin(scalar, scalar.value.indexOf("X"));
    expect(`${line}:${column}`).toBe(place);
  });
});

describe("aliases", () => {
  test("stand for what their anchor holds, with its place", () => {
    const source = "a: &x { b: 1 }\nc: *x\nd: &x 2\ne: [*x, *x]";
    expect(plain(tree(source))).toEqual([
      ["a", [["b", 1]]],
      ["c", [["b", 1]]],
      ["d", 2],
      ["e", [2, 2]],
    ]);
    expect(entry(tree(source), "c").at).toEqual({ line: 1, column: 7 });
  });

  test("count as what they stand for", () => {
    const tenfold = (level: number): string =>
      `l${level}: &l${level} [${Array(10)
        .fill(`*l${level - 1}`)
        .join(", ")}]`;
    const bomb = ["l0: &l0 x", ...[1, 2, 3, 4, 5, 6, 7, 8, 9].map(tenfold)].join("\n");
    expect(told(bomb)).toBe(
      "5:45 too_large The blueprint has more than 20000 values, aliases counted as what they stand for: make it smaller.",
    );
  });
});

test("the characters of aliases count as well", () => {
  expect(told(`a: &a ${"x".repeat(100_000)}\nb: [*a, *a, *a, *a]`)).toBe("no mistake");
  expect(told(`a: &a ${"x".repeat(100_000)}\nb: [*a, *a, *a, *a, *a]`)).toBe(
    "2:21 too_large The blueprint has more than 524288 characters, aliases counted as what they stand for: make it smaller.",
  );
});

describe("mistakes", () => {
  test.each([
    ["", '1:1 empty_document The blueprint is empty: begin with "slipway: 1", "name: NAME" and "instances:".'],
    [
      "# nothing\n",
      '1:1 empty_document The blueprint is empty: begin with "slipway: 1", "name: NAME" and "instances:".',
    ],
    ["---\n", '1:1 empty_document The blueprint is empty: begin with "slipway: 1", "name: NAME" and "instances:".'],
    [
      "a: 1\n---\nb: 1",
      "2:1 several_documents A second document begins here: keep each blueprint in a file of its own.",
    ],
    ["a:\n\tb: 1", "2:1 syntax A tab indents this line: use spaces."],
    ["a: 'x\nb: 1", '1:4 syntax The quote that opens here is not closed: add "\'" at its end.'],
    ['a: "x', '1:4 syntax The quote that opens here is not closed: add "\\"" at its end.'],
    [
      "a: [1, 2\nb: 3",
      '1:4 syntax The "[" that opens here is not closed, or what is in it is not indented: add its "]", or indent it.',
    ],
    ['{"a": 1', '1:1 syntax The "{" that opens here is not closed: add its "}".'],
    [
      "a: b: c",
      '1:4 syntax A second ": " follows, here or on the next line: put the value in quotes, or mend the indentation.',
    ],
    [
      "a: 1\n  b: 2",
      '1:4 syntax A second ": " follows, here or on the next line: put the value in quotes, or mend the indentation.',
    ],
    [
      "a:\n  b: 1\n c: 2",
      "3:1 syntax The indentation does not fit: keys of one map, and items of one list, begin in the same column.",
    ],
    ["a: 1\nb\n", '2:1 syntax This line has no ": " and thus is no key with a value: mend it or its indentation.'],
    ["a: @b", '1:4 syntax A value cannot begin with "@": put it in quotes.'],
    ["a: `b`", '1:4 syntax A value cannot begin with "`": put it in quotes.'],
    [
      'a: "\\q"',
      '1:5 syntax This is no escape between double quotes: write "\\\\" for a backslash, or use single quotes.',
    ],
    [
      "- a\nb: 1",
      '2:1 syntax This "b" does not fit here: mend the line or its indentation, or put the value in quotes.',
    ],
    [
      '{"a": 1}}',
      '1:9 syntax This "}" does not fit here: mend the line or its indentation, or put the value in quotes.',
    ],
    ["a: &b &c d", '1:7 syntax A value has one anchor at most: remove the second word that begins with "&".'],
    [
      "name shop\ninstances:\n  web: 1",
      '1:1 syntax What begins here runs over several lines and is no key with a value: end the key with ":", put in a "," that is missing between brackets, or mend the indentation.',
    ],
    ["a: { b: [c]#x\n }", '1:12 syntax A comment has a space before its "#": put one there.'],
    ["%FOO\na: 1", '2:1 syntax Lines that begin with "%" have no meaning in a blueprint: remove them.'],
    [
      "a: {\n  - b\n  }",
      '2:3 syntax Between brackets, lists and maps stand in brackets too, with a "," between values: write [ … ] or { … }.',
    ],
    [
      "a: [b, {c: 1}\n  d]",
      '2:3 syntax Between brackets a "," stands between two values, and a ":" behind a key: put in the one that is missing.',
    ],
    ["a: { tcp: ${{ params.x }} }", '1:12 syntax Between brackets a reference must be in quotes: write "${{ … }}".'],
    [
      "a: {{ x }}",
      '1:5 syntax A key must be text: write plain text before the ":", and put text that begins with { or [ in quotes.',
    ],
    [
      "? [a]\n: 1",
      '1:3 syntax A key must be text: write plain text before the ":", and put text that begins with { or [ in quotes.',
    ],
    [
      "<<: { a: 1 }",
      "1:1 syntax Merge keys (<<) are not part of YAML 1.2: use an alias for a whole value, or repeat the keys.",
    ],
    ["a: *b", "1:4 alias The alias *b has no anchor &b before it: mend the name."],
    ["a: &b [*b]", "1:8 alias The alias *b stands within its own anchor: a value cannot hold itself: name another."],
    ["a: !foo b", '1:4 syntax Tags have no meaning in a blueprint: remove the word that begins with "!".'],
    ["a: !!binary aGk=", '1:13 syntax Tags have no meaning in a blueprint: remove the word that begins with "!".'],
    ["%YAML 1.1\n---\na: 1", "1:1 syntax Blueprints are YAML 1.2: remove the line %YAML."],
    ["a: b\nc: x\0", "2:5 not_utf8 This is not UTF-8 text: save the file as UTF-8."],
    ["a: \ufffd", "1:4 not_utf8 This is not UTF-8 text: save the file as UTF-8."],
    ["a: \ud800", "1:4 not_utf8 This is not UTF-8 text: save the file as UTF-8."],
    ['a: "\\0"', "1:4 syntax The escapes in this text make a NUL character or half of a character: leave them out."],
    [
      '"\\ud800": 1',
      "1:1 syntax The escapes in this text make a NUL character or half of a character: leave them out.",
    ],
  ])("%j", (source, mistake) => {
    expect(told(source)).toBe(mistake);
  });

  test("bytes that are no UTF-8", () => {
    expect(told(new Uint8Array([97, 58, 32, 0xfc]))).toBe(
      "1:4 not_utf8 This is not UTF-8 text: save the file as UTF-8.",
    );
    expect(told(new Uint8Array([0xff, 0xfe, 97, 0]))).toBe(
      "1:1 not_utf8 This is not UTF-8 text: save the file as UTF-8.",
    );
  });

  test("too many bytes, which are not characters", () => {
    expect(told(`a: ${"x".repeat(262_141)}`)).toBe("no mistake");
    expect(told(`a: ${"ä".repeat(131_071)}`)).toBe(
      "1:1 too_large The blueprint has 262145 bytes, and at most 262144 are read: let machines fetch large files themselves.",
    );
  });

  test.each(["a: 1\n", "! ", '"', "\t\n", "-\n", "&a ", "*a ", "}", "]", "%a b\n", "#\n", "- `\n", "a: 'b\n"])(
    "%j over and over ends before it costs anything",
    (piece) => {
      expect(told(piece.repeat(250_000 / piece.length))).toMatch(
        /^\d+:\d+ too_large The blueprint has more than 25000 words and signs, long texts counted as one: make it smaller/,
      );
    },
  );

  test("bad escapes without end are told at the first", () => {
    for (const escape of ["\\q", "\\xzz", "\\u12"])
      expect(told(`a: "\\n${escape.repeat(60_000)}"`)).toBe(
        '1:7 syntax This is no escape between double quotes: write "\\\\" for a backslash, or use single quotes.',
      );
  });

  test("as many machines as there may be, each with an entry of its own, are not too much", () => {
    const entry = (name: string) =>
      `  ${name}: # what it is for\n    image: debian-12\n    profile: { cpu: 2, memory: 4GiB, storage: 20GiB }\n` +
      `    dependsOn: [first, second]\n    ready: { http: { port: 80, path: /healthz } }\n    userData: |\n      A=1\n      B=2\n\n`;
    const entries = Array.from({ length: 200 }, (_, no) => entry(`machine-${no}`)).join("");
    expect(told(`slipway: 1\nname: many\ninstances:\n${entries}`)).toBe("no mistake");
  });

  test.each(["[", "- ", "? ", "{a: ", "a: ", "[{a: "])("%j without end does not exhaust the stack", (opening) => {
    const bottomless = opening.repeat(200_000 / opening.length);
    expect(told(bottomless)).toMatch(/^1:\d+ too_deep The blueprint is nested more than 64 levels deep here: /);
  });

  test("maps within maps, line by line", () => {
    const deep = Array.from({ length: 300 }, (_, level) => `${" ".repeat(level)}a:`).join("\n");
    expect(told(deep)).toMatch(/^\d+:\d+ too_deep /);
  });
});

test("a byte order mark, tabs between tokens and JSON are fine", () => {
  expect(plain(tree("\ufeffa: 1"))).toEqual([["a", 1]]);
  expect(plain(tree(new Uint8Array([0xef, 0xbb, 0xbf, 97, 58, 32, 49])))).toEqual([["a", 1]]);
  expect(plain(tree('{\n\t"a": 1,\n\t"b": [\n\t\t2\n\t]\n}'))).toEqual([
    ["a", 1],
    ["b", [2]],
  ]);
});

test("every JSON text is read as what it is", () => {
  const toPairs = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(toPairs);
    if (typeof value !== "object" || value === null) return value;
    return Object.entries(value).map(([key, inner]) => [key, toPairs(inner)]);
  };
  const json = fc
    .jsonValue({ maxDepth: 5 })
    .filter((value) => value !== null && !/\\u0000|\\ud[89a-f]|\ufffd|"<<"/i.test(JSON.stringify(value)));
  fc.assert(
    fc.property(json, fc.constantFrom(undefined, 2, "\t"), (value, indent) => {
      const text = JSON.stringify(value, null, indent);
      expect(plain(tree(text))).toEqual(toPairs(JSON.parse(text)));
    }),
  );
});

test("mistakes of both kinds come out of one door", () => {
  expect(readBlueprint("a: [")).toMatchObject({ mistakes: [{ code: "syntax" }] });
  expect(readBlueprint("slipway: 1")).toMatchObject({ mistakes: [{ code: "missing_key" }, { code: "missing_key" }] });
});
