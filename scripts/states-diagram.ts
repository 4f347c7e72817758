// Draws the tables of transitions into docs/architecture.md, between the markers.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { arcs, DEPLOYMENT, finalStates, INSTANCE, MACHINE, type Table } from "../src/core/states.ts";

const DOCUMENT = join(import.meta.dirname, "../docs/architecture.md");

function mermaid<S extends string, E extends string>(table: Table<S, E>, first: S): string {
  const movesOf = (from: S, to: S) => Object.entries(table[from]).filter(([, target]) => target === to);
  const lines = arcs(table).map(([from, to]) => {
    const moves = movesOf(from, to).map(([move]) => move);
    return `  ${from} --> ${to}: ${moves.join(", ")}`;
  });
  const ends = finalStates(table).map((state) => `  ${state} --> [*]`);
  return ["```mermaid", "stateDiagram-v2", `  [*] --> ${first}`, ...lines, ...ends, "```"].join("\n");
}

const DIAGRAMS = {
  deployment: mermaid(DEPLOYMENT, "new"),
  instance: mermaid(INSTANCE, "new"),
  machine: mermaid(MACHINE, "intent"),
};

/** The document with its diagrams made anew. */
export function withDiagrams(text: string): string {
  return Object.entries(DIAGRAMS).reduce((sofar, [name, diagram]) => {
    const place = new RegExp(`(<!-- states:${name} -->\\n)[\\s\\S]*?(\\n<!-- end -->)`);
    if (!place.test(sofar)) throw new Error(`the document has no place for the states of ${name}`);
    return sofar.replace(place, (_, begin: string, end: string) => `${begin}${diagram}${end}`);
  }, text);
}

if (import.meta.main) {
  const text = readFileSync(DOCUMENT, "utf8");
  writeFileSync(DOCUMENT, withDiagrams(text));
}
