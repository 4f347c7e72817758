// npm run sim -- --seeds N [--first S] [--minutes M] | --seed S [--tell]
import { parseArgs } from "node:util";
import { scenarioOf } from "./drawn-scenario.ts";
import { play } from "./run.ts";

const { values } = parseArgs({
  options: {
    seeds: { type: "string" },
    first: { type: "string" },
    seed: { type: "string" },
    tell: { type: "boolean" },
  },
});
const seeds =
  values.seed !== undefined
    ? [values.seed]
    : Array.from({ length: Number(values.seeds ?? 100) }, (_, i) => String(i + Number(values.first ?? 1)));
let launches = 0,
  injected = 0,
  virtualMs = 0,
  bad = 0;
const started = performance.now();
for (const seed of seeds) {
  const t = performance.now();
  const out = await play(scenarioOf(seed), values.tell ? { tell: (l) => console.log(l) } : {});
  launches += out.launches;
  injected += out.injected;
  virtualMs += out.virtualMs;
  const took = performance.now() - t;
  if (out.findings.length > 0) {
    bad++;
    console.log(
      `seed ${seed}: ${out.findings.map((f) => `${f.checker} @${f.atMs}: ${f.text.slice(0, 600)}`).join(" | ")}`,
    );
  }
  if (took > 3000)
    console.log(`slow seed ${seed}: ${took.toFixed(0)} ms, ${out.virtualMs / 1000} s virtual, ${out.launches}`);
}
const s = (performance.now() - started) / 1000;
console.log({
  seeds: seeds.length,
  bad,
  launches,
  injected,
  hours: virtualMs / 3.6e6,
  s,
  perSecond: launches / s,
  perCpu: launches / (process.cpuUsage().user / 1e6),
});
