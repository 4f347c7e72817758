// The servers, up to their database: `serve` is API and engine, `work` is the engine alone, `migrate` the schema alone. While the database opens,
// which an embedded one does in a thread of its own, the rest of the program is read.

import { readCertificate } from "./certificate.ts";
import { type Config, ConfigMistake, readConfig } from "./config.ts";
import { explained } from "./listening.ts";
import { oneLineErrors, openGround, openStore, placeOf } from "./ground.ts";
import { tryListening } from "./http/server.ts";
import { logOf, say } from "./printing.ts";

/** API and engine, until a signal. */
export function serve(): Promise<number> {
  return oneLineErrors(async () => {
    const config = readConfig(process.env);
    await explained(config, tryListening(config));
    await tryMetrics(config);
    const certificate = config.tls === null ? null : await readCertificate(config.tls);
    const rest = reading();
    await using ground = await openGround(config);
    return await (await rest).serveOn(ground, certificate);
  });
}

/** The engine alone, until a signal: as many of these as launches need, on any machines. */
export function work(): Promise<number> {
  return oneLineErrors(async () => {
    const config = readConfig(process.env);
    if (config.database.kind === "folder") {
      throw new ConfigMistake("DATABASE_URL", "must be set for `work`: the embedded database serves one process alone");
    }
    await tryMetrics(config);
    const rest = reading();
    await using ground = await openGround(config);
    return await (await rest).workOn(ground);
  });
}

/** What is wrong with it is said by whoever waits for it. */
function reading() {
  const rest = import("./serving.ts");
  rest.catch(() => undefined);
  return rest;
}

/** Opening the database brings its schema up to date. */
export function migrate(): Promise<number> {
  return oneLineErrors(async () => {
    const config = readConfig(process.env);
    const store = await openStore(config, { warn: say, events: logOf(config) });
    await store.close();
    say(`the schema in ${placeOf(config)} is up to date`);
    return 0;
  });
}

/** Before anything is made. */
async function tryMetrics({ metricsAt }: Config): Promise<void> {
  if (metricsAt !== null) await explained(metricsAt, tryListening(metricsAt));
}
