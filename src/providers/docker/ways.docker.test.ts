// A real engine over TLS and over ssh: a machine's life, and what is told where it cannot be reached so.

import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { expect, test } from "vitest";
import { accountId } from "../../core/ids.ts";
import type { Cloud } from "../../ports/provider.ts";
import {
  bringUp,
  calm,
  faultOf,
  foundBy,
  listAll,
  lookedAt,
  readyRequest,
  stillStage,
  SUITE_INSTALLATION,
} from "../../ports/provider-suite/stage.testsuite.ts";
import { dockerProvider } from "./index.ts";
import { fileIn, LAB, overSsh, overTls, pathIn, type Way } from "./lab.testsuite.ts";

const placement = {
  realm: "default",
  size: "custom",
  image: "busybox:test",
  cpu: 0.1,
  userData: "#!/bin/sh\necho up and running\nexec sleep 1000",
};

function openBy({ settings, credentials }: Way): Cloud {
  return dockerProvider.open({ id: accountId("acc-1"), name: "engine", settings }, credentials);
}

test.each([
  ["TLS", overTls],
  ["ssh", overSsh],
])("over %s a machine comes up, is announced, tells its console, and goes", async (_name, way) => {
  await using cloud = openBy(way());
  const end = new AbortController();
  const opened = Promise.withResolvers<void>();
  const heard = Promise.withResolvers<void>();
  let changes = 0;
  const changed = (): void => {
    changes += 1;
    (changes === 1 ? opened : heard).resolve();
  };
  const watching = cloud.watch?.(SUITE_INSTALLATION, changed, end.signal);
  await opened.promise;
  const stage = stillStage({ cloud, placement });
  const machine = await bringUp(stage, readyRequest(stage));
  await heard.promise;
  const seen = await lookedAt(stage, machine);
  expect(seen).toMatchObject({ state: "running", fault: null });
  expect(await listAll(cloud)).toEqual([seen]);
  expect(await foundBy(stage, machine.name)).toEqual([seen]);
  let output: string | null = null;
  for (let looks = 0; looks < 100 && output !== "up and running\n"; looks += 1) {
    output = await cloud.console(machine, calm());
  }
  expect(output).toBe("up and running\n");
  await cloud.destroy(machine, calm());
  expect(await lookedAt(stage, machine)).toBeNull();
  end.abort();
  await watching;
});

const withSettings = ({ settings, credentials }: Way, other: Readonly<Record<string, string>>): Way => ({
  settings: { ...settings, ...other },
  credentials,
});

const { ca = "" } = overTls().settings;
const OWN_ENDPOINT = overSsh().settings["endpoint"] ?? "";

/** Each in one line that names the cause, with nothing made. */
test.each<[cause: string, way: Way, expected: { class: string; code: string }, says: RegExp]>([
  [
    "another authority",
    withSettings(overTls(), { ca: fileIn("pki", "stranger.pem") }),
    { class: "account", code: "UNABLE_TO_VERIFY_LEAF_SIGNATURE" },
    /nobody who is trusted here has signed it; give the certificate that signed it as the setting `ca`/,
  ],
  [
    "another host name",
    withSettings(overTls(), { endpoint: `https://localhost:${LAB.tlsPort}` }),
    { class: "account", code: "ERR_TLS_CERT_ALTNAME_INVALID" },
    /it is for 127\.0\.0\.1; correct the account's address/,
  ],
  [
    "no certificate of ours",
    { settings: { endpoint: `https://127.0.0.1:${LAB.tlsPort}`, ca }, credentials: {} },
    { class: "auth", code: "certificate_refused" },
    /asks for a certificate: give the account `cert` and `key`/,
  ],
  [
    "a certificate of ours that a stranger has signed",
    withSettings(overTls(), { cert: fileIn("pki", "stranger-client.pem") }),
    { class: "auth", code: "certificate_refused" },
    /does not take the account's certificate/,
  ],
  [
    "no TLS where the engine wants it",
    { settings: { endpoint: `tcp://127.0.0.1:${LAB.tlsPort}` }, credentials: {} },
    { class: "config", code: "tls_wanted" },
    /the endpoint has to begin with https:/,
  ],
  [
    "a key that is not authorized",
    withSettings(overSsh(), { keyFile: pathIn("ssh", "stranger") }),
    { class: "auth", code: "ssh_login_refused" },
    /ssh's login was refused: the key .* must be authorized there/,
  ],
  [
    "a host whose key nobody knows",
    withSettings(overSsh(), { knownHosts: pathIn("ssh", "none") }),
    { class: "config", code: "ssh_host_unknown" },
    /add it to the known hosts/,
  ],
  [
    "a host that shows another key than it should",
    withSettings(overSsh(), { knownHosts: pathIn("ssh", "another") }),
    { class: "config", code: "ssh_host_unknown" },
    /the host's key is not the one that ssh knows here/,
  ],
  [
    "no socket at the end of ssh",
    withSettings(overSsh(), { endpoint: `${OWN_ENDPOINT}-not-there` }),
    { class: "transient", code: "ssh_no_socket" },
    /Docker does not listen on that host; start it there/,
  ],
  [
    "no server of ssh",
    withSettings(overSsh(), { endpoint: "ssh://root@127.0.0.1:1" }),
    { class: "transient", code: "ssh_no_way" },
    /ssh reaches nobody there; start its server/,
  ],
])("%s is told in a line, and has made nothing", async (...given) => {
  const [, way, expected, says] = given;
  await using cloud = openBy(way);
  const asked = [cloud.usage(calm()), cloud.create(readyRequest({ placement }), async () => undefined, calm())];
  for (const { fault } of await Promise.all(asked.map(faultOf))) {
    expect(fault).toMatchObject({ ...expected, scope: "account", effect: "none" });
    expect(fault.text).toMatch(says);
    expect(fault.text).not.toMatch(/\n|PRIVATE KEY|BEGIN/);
  }
});

test("a key that is kept to the one command that passes on is enough", async () => {
  const endpoint = `ssh://root@127.0.0.1:${LAB.sshPort}`;
  await using cloud = openBy(withSettings(overSsh(), { endpoint, keyFile: pathIn("ssh", "kept") }));
  expect((await cloud.image("busybox:test", "default", calm())).image).toBe("busybox:test");
});

test("whoever is done leaves no ssh behind", async () => {
  const cloud = openBy(overSsh());
  const end = new AbortController();
  await cloud.watch?.("nobody", () => end.abort(new Error("enough")), end.signal);
  await cloud.usage(calm());
  expect(sshOfOurs()).toBeGreaterThan(0);
  await cloud[Symbol.asyncDispose]();
  for (let looks = 0; looks < 100 && sshOfOurs() > 0; looks += 1) await pause(50);
  expect(sshOfOurs()).toBe(0);
});

/** How many run that know the engine's host. */
function sshOfOurs(): number {
  const known = pathIn("ssh", "known");
  return readdirSync("/proc").filter((name) => /^\d+$/.test(name) && commandOf(name).includes(known)).length;
}

function commandOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8");
  } catch {
    // It has ended meanwhile.
    return "";
  }
}
