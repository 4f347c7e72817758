// Which small changes of src/core no test notices: `npm run mutants [-- --files GLOB] [--minutes N]`. It goes on where it ended: what
// was killed is not tried again while its file is the same; what survived always is. Low priority is up to the caller (`nice`).

import { type ChildProcess, fork } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import {
  appendFileSync,
  cpSync,
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { parseArgs } from "node:util";
import { z } from "zod";
import { type Mutation, mutationsOf } from "./mutants/mutations.ts";
import { type Trial, Verdict } from "./mutants/trial.ts";

const ROOT = join(import.meta.dirname, "..");
const REPORT = join(ROOT, "reports/mutants.jsonl");
/** What the core's tests read. */
const STAGED = ["src", "datacentre", "docs", "examples", "package.json", "tsconfig.json"];
/** A mutant that takes longer runs for ever, which a test would notice. */
const TRIAL_MS = 90_000;
/** Tests that take long, tried on what the others have let live. */
const SLOW = /property\.test\.ts$|mistakes\.test\.ts$|parse\.test\.ts$|documented\.test\.ts$/;

const Tried = z.object({
  id: z.string(),
  file: z.string(),
  line: z.number(),
  what: z.string(),
  killedBy: z.string().nullable(),
});
type Tried = z.infer<typeof Tried>;

interface Mutant {
  readonly id: string;
  readonly file: string;
  readonly line: number;
  readonly source: string;
  readonly mutation: Mutation;
}

const { values } = parseArgs({
  options: { files: { type: "string", default: "src/core/**/*.ts" }, minutes: { type: "string", default: "600" } },
});
const endsAt = performance.now() + Number(values.minutes) * 60_000;

function mutantsOf(file: string): Mutant[] {
  const source = readFileSync(join(ROOT, file), "utf8");
  return mutationsOf(source).map((mutation) => {
    const key = [file, source, mutation.from, mutation.to, mutation.text].join("\0");
    const id = createHash("sha256").update(key).digest("hex").slice(0, 16);
    return { id, file, line: source.slice(0, mutation.from).split("\n").length, source, mutation };
  });
}

/** Last word on each mutant. */
function triedBefore(): Map<string, Tried> {
  const lines = existsSync(REPORT) ? readFileSync(REPORT, "utf8").trim().split("\n").filter(Boolean) : [];
  return new Map(lines.map((line) => Tried.parse(JSON.parse(line))).map((tried) => [tried.id, tried]));
}

const IMPORT = /from\s+"(\.[^"]+)"/g;

function importsOf(file: string): string[] {
  const text = readFileSync(join(ROOT, file), "utf8");
  return [...text.matchAll(IMPORT)].map(([, to = ""]) => join(dirname(file), to));
}

/** All that a test imports, and what that imports. */
function reachedBy(test: string): ReadonlySet<string> {
  const seen = new Set([test]);
  for (const one of seen) for (const to of importsOf(one)) if (to.startsWith("src/")) seen.add(to);
  return seen;
}

/** The tests that a file reaches: those beside it first, then the quick ones, then the slow ones. */
function testsOf(file: string, reached: ReadonlyMap<string, ReadonlySet<string>>): string[][] {
  const related = [...reached].filter(([, files]) => files.has(file)).map(([test]) => test);
  const own = related.filter((test) => importsOf(test).includes(file) && !SLOW.test(test));
  const quick = related.filter((test) => !own.includes(test) && !SLOW.test(test));
  const slow = related.filter((test) => SLOW.test(test));
  return [own, quick, slow].filter((group) => group.length > 0);
}

function makeStage(): string {
  const stage = mkdtempSync(join(tmpdir(), "slipway-mutants-"));
  for (const name of STAGED) {
    cpSync(join(ROOT, name), join(stage, name), { recursive: true, filter: (path) => !path.includes("node_modules") });
  }
  symlinkSync(join(ROOT, "node_modules"), join(stage, "node_modules"));
  return stage;
}

