// The LXD servers of the tests: two clouds, `east` and `west`, which scripts/ci/with-lxd.sh starts and describes in the file that
// SLIPWAY_TEST_LXD names. What is asked here goes over their sockets, as their administrator.

import { readFileSync } from "node:fs";
import { request } from "node:http";
import { z } from "zod";
import { accountId } from "../../core/ids.ts";
import type { Cloud } from "../../ports/provider.ts";
import { lxdProvider } from "./index.ts";

const LabCloud = z.object({
  url: z.string(),
  socket: z.string(),
  project: z.string(),
  serverCert: z.string(),
  clientCert: z.string(),
  clientKey: z.string(),
  /** Of a client that this cloud does not trust. */
  strangerCert: z.string(),
  strangerKey: z.string(),
  fingerprint: z.string(),
  network: z.string(),
  pool: z.string(),
  /** Where the pool lies: a file in it takes room from machines. */
  poolFolder: z.string(),
  /** Holds the number of the server's process, which is started again when it ends. */
  pidFile: z.string(),
  /** While there is such a file, it is not started. */
  holdFile: z.string(),
});
export type LabCloud = z.infer<typeof LabCloud>;

/** What of an answer of LXD's tests look at. */
const Answer = z.object({ operation: z.string().default(""), error: z.string().default(""), metadata: z.unknown() });

export function labCloud(name: "east" | "west"): LabCloud {
  const file = process.env["SLIPWAY_TEST_LXD"];
  if (file === undefined) throw new Error("SLIPWAY_TEST_LXD names no file: run scripts/ci/with-lxd.sh");
  const lab = z.object({ clouds: z.record(z.string(), LabCloud) }).parse(JSON.parse(readFileSync(file, "utf8")));
  const cloud = lab.clouds[name];
  if (cloud === undefined) throw new Error(`no cloud ${name}`);
  return cloud;
}

/** Settings and credentials of an account at such a cloud. */
export function accountAt(cloud: LabCloud, by: "https" | "socket" = "https"): Account {
  if (by === "socket")
    return { settings: { endpoint: `unix://${cloud.socket}`, project: cloud.project }, credentials: {} };
  const settings = {
    endpoint: cloud.url,
    project: cloud.project,
    ca: readFileSync(cloud.serverCert, "utf8"),
    cert: readFileSync(cloud.clientCert, "utf8"),
  };
  return { settings, credentials: { key: readFileSync(cloud.clientKey, "utf8") } };
}

interface Account {
  readonly settings: object;
  readonly credentials: Readonly<Record<string, string>>;
}

export function openAt({ settings, credentials }: Account): Cloud {
  return lxdProvider.open({ id: accountId("acc-1"), name: "lxd", settings: { ...settings } }, credentials);
}

interface Call {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** With `/1.0`, and with the project where it matters. */
  readonly path: string;
  readonly body?: object;
}

/** What LXD answers, as it is. */
export function tell(
  { socket }: Pick<LabCloud, "socket">,
  { method, path, body }: Call,
): Promise<z.infer<typeof Answer>> {
  return new Promise((resolve, reject) => {
    const asking = request(
      { socketPath: socket, method, path, headers: { "content-type": "application/json" } },
      (answer) => {
        let text = "";
        answer.setEncoding("utf8");
        answer.on("data", (piece: string) => (text += piece));
        answer.on("end", () => resolve(Answer.parse(JSON.parse(text))));
      },
    );
    asking.on("error", reject);
    asking.end(body === undefined ? "" : JSON.stringify(body));
  });
}

/** The same, to the end of its operation. Throws what LXD says against it. */
export async function ask(cloud: Pick<LabCloud, "socket">, call: Call): Promise<unknown> {
  const answer = await tell(cloud, call);
  if (answer.error !== "") throw new Error(`${call.method} ${call.path}: ${answer.error}`);
  if (answer.operation === "") return answer.metadata;
  const { metadata } = await tell(cloud, { method: "GET", path: `${answer.operation}/wait?timeout=60` });
  const { err } = z.object({ err: z.string().default("") }).parse(metadata);
  if (err !== "") throw new Error(`${call.method} ${call.path}: ${err}`);
  return metadata;
}

export interface Seen {
  readonly name: string;
  readonly status: string;
  readonly config: Readonly<Record<string, string>>;
  /** Its own, without those of its profiles. */
  readonly devices: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

const Instances = z.array(
  z.object({
    name: z.string(),
    status: z.string(),
    config: z.record(z.string(), z.string()),
    devices: z.record(z.string(), z.record(z.string(), z.string())),
  }),
);

/** All machines of the project, whoever made them. */
export async function instancesOf(cloud: LabCloud): Promise<readonly Seen[]> {
  return Instances.parse(
    await ask(cloud, { method: "GET", path: `/1.0/instances?recursion=1&project=${cloud.project}` }),
  );
}

/** Ends a machine as a person would, whatever it is at. */
export async function removeByHand(cloud: LabCloud, name: string): Promise<void> {
  const path = `/1.0/instances/${name}`;
  const query = `?project=${cloud.project}`;
  const stop = { action: "stop", force: true, timeout: 20 };
  for (let times = 0; times < 200; times += 1) {
    await ask(cloud, { method: "PUT", path: `${path}/state${query}`, body: stop }).catch(() => undefined);
    await ask(cloud, { method: "DELETE", path: path + query }).catch(() => undefined);
    // LXD may have been busy with it.
    if ((await tell(cloud, { method: "GET", path: path + query })).error === "Instance not found") return;
  }
  throw new Error(`${name} cannot be removed`);
}

/** Room for everything that tests launch, as scripts/ci/with-lxd.sh leaves it. */
const ROOMY = { "limits.instances": "60", "limits.memory": "8GiB", "limits.cpu": "128" };

/** No machine is there, and the project has room, whatever was there before. */
export async function freshCloud(cloud: LabCloud): Promise<void> {
  for (const { name } of await instancesOf(cloud)) await removeByHand(cloud, name);
  await limit(cloud, ROOMY);
}

/** Limits of the project, by LXD's names; `null` takes one away. */
export async function limit(cloud: LabCloud, limits: Readonly<Record<string, string | null>>): Promise<void> {
  const path = `/1.0/projects/${cloud.project}`;
  const { config, description } = z
    .object({ config: z.record(z.string(), z.string()), description: z.string() })
    .parse(await ask(cloud, { method: "GET", path }));
  const changed = Object.entries({ ...config, ...limits }).filter(([, value]) => value !== null);
  await ask(cloud, { method: "PUT", path, body: { description, config: Object.fromEntries(changed) } });
}
