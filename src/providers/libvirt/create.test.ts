// What a create asks for: documents, parts and their names; what a host offers and counts.

import { expect, test } from "vitest";
import { OWNER_LABELS } from "../../core/machine.ts";
import {
  calm,
  create,
  faultOf,
  listAll,
  lookedAt,
  readyRequest,
  suiteLabels,
} from "../../ports/provider-suite/stage.testsuite.ts";
import { IMAGE, openAt, openDaemon, refusal } from "./daemon.testsuite.ts";
import { readVolumeName, uuidOf } from "./names.ts";
import { seedImage } from "./seed.ts";
import { rootIn } from "./xml.ts";

const placement = { realm: "host", size: "custom", image: IMAGE };

test("a machine is defined with its measures, files, networks and owner, and nothing in a name ends an element", async () => {
  await using daemon = await openDaemon();
  daemon.networks.set("a'b</name><x y=\"", true);
  const stage = { cloud: openAt(daemon.socket), placement };
  const where = { networks: ["default", "a'b</name><x y=\""] };
  const request = readyRequest(stage, { cpu: 2, memoryMib: 300, where, labels: { ...suiteLabels(), extra: "<&\">'" } });
  const machine = await create(stage, request);
  const domain = rootIn(daemon.defined[0] ?? "", "domain");
  expect(domain.attribute("type")).toBe("kvm");
  expect([domain.first("name")?.text, domain.first("uuid")?.text]).toEqual([request.name, machine.externalId]);
  expect([domain.first("vcpu")?.text, domain.first("memory")?.text]).toEqual(["2", String(300 * 1024)]);
  const networks = domain.all("devices", "interface", "source").map((one) => one.attribute("network"));
  expect(networks).toEqual(where.networks);
  const files = domain.all("devices", "disk", "source").map((one) => one.attribute("file"));
  const folder = "/var/lib/libvirt/images";
  expect(files).toEqual([`${folder}/${request.name}.suite.disk`, `${folder}/${request.name}.suite.seed`]);
  const console = domain.first("devices", "serial", "log")?.attribute("file");
  expect(console).toBe(`${folder}/${request.name}.suite.console`);
  const marks = domain.first("metadata", "slipway:machine");
  expect(marks?.attribute(OWNER_LABELS.installation)).toBe("suite");
  expect(marks?.attribute("extra")).toBe("<&\">'");
  await stage.cloud[Symbol.asyncDispose]();
});

test("names of volumes tell their machine and whose it is, and other names nothing", () => {
  expect(readVolumeName("sw-a-1.x1y2.disk")).toEqual({ name: "sw-a-1", owner: "x1y2", kind: "disk" });
  expect(readVolumeName("sw-a-1.x1y2.console.0")).toEqual({ name: "sw-a-1", owner: "x1y2", kind: "console" });
  for (const other of ["debian-12.qcow2", "sw-a.disk", "sw-a.b.c.disk", "sw-a.b.disk.old"]) {
    expect(readVolumeName(other)).toBeNull();
  }
  expect(uuidOf({ owner: "a", name: "b" })).toMatch(
    /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
  );
  expect(uuidOf({ owner: "a", name: "b" })).not.toBe(uuidOf({ owner: "b", name: "b" }));
});

test("a disk is as large as its image at the least", async () => {
  const documents: string[] = [];
  await using daemon = await openDaemon();
  const carryOut = daemon.volumes.set.bind(daemon.volumes);
  daemon.volumes.set = (name, bytes) => {
    documents.push(name);
    return carryOut(name, bytes);
  };
  const stage = { cloud: openAt(daemon.socket), placement };
  const request = readyRequest(stage);
  await create(stage, request);
  // The seed is made and then poured into.
  const kinds = ["disk", "seed", "seed", "console"];
  expect(documents).toEqual(kinds.map((kind) => `${request.name}.suite.${kind}`));
  await stage.cloud[Symbol.asyncDispose]();
});

test("the seed is a file system with its label, and what a guest is told", () => {
  const image = seedImage({ name: "sw-a", userData: "#!/bin/sh\necho héllo\n", publicKey: "ssh-ed25519 AAAA me" });
  expect(image.length % 2048).toBe(0);
  expect(image.subarray(16 * 2048 + 1, 16 * 2048 + 6).toString()).toBe("CD001");
  const text = image.toString("utf8");
  expect(text).toContain('instance-id: sw-a\nlocal-hostname: sw-a\npublic-keys:\n- "ssh-ed25519 AAAA me"\n');
  expect(text).toContain("#!/bin/sh\necho héllo\n");
  const label = image.subarray(16 * 2048 + 40, 16 * 2048 + 72).toString();
  expect(label.trim()).toBe("cidata");
});

test("a refused definition takes its parts back", async () => {
  await using daemon = await openDaemon((procedure) =>
    procedure === "domainDefine" ? refusal(1, "internal error: wrong nlmsg len") : null,
  );
  const stage = { cloud: openAt(daemon.socket), placement };
  const { fault } = await faultOf(create(stage, readyRequest(stage)));
  expect(fault).toMatchObject({ class: "unknown", effect: "none" });
  expect([...daemon.volumes.keys()]).toEqual([IMAGE]);
  await stage.cloud[Symbol.asyncDispose]();
});

