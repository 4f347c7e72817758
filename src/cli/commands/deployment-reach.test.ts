// Commands that lead to machines: inventory, ssh, logs.
import { chmod, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parse } from "yaml";
import type { Deployment, Instance } from "../../contract/deployment.ts";
import { at, sampleDeployment, sampleInstance, sampleMachine } from "../replies.samples.ts";
import { standWith } from "../stand.samples.ts";

const up = (name: string, given: Partial<Instance>) =>
  sampleInstance({ name, state: "running", machine: `sw-${name}`, ...given });
const machineOf = ({ machine, name }: Instance, given: object = {}) =>
  sampleMachine({ id: machine ?? "", instance: name, ...given });

const web = up("web-1", { group: "web", publicAddress: "192.0.2.7", privateAddress: "10.0.0.7" });
const app = up("app-server", { group: "app-server", privateAddress: "fd00::5" });
const named = up("named", { publicAddress: "ec2-192-0-2-9.example.com" });
const rude = up("rude", { publicAddress: "192.0.2.1\n  ProxyCommand rm" });
const leaving = up("leaving", { publicAddress: "192.0.2.8", state: "shutting_down" });
const shop = sampleDeployment({
  name: "shop",
  instances: [web, app, named, rude, leaving, sampleInstance({ name: "late" })],
  machines: [...[web, app, named, rude].map((one) => machineOf(one)), machineOf(leaving, { undoAskedAt: at(3) })],
});
const serving = (deployment: Deployment) => ({ "GET /v1/deployments/shop": { json: deployment } });
const LEFT_OUT = [
  "slipway: rude is left out: its cloud tells an address that is none",
  "slipway: leaving is left out: it has no machine (shutting_down)",
  "slipway: late is left out: it has no machine (new)",
  "",
].join("\n");

test("an inventory for ssh has each machine under a name and a key of its own", async () => {
  await using stand = await standWith(serving(shop));
  const { exitCode, out, err } = await stand.run([
    "inventory",
    "shop",
    "--ssh-config",
    "--user",
    "ops",
    "--identity",
    "~/k y",
  ]);
  expect([exitCode, err]).toEqual([0, LEFT_OUT]);
  expect(out.split("\n").slice(0, 10)).toEqual([
    "Host web-1.shop",
    "  HostName 192.0.2.7",
    "  HostKeyAlias sw-web-1",
    "  User ops",
    '  IdentityFile "~/k y"',
    "Host app-server.shop",
    "  HostName fd00::5",
    "  HostKeyAlias sw-app-server",
    "  User ops",
    '  IdentityFile "~/k y"',
  ]);
  expect(out).toContain("HostName ec2-192-0-2-9.example.com\n");
  expect(out).not.toContain("ProxyCommand");
});

test("an inventory for /etc/hosts takes numbers alone", async () => {
  await using stand = await standWith(serving(shop));
  const { out, err } = await stand.run(["inventory", "shop", "--hosts"]);
  expect(out).toBe("192.0.2.7\tweb-1.shop\nfd00::5\tapp-server.shop\n");
  expect(err).toContain("named is left out: its address is a name, and /etc/hosts takes numbers");
  expect((await stand.run(["inventory", "shop", "--hosts", "--private"])).out).toContain("10.0.0.7\tweb-1.shop\n");
});

test("an inventory for Ansible has the blueprint's groups, in names that Ansible takes", async () => {
  await using stand = await standWith(serving(shop));
  const { children } = parse((await stand.run(["inventory", "shop", "--ansible", "--user", "ops"])).out).all;
  expect(Object.keys(children)).toEqual(["web", "app_server", "named", "slipway_shop"]);
  expect(children.web.hosts).toEqual({
    "web-1.shop": {
      ansible_host: "192.0.2.7",
      ansible_ssh_common_args: "-o HostKeyAlias=sw-web-1",
      ansible_user: "ops",
      slipway_deployment: "shop",
      slipway_instance: "web-1",
      slipway_index: 1,
      private_address: "10.0.0.7",
      public_address: "192.0.2.7",
    },
  });
  expect(Object.keys(children.slipway_shop.hosts)).toEqual(["web-1.shop", "app-server.shop", "named.shop"]);
});

