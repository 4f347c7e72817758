// A process that tries mutants of a stage: it keeps vitest and what it has transformed, and can be killed when a mutant runs for ever.

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createVitest } from "vitest/node";
import { z } from "zod";

/** A file of the stage with its changed text, and the tests to run on it, in groups of which the first that fails ends the trial. */
export const Trial = z.object({ file: z.string(), text: z.string(), tests: z.array(z.array(z.string())) });
export type Trial = z.infer<typeof Trial>;

export const Verdict = z.object({ killedBy: z.string().nullable() });
export type Verdict = z.infer<typeof Verdict>;

async function main(stage: string): Promise<void> {
  const vitest = await createVitest("test", {
    root: stage,
    config: false,
    watch: false,
    include: ["src/core/**/*.test.ts"],
    isolate: false,
    maxWorkers: 1,
    bail: 1,
    reporters: [{}],
    cache: false,
  });
  const specifications = await vitest.globTestSpecifications();

  async function failing(tests: readonly string[]): Promise<string | null> {
    const wanted = specifications.filter(({ moduleId }) => tests.includes(moduleId.slice(stage.length + 1)));
    // The result has every module that was ever run, with its last state.
    const { unhandledErrors } = await vitest.runTestSpecifications(wanted);
    const broken = wanted.find(({ testModule }) => testModule?.ok() !== true);
    return broken?.moduleId.slice(stage.length + 1) ?? (unhandledErrors.length > 0 ? "an unhandled error" : null);
  }

  async function judge({ file, text, tests }: Trial): Promise<Verdict> {
    const path = join(stage, file);
    const original = readFileSync(path, "utf8");
    writeFileSync(path, text);
    vitest.invalidateFile(path);
    try {
      for (const group of tests) {
        const killedBy = await failing(group);
        if (killedBy !== null) return { killedBy };
      }
      return { killedBy: null };
    } finally {
      writeFileSync(path, original);
      vitest.invalidateFile(path);
    }
  }

  process.on("message", (message) => {
    void judge(Trial.parse(message)).then(
      (verdict) => process.send?.(verdict),
      (error: unknown) => {
        console.error(error);
        process.exit(1);
      },
    );
  });
  process.on("disconnect", () => process.exit(0));
  process.send?.("ready");
}

if (import.meta.main) await main(process.argv[2] ?? "");