test("a seed that was not written whole is no seed, whatever the daemon says: nothing is defined, and its parts are taken back", async () => {
  await using daemon = await openDaemon();
  const keep = daemon.volumes.set.bind(daemon.volumes);
  daemon.volumes.set = (name, bytes) =>
    keep(name, bytes.length === 0 ? bytes : Buffer.alloc(bytes.length).fill(bytes.subarray(0, 12_288), 0, 12_288));
  const stage = { cloud: openAt(daemon.socket), placement };
  const { fault } = await faultOf(create(stage, readyRequest(stage)));
  expect(fault).toMatchObject({ class: "capacity", effect: "none", code: "disk_full" });
  expect([...daemon.volumes.keys()]).toEqual([IMAGE]);
  expect(daemon.defined).toEqual([]);
  await stage.cloud[Symbol.asyncDispose]();
});

test.each([
  [1, 1, "running", null],
  [3, 11, "pending", null],
  [3, 5, "error", "disk_failed"],
  [3, 1, "unknown", null],
  [4, 0, "stopping", null],
  [5, 0, "stopped", null],
  [5, 1, "stopped", "powered_off"],
  [5, 2, "stopped", "destroyed"],
  [5, 3, "stopped", "crashed"],
  [5, 6, "stopped", null],
  [5, 8, "stopped", null],
  [6, 0, "error", "guest_crashed"],
  [7, 0, "unknown", null],
])("state %i for reason %i is %s, fault %s", async (...[state, reason, meant, code]) => {
  await using daemon = await openDaemon();
  const stage = { cloud: openAt(daemon.socket), placement };
  const machine = await create(stage, readyRequest(stage));
  Object.assign(daemon.domains.get(machine.externalId) ?? {}, { state, reason });
  const seen = await lookedAt(stage, machine);
  expect([seen?.state, seen?.fault?.code ?? null]).toEqual([meant, code]);
  expect(await listAll(stage.cloud)).toEqual([seen]);
  await stage.cloud[Symbol.asyncDispose]();
});

test("the host's processors and memory are the quota, and what machines were promised is used", async () => {
  await using daemon = await openDaemon();
  const stage = { cloud: openAt(daemon.socket, { keptMemoryGib: 2, vcpusPerCpu: 2 }), placement };
  const [offer] = (await stage.cloud.sizes(null, calm())).offers;
  expect(offer).toMatchObject({ realm: "host", cpu: 4, memoryMib: 6_144, architecture: "x86_64", hourlyMicros: null });
  await create(stage, readyRequest(stage, { memoryMib: 3_000 }));
  daemon.plant("somebody", {});
  const used = (await stage.cloud.usage(calm())).map(({ dimension, most, used: held }) => [dimension, most, held]);
  expect(used).toEqual([
    ["instances", null, 1],
    ["cpu", 8, 1],
    ["memoryMib", 6_144, 3_000],
  ]);
  await stage.cloud[Symbol.asyncDispose]();
});

test.each([
  [{ pool: "nope" }, "no_pool"],
  [{ imagePool: "nope" }, "no_pool"],
  [{ where: { "*": { networks: ["nope"] } } }, "no_network"],
])("a check says what of the account's own is not there: %j", async (settings, code) => {
  await using daemon = await openDaemon();
  const cloud = openAt(daemon.socket, settings);
  const { fault } = await faultOf(cloud.usage(calm()));
  expect(fault).toMatchObject({ code, class: "config", scope: "account" });
  expect(fault.text).toContain("nope");
  await cloud[Symbol.asyncDispose]();
});

test("a network is there, is not, or does not run", async () => {
  await using daemon = await openDaemon();
  daemon.networks.set("down", false);
  const cloud = openAt(daemon.socket);
  const lacks = (...networks: string[]) => cloud.lacks?.({ networks }, "host", calm());
  expect(await lacks("default")).toBeNull();
  expect(await lacks("nope", "down")).toBe(
    "there is no network nope; the network down is not active (virsh net-start down)",
  );
  await cloud[Symbol.asyncDispose]();
});

test("parts whose pool is not there say nothing of their machine, and spoil no other look", async () => {
  await using daemon = await openDaemon();
  const stage = { cloud: openAt(daemon.socket), placement };
  const there = await create(stage, readyRequest(stage));
  const { name } = readyRequest(stage);
  const gone = {
    ...there,
    name,
    externalId: uuidOf({ owner: "suite", name }),
    handle: { owner: "suite", pool: "old" },
  };
  const looks = await stage.cloud.look([there, gone], calm());
  expect(looks.get(there.name)?.kind).toBe("seen");
  expect(looks.get(name)).toMatchObject({ kind: "unknown", fault: { code: "no_pool", scope: "realm" } });
  await stage.cloud[Symbol.asyncDispose]();
});