test("without a program, or a machine, there is no inventory", async () => {
  await using stand = await standWith(serving(sampleDeployment()));
  for (const options of [[], ["--ansible", "--hosts"]]) {
    const { exitCode, err } = await stand.run(["inventory", "shop", ...options]);
    expect([exitCode, err]).toEqual([
      2,
      "slipway: say for which program: --ansible, --ssh-config or --hosts, one of them\n",
    ]);
  }
  const { exitCode, err } = await stand.run(["inventory", "shop", "--hosts"]);
  expect([exitCode, err]).toEqual([
    1,
    "slipway: db is left out: it has no machine (new)\nslipway: no machine of shop can be reached\n",
  ]);
  const bad = await stand.run(["inventory", "shop", "--hosts", "--user", "-oProxyCommand=x"]);
  expect(bad.exitCode).toBe(2);
  expect((await stand.run(["inventory", "shop", "--hosts", "--identity", "a\nb"])).exitCode).toBe(2);
});

test("ssh is run with the machine's address and its own key, and its exit code is passed on", async () => {
  await using stand = await standWith(serving(shop));
  const note = join(stand.folder, "asked");
  await writeFile(join(stand.folder, "ssh"), `#!/bin/sh\nprintf '%s|' "$@" > ${note}\nexit 7\n`);
  await chmod(join(stand.folder, "ssh"), 0o755);
  const env = { PATH: `${stand.folder}:/usr/bin:/bin` };
  const asked = await stand.run(["ssh", "shop/web-1", "--user", "ops", "--", "ls", "-l"], { env });
  expect(asked.exitCode).toBe(7);
  expect(await readFile(note, "utf8")).toBe("-o|HostKeyAlias=sw-web-1|-l|ops|192.0.2.7|--|ls|-l|");
  await stand.run(["ssh", "shop/web-1", "--private", "--identity", "k"], { env });
  expect(await readFile(note, "utf8")).toBe("-o|HostKeyAlias=sw-web-1|-i|k|10.0.0.7|");
});

test("ssh says why it leads nowhere", async () => {
  await using stand = await standWith(serving(shop));
  const env = { PATH: stand.folder };
  const missing = await stand.run(["ssh", "shop/web-1"], { env });
  expect([missing.exitCode, missing.err]).toEqual([1, "slipway: ssh could not be started: it is not installed\n"]);
  const told = async (target: string) => (await stand.run(["ssh", target], { env })).err.split("\n")[0];
  expect(await told("shop/late")).toBe("slipway: shop/late cannot be reached: it has no machine (new)");
  expect(await told("shop/web")).toContain('in deployment shop there is no instance web: did you mean "web-1"?');
  expect(await told("shop")).toBe("slipway: shop has several instances: say which, as in shop/web-1");
  expect(await told("shop/")).toBe("slipway: shop/: write DEPLOYMENT/INSTANCE, as in shop/web-1");
  expect(await told("a/b/c")).toBe("slipway: a/b/c: write DEPLOYMENT/INSTANCE, as in shop/web-1");
});

test("logs print the console of the one instance, and say of what they are", async () => {
  const one = sampleDeployment();
  const read = { machine: "sw-db", at: at(9), live: true, console: "one\r\n\u001b[31mtwo\n" };
  await using stand = await standWith({
    ...serving(one),
    [`GET /v1/deployments/${one.id}/instances/db/console`]: [
      { json: read },
      { json: { ...read, live: false } },
      { json: { ...read, console: null } },
      { json: { ...read, console: "" } },
      { json: read },
    ],
  });
  const logs = async (...more: string[]) => {
    const { out, err } = await stand.run(["logs", "shop", ...more]);
    return [out, err];
  };
  expect(await logs()).toEqual(["one\ntwo\n", ""]);
  expect(await logs()).toEqual(["one\ntwo\n", `# of sw-db, which is gone; kept ${at(9)}\n`]);
  expect(await logs()).toEqual(["", "# its cloud keeps no console\n"]);
  expect(await logs()).toEqual(["", "# nothing was written so far\n"]);
  expect(await logs("--json")).toEqual([`${JSON.stringify(read)}\n`, ""]);
});
