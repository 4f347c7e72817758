import fc from "fast-check";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readBlueprint } from "../../http/blueprint/yaml.ts";
import { graphOf } from "./graph.ts";
import type { Located } from "./located.ts";
import { parseBlueprint } from "./parse.ts";
import { duration, MEMORY, STORAGE } from "./quantity.ts";
import { renderTemplate } from "./render.ts";
import { resolveBlueprint } from "./resolve.ts";
import { scanTemplate } from "./template.ts";

interface Need {
  readonly from: number;
  readonly to: number;
  /** By a reference in user data instead of in dependsOn. */
  readonly implied: boolean;
}

interface Shape {
  readonly counts: readonly (number | null)[];
  readonly needs: readonly Need[];
}

const name = (place: number): string => `n${String.fromCharCode(97 + place)}`;

function sourceOf({ counts, needs }: Shape): string {
  const instances = counts.map((count, place) => {
    const own = needs.filter(({ from }) => from === place);
    const written = [...new Set(own.filter(({ implied }) => !implied).map(({ to }) => name(to)))];
    const referred = own.filter(({ implied }) => implied).map(({ to }) => `\${{ ${name(to)}.privateAddress }}`);
    return [
      name(place),
      {
        image: "x",
        profile: { cpu: 1, memory: "1GiB" },
        ...(count === null ? {} : { count }),
        dependsOn: written,
        ...(referred.length === 0 ? {} : { userData: referred.join(" ") }),
      },
    ] as const;
  });
  return JSON.stringify({ slipway: 1, name: "graph", instances: Object.fromEntries(instances) });
}

const count = fc.option(fc.integer({ min: 1, max: 4 }));

/** Any needs between the nodes, towards `accepts` only; never of a node for itself. */
function shapes(accepts: (from: number, to: number) => boolean): fc.Arbitrary<Shape> {
  return fc.array(count, { minLength: 1, maxLength: 12 }).chain((counts) => {
    const node = fc.integer({ min: 0, max: counts.length - 1 });
    const need = fc
      .record({ from: node, to: node, implied: fc.boolean() })
      .filter(({ from, to }) => from !== to && accepts(from, to));
    return fc.array(need, { maxLength: counts.length === 1 ? 0 : 20 }).map((needs) => ({ counts, needs }));
  });
}

/** Names shuffled, so that the document's order says nothing about what comes first. */
const acyclic = shapes((from, to) => (from * 7) % 13 > (to * 7) % 13);

test("an acyclic graph resolves so that everything comes after all that it depends on", () => {
  fc.assert(
    fc.property(acyclic, (shape) => {
      const read = readBlueprint(sourceOf(shape));
      if (!("ok" in read)) throw new Error(JSON.stringify(read.mistakes));
      const given = { parameters: {}, profiles: [] };
      const resolved = resolveBlueprint(read.ok, given);
      if (!("ok" in resolved)) throw new Error(JSON.stringify(resolved.mistakes));
      const { instances } = resolved.ok;
      const names = instances.map((instance) => instance.name);
      expect(new Set(names).size).toBe(names.length);
      expect(names.length).toBe(shape.counts.reduce<number>((sum, one) => sum + (one ?? 1), 0));
      for (const [place, instance] of instances.entries()) {
        expect(names.slice(0, place)).toEqual(expect.arrayContaining([...instance.dependsOn]));
        const needed = shape.needs.filter(({ from }) => name(from) === instance.group).map(({ to }) => name(to));
        const groups = instances.filter((other) => instance.dependsOn.includes(other.name)).map(({ group }) => group);
        expect(new Set(groups)).toEqual(new Set(needed));
      }
      expect(resolveBlueprint(read.ok, given)).toEqual(resolved);
    }),
  );
});

test("without dependencies the document's order is kept", () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.string({ minLength: 1 })), (nodes) => {
      expect(graphOf(new Map(nodes.map((node) => [node, []]))).order).toEqual(nodes);
    }),
  );
});

test("a graph has cycles exactly when it cannot be taken apart from its ends, and each path told is a real cycle", () => {
  fc.assert(
    fc.property(
      shapes(() => true),
      (shape) => {
        const read = readBlueprint(sourceOf(shape));
        const told = "mistakes" in read ? read.mistakes : [];
        expect(told.every(({ code }) => code === "cycle")).toBe(true);
        expect(told.length > 0).toBe(isCyclic(shape));
        for (const { text } of told) {
          const path = /circle, (.*): remove/.exec(text)?.[1]?.split(" → ") ?? [];
          expect(path.length).toBeGreaterThan(2);
          expect(path.at(-1)).toBe(path[0]);
          const edges = shape.needs.map(({ from, to }) => `${name(from)} → ${name(to)}`);
          for (const [place, to] of path.slice(1).entries()) expect(edges).toContain(`${path[place]} → ${to}`);
        }
      },
    ),
  );
});

