// Writes openapi.json from the routes: `node scripts/openapi.ts`. A test fails when the committed file differs.

import { writeFile } from "node:fs/promises";
import { uptime } from "node:os";
import { join } from "node:path";
import { openClock } from "../src/clock.ts";
import { eventsTo } from "../src/log.ts";
import { createApp } from "../src/http/app.ts";
import { documentOf, textOf } from "../src/http/document.ts";
import { openWakes } from "../src/http/stream/wakes.ts";
import { secretsWith } from "../src/secrets.ts";
import { createCourier } from "../src/webhooks/courier.ts";
import { openMemory } from "../src/store/memory/open.ts";

const secrets = secretsWith(Buffer.alloc(32));
const store = openMemory({ clock: Date });
const app = createApp({
  store,
  outage: () => null,
  wakes: await openWakes(store),
  providers: new Map(),
  secrets,
  courier: createCourier({ secrets, version: "0", toAny: false, now: Date.now }),
  clock: openClock(uptime),
  events: eventsTo("silent", { write: () => undefined }),
  version: "0",
  installation: "none",
  embedded: true,
  schema: "",
  room: async () => null,
  backUp: null,
  page: null,
  agents: { changes: false, maxHourly: null },
  closing: new AbortController().signal,
  proxies: null,
  identities: null,
});
await writeFile(join(import.meta.dirname, "../openapi.json"), textOf(documentOf(app)));
