// Runs a datacentre: `node src/main.ts --preset demo --port 7070`. Prints one line with its url; SIGTERM ends it.

import { openSync, readFileSync, writeSync } from "node:fs";
import { parseArgs } from "node:util";
import type { BillingEntry, PartEntry } from "./billing.ts";
import { realClock } from "./clock.ts";
import { createDatacentre } from "./datacentre.ts";
import { PRESETS } from "./presets.ts";
import { serveDatacentre } from "./server.ts";
import { type DatacentreSettings, readDatacentre } from "./settings.ts";
import { oneOf, ShapeError } from "./shape.ts";
import { parseJson } from "./wire/json.ts";
import { FACES } from "./faces/all.ts";
import type { Face } from "./faces/face.ts";

/** How late a billing entry may be written while nobody calls. */
const SETTLE_EVERY_MS = 100;

const USAGE = `node src/main.ts (--preset demo|plain|wide | --config FILE | --face NAME) [--port N] [--host ADDRESS]
    [--seed TEXT] [--billing FILE] [--lost-answers hang|destroy]
  --face NAME   the API that tenants see: ${FACES.map(({ name }) => name).join(", ")}; without --preset and --config
                it begins with clouds of its own`;

function readArguments() {
  const { values } = parseArgs({
    options: {
      preset: { type: "string" },
      config: { type: "string" },
      port: { type: "string", default: "0" },
      host: { type: "string", default: "127.0.0.1" },
      seed: { type: "string" },
      face: { type: "string" },
      billing: { type: "string" },
      "lost-answers": { type: "string", default: "destroy" },
    },
  });
  const port = Number(values.port);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new ShapeError("--port", "must be 0 to 65535");
  const lostAnswers = oneOf(["hang", "destroy"])(values["lost-answers"], "--lost-answers");
  const face = FACES.find(({ name }) => name === (values.face ?? "plain"));
  if (face === undefined) throw new ShapeError("--face", `must be one of ${FACES.map(({ name }) => name).join(", ")}`);
  return { settings: readSettings(values, face), face, port, host: values.host, billing: values.billing, lostAnswers };
}

interface Given {
  readonly preset?: string;
  readonly config?: string;
  readonly seed?: string;
  readonly face?: string;
}

function readSettings(given: Given, face: Face): DatacentreSettings {
  const seed = given.seed === undefined ? {} : { seed: given.seed };
  if (given.config !== undefined) {
    return { ...readDatacentre(parseJson(readFileSync(given.config, "utf8"), given.config)), ...seed };
  }
  if (given.preset === undefined && given.face !== undefined) return { clouds: face.clouds, ...seed };
  return { clouds: PRESETS[oneOf(["demo", "plain", "wide"])(given.preset, "--preset")], ...seed };
}

async function run(): Promise<void> {
  const { settings, face, port, host, billing, lostAnswers } = readArguments();
  const billingFile = billing === undefined ? null : openSync(billing, "a");
  const write = (entry: BillingEntry | PartEntry): void => {
    if (billingFile !== null) writeSync(billingFile, `${JSON.stringify(entry)}\n`);
  };
  // As with real clouds no id ever stands for a second machine, unless a seed asks for the same datacentre again.
  const ownRun = settings.seed === undefined ? Date.now().toString(36) : "";
  const datacentre = createDatacentre({
    ...settings,
    run: ownRun,
    clock: realClock,
    onBilling: write,
    onPartBilling: write,
  });
  const served = await serveDatacentre(datacentre, { port, host, lostAnswers, face });
  const settling = setInterval(() => datacentre.settle(), SETTLE_EVERY_MS);
  const end = (): void => {
    clearInterval(settling);
    served.close().then(
      () => process.exit(0),
      () => process.exit(1),
    );
  };
  process.once("SIGTERM", end);
  process.once("SIGINT", end);
  process.stdout.write(`datacentre at ${served.url} with the clouds ${datacentre.cloudNames.join(", ")}\n`);
}

try {
  await run();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n${USAGE}\n`);
  process.exitCode = 2;
}