function isCyclic({ counts, needs }: Shape): boolean {
  let left = counts.map((_, place) => place);
  for (;;) {
    const free = left.filter((node) => !needs.some(({ from, to }) => from === node && left.includes(to)));
    if (free.length === 0) return left.length > 0;
    left = left.filter((node) => !free.includes(node));
  }
}

test("sizes and durations are read back as what they say", () => {
  const amount = fc.integer({ min: 1, max: 8 });
  fc.assert(
    fc.property(amount, fc.constantFrom(["MiB", 1], ["GiB", 1024], ["TiB", 1024 ** 2]), (value, [unit, mib]) => {
      expect(MEMORY.read(`${value}${unit}`)).toEqual({ ok: value * Number(mib) });
      if (unit !== "MiB") expect(STORAGE.read(`${value} ${unit}`)).toEqual({ ok: (value * Number(mib)) / 1024 });
    }),
  );
  const units = fc.constantFrom(["ms", 1], ["s", 1000], ["m", 60_000], ["h", 3_600_000], ["d", 86_400_000]);
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 100_000 }), units, (value, [unit, factor]) => {
      const ms = value * Number(factor);
      const read = duration(1).read(`${value}${unit}`);
      expect(read).toEqual(ms >= 100 && ms <= 7 * 86_400_000 ? { ok: ms } : { wrong: "out_of_range" });
    }),
  );
});

const NOTHING = {
  parameters: {},
  instances: {},
  self: { name: "", index: 1, callbackUrl: "" },
  deployment: { name: "" },
};

function rendered(text: string): string {
  const parts = scanTemplate(text).map((piece) =>
    piece.kind === "text" ? piece : { kind: "text" as const, text: "!" },
  );
  const outcome = renderTemplate(parts, NOTHING);
  return "text" in outcome ? outcome.text : outcome.missing;
}

const snippets = fc
  .array(fc.oneof(fc.constantFrom("$", "{", "${", "}}", "{{", "\n", "${{", "$${{"), fc.string()))
  .map((pieces) => pieces.join(""));

test("a text without references stays as it is", () => {
  fc.assert(
    fc.property(
      snippets.filter((text) => !text.includes("${{")),
      (text) => {
        expect(rendered(text)).toBe(text);
      },
    ),
  );
});

test("a text whose references are all escaped comes out with them unescaped", () => {
  fc.assert(
    fc.property(snippets, (text) => {
      expect(rendered(text.replaceAll("${{", () => "$${{"))).toBe(text);
    }),
  );
});

const place = { line: 1, column: 1 };
const KEYS =
  "slipway name instances parameters launch web app image profile count dependsOn userData ready tcp http port path type default min max choices secret";
const keys = fc.constantFrom("a b", ...KEYS.split(" "));
const scalars = fc.oneof(
  fc.constantFrom(null, true, "web", "integer", "string", "${{ params.web }}", "${{ app.id }}", "${{", ""),
  fc.constantFrom("1", "0", "2.5", "1e3", "1e9999", "0x1F", ".inf").map((text) => ({ text })),
  fc.string(),
);
const { tree } = fc.letrec<{ tree: Located }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 6 },
    scalars.map((value) => ({ kind: "scalar" as const, value, at: place, textAt: null })),
    fc.array(tie("tree"), { maxLength: 3 }).map((items) => ({ kind: "list" as const, items, at: place })),
    fc
      .array(fc.record({ key: keys, keyAt: fc.constant(place), value: tie("tree") }), { maxLength: 6 })
      .map((entries) => ({ kind: "map" as const, entries, at: place })),
  ),
}));

const SHOP = readFileSync(join(import.meta.dirname, "../../../examples/shop.yaml"), "utf8");

function checkSentences(parsed: ReturnType<typeof parseBlueprint>): void {
  if ("ok" in parsed) return;
  expect(parsed.mistakes.length).toBeGreaterThan(0);
  for (const { text, line, column, pointer } of parsed.mistakes) {
    expect(text).toMatch(/^[^\n]+[.?]$/);
    expect(line).toBeGreaterThan(0);
    expect(column).toBeGreaterThan(0);
    expect(pointer).toMatch(/^(\/[^\n]*)?$/);
  }
}

test("any tree is a blueprint or has mistakes in whole sentences", () => {
  fc.assert(
    fc.property(tree, (node) => checkSentences(parseBlueprint(node))),
    { numRuns: 300 },
  );
});

test("a blueprint with any piece cut out or put in is still one or has mistakes in whole sentences", () => {
  const spot = fc.integer({ min: 0, max: SHOP.length });
  fc.assert(
    fc.property(spot, fc.integer({ min: 0, max: 40 }), snippets, (at, cut, text) => {
      checkSentences(readBlueprint(SHOP.slice(0, at) + text + SHOP.slice(at + cut)));
    }),
  );
});
