// Lines by ssh, with programs in its place that answer as it does. The real one is asked by tests of the providers that use it.

import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { send, type Sent } from "./send.ts";
import { type SshPlace, whyOf } from "./ssh.ts";
import { openWay } from "./way.ts";
import { calm, cloudThat, faultOf } from "./wire.samples.ts";

const PLACE: SshPlace = {
  host: "engine.example",
  port: 2222,
  user: "ops",
  keyFile: "/etc/slipway/id",
  knownHosts: null,
  command: "pass it on",
  rules: [{ code: "nobody_there", says: /nobody is there/ }],
};
const READ: Sent = { method: "GET", path: "/things" };
const CREATE: Sent = { method: "POST", path: "/things", body: "{}" };

const path = process.env["PATH"];
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "slipway-ssh-"));
  process.env["PATH"] = `${folder}:${path}`;
});

afterEach(() => {
  process.env["PATH"] = path;
  rmSync(folder, { recursive: true, force: true });
});

function inPlaceOfSsh(script: string): void {
  writeFileSync(join(folder, "ssh"), `#!/bin/sh\n${script}\n`);
  chmodSync(join(folder, "ssh"), 0o755);
}

/** Passes on to a port of this machine, and writes down what it was started with. */
function passOnTo(port: number): void {
  writeFileSync(
    join(folder, "relay.mjs"),
    `import { connect } from "node:net"; const to = connect(${port}, "127.0.0.1"); process.stdin.pipe(to).pipe(process.stdout);`,
  );
  inPlaceOfSsh(`echo "$@" >>${folder}/started; exec "${process.execPath}" ${folder}/relay.mjs`);
}

test("requests go over it once somebody answers there, and reads keep their line", async () => {
  await using cloud = await cloudThat((request, response) => response.end(`${request.method} ${request.url}`));
  passOnTo(cloud.port);
  const way = openWay({ to: PLACE, trust: { ca: null, proxy: null } });
  for (const request of [READ, READ, CREATE]) {
    expect((await send(way, request, calm())).body.toString()).toBe(`${request.method} /things`);
  }
  way.kept.destroy();
  expect(cloud.asked.map((asked) => asked.split(" ")[0])).toEqual(["HEAD", "GET", "GET", "HEAD", "POST"]);
});

test.each([
  ["ops@engine: Permission denied (publickey).", "ssh_login_refused", "auth"],
  ["Host key verification failed.", "ssh_host_unknown", "config"],
  ["ssh: Could not resolve hostname nowhere: Name or service not known", "ssh_no_host", "transient"],
  ["ssh: connect to host 127.0.0.1 port 22: Connection refused", "ssh_no_way", "transient"],
  ["nobody is there", "nobody_there", "transient"],
  ["something else", expect.stringMatching(/^(ECONNRESET|EPIPE)$/), "transient"],
])("it ends with %s before anything was asked", async (words, code: unknown, meant) => {
  inPlaceOfSsh(`echo "${words}" >&2; exit 255`);
  const way = openWay({ to: PLACE, trust: { ca: null, proxy: null } });
  for (const request of [READ, CREATE]) {
    const fault = await faultOf(send(way, request, calm()));
    expect(fault).toMatchObject({ class: meant, scope: "account", effect: "none", code });
    expect(fault.text).toMatch(/^ssh:\/\/ops@engine\.example:2222: /);
  }
});

test("what speaks no HTTP there, or never anything, is given up before anything was asked", async () => {
  inPlaceOfSsh("echo Welcome; echo; exec sleep 60");
  const trust = { ca: null, proxy: null };
  const soon = openWay({ to: PLACE, trust, limits: { connectMs: 300 } });
  expect(await faultOf(send(soon, CREATE, calm()))).toMatchObject({ effect: "none", code: "ETIMEDOUT" });
  inPlaceOfSsh("printf 'Welcome\\r\\n\\r\\n'; exec sleep 60");
  const way = openWay({ to: PLACE, trust });
  expect(await faultOf(send(way, CREATE, calm()))).toMatchObject({ effect: "none", code: "HPE_INVALID_CONSTANT" });
});

test("that there is no ssh is said", () => {
  expect(whyOf({ words: "sh: 1: exec: ssh: not found", spawnError: null, rules: [] })).toMatchObject({
    code: "no_ssh",
  });
  expect(whyOf({ words: "", spawnError: new Error("spawn sh ENOENT"), rules: [] })).toMatchObject({ code: "no_ssh" });
  expect(whyOf({ words: "Warning: Permanently added", spawnError: null, rules: [] })).toBeNull();
});