async function begin(stage: string): Promise<ChildProcess> {
  const script = join(import.meta.dirname, "mutants/trial.ts");
  const child = fork(script, [stage], { detached: true, stdio: ["ignore", "ignore", "inherit", "ipc"] });
  await once(child, "message");
  return child;
}

/** Its workers belong to its group. */
async function end(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const closed = once(child, "close");
  process.kill(-child.pid, "SIGKILL");
  await closed;
}

/** Null when it ran out of its time. */
/** Nothing can be said of mutants before all tests pass on what is there. */
async function prove(child: ChildProcess, tests: readonly string[]): Promise<void> {
  const file = "src/core/world/limiter.ts";
  const text = readFileSync(join(ROOT, file), "utf8");
  const verdict = await verdictOf(child, { file, text, tests: [[...tests]] });
  if (verdict?.killedBy !== null)
    throw new Error(`without any change the tests fail: ${verdict?.killedBy ?? "they take too long"}`);
}

async function verdictOf(child: ChildProcess, trial: Trial): Promise<Verdict | null> {
  const over = new AbortController();
  const late = once(AbortSignal.timeout(TRIAL_MS), "abort", { signal: over.signal }).then(() => null);
  const answered = once(child, "message", { signal: over.signal }).then(([message]: unknown[]) =>
    Verdict.parse(message),
  );
  const died = once(child, "close", { signal: over.signal }).then(() => null);
  child.send(trial);
  try {
    return await Promise.race([answered, late, died]);
  } finally {
    over.abort();
    await Promise.allSettled([late, answered, died]);
  }
}

function tell(all: readonly Mutant[], tried: ReadonlyMap<string, Tried>): void {
  const done = all.flatMap(({ id }) => tried.get(id) ?? []);
  const lived = done.filter(({ killedBy }) => killedBy === null);
  for (const { file, line, what } of lived) console.log(`lived  ${file}:${line}  ${what}`);
  console.log(
    `${all.length} mutants: ${done.length - lived.length} killed, ${lived.length} lived, ${all.length - done.length} not tried`,
  );
}

const files = globSync(values.files, { cwd: ROOT })
  .filter((file) => !/\.(test|testsuite|samples)\.ts$/.test(file))
  .sort();
const tests = globSync("src/core/**/*.test.ts", { cwd: ROOT }).sort();
const all = files.flatMap(mutantsOf);
const tried = triedBefore();
const open = all.filter(({ id }) => (tried.get(id)?.killedBy ?? null) === null);
console.log(`${all.length} mutants in ${files.length} files, ${open.length} to try`);
mkdirSync(dirname(REPORT), { recursive: true });
const stage = makeStage();
let child = await begin(stage);
try {
  await prove(child, tests);
  const reached = new Map(tests.map((test) => [test, reachedBy(test)]));
  const groups = new Map(files.map((file) => [file, testsOf(file, reached)]));
  for (const { id, file, line, source, mutation } of open) {
    if (performance.now() > endsAt) break;
    const text = source.slice(0, mutation.from) + mutation.text + source.slice(mutation.to);
    const verdict = await verdictOf(child, { file, text, tests: groups.get(file) ?? [] });
    if (verdict === null) {
      await end(child);
      // It could not put things back itself.
      writeFileSync(join(stage, file), source);
      child = await begin(stage);
    }
    const killedBy = verdict === null ? "time" : verdict.killedBy;
    const result: Tried = { id, file, line, what: mutation.what, killedBy };
    tried.set(id, result);
    appendFileSync(REPORT, `${JSON.stringify(result)}\n`);
    if (killedBy === null) console.log(`lived  ${relative(ROOT, join(ROOT, file))}:${line}  ${mutation.what}`);
  }
} finally {
  await end(child);
  rmSync(stage, { recursive: true, force: true });
}
tell(all, tried);
