import { expect, test } from "vitest";
import { faultOf } from "../../cloud-http/wire.samples.ts";
import { machineId } from "../../core/ids.ts";
import type { CreateRequest } from "../../core/machine.ts";
import { calm, keepNothing, readyRequest } from "../../ports/provider-suite/stage.testsuite.ts";
import {
  BEFORE,
  CENTERS,
  CLUSTER,
  CLUSTERS,
  done,
  type Exchange,
  expired,
  login,
  made,
  missing,
  NIC,
  ON,
  openReplayed,
  PLACE,
  PROFILE,
  QUOTA,
  SECRET,
  seen,
  SHOP_PROFILE,
  TEMPLATE,
  TEMPLATE_DISKS,
  TYPES,
  vm,
  VM,
  commentFor,
  actionRefusal,
  DISK,
} from "./cloud-replay.testsuite.ts";
import { customScript } from "./user-data.ts";

const placement = { realm: "Default", size: "Large", image: TEMPLATE };
const NAME = machineId("sw-suite0000000-a1-web-t1");
const ready = (given: Partial<CreateRequest> = {}) => readyRequest({ placement }, { name: NAME, ...given });

const PROFILES: readonly Exchange[] = [
  ...PLACE,
  {
    on: ON.networks,
    body: {
      network: [
        { id: "n1", name: "ovirtmgmt" },
        { id: "n2", name: "shop" },
      ],
    },
  },
  {
    on: ON.profiles,
    body: {
      vnic_profile: [
        { id: PROFILE, name: "ovirtmgmt", network: { id: "n1" } },
        { id: SHOP_PROFILE, name: "shop", network: { id: "n2" } },
        { id: "p3", name: "isolated", network: { id: "n2" } },
        { id: "p4", name: "elsewhere", network: { id: "of another data center" } },
        { id: "p5", name: "twice", network: { id: "n1" } },
        { id: "p6", name: "twice", network: { id: "n2" } },
      ],
    },
  },
];

test("one request makes a machine: measures, owner, user data and key, under a name by which it is found in the engine's events", async () => {
  await using opened = await openReplayed([...BEFORE, made(NAME)]);
  const publicKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA ops@example.org";
  const request = ready({ userData: "#cloud-config\npackages: [nginx]\n", where: { publicKey } });
  const observed = await opened.cloud.create(request, keepNothing, calm());
  expect(observed).toMatchObject({ externalId: VM, name: NAME, realm: "Default", state: "pending", fault: null });
  expect(observed.handle).toEqual({ owner: "suite" });
  const asked = opened.asked.at(-1);
  expect(asked?.body).toEqual({
    name: NAME,
    comment: `slipway-installation=suite slipway-deployment=suite0000000 slipway-instance=web slipway-attempt=1 slipway-machine=${NAME} slipway-realm=Default`,
    description: "Slipway suite0000000 web",
    cluster: { id: CLUSTER },
    template: { id: TEMPLATE },
    memory: "8589934592",
    cpu: { topology: { sockets: "2", cores: "2", threads: "1" } },
    delete_protected: "false",
    initialization: {
      host_name: NAME,
      authorized_ssh_keys: publicKey,
      custom_script: "#cloud-config\npackages: [nginx]\n",
    },
  });
  expect(asked?.headers["correlation-id"]).toBe(`${NAME}-create`);
  expect(asked?.query.toString()).toBe("");
});

test("disks are whole copies of the template's where the account says so", async () => {
  await using opened = await openReplayed([...BEFORE, made(NAME)], { disks: "clone" });
  await opened.cloud.create(ready(), keepNothing, calm());
  const asked = opened.asked.at(-1);
  expect(asked?.query.toString()).toBe("clone=true");
  expect(asked?.body).toMatchObject({ template: { id: TEMPLATE } });
});

test("what was found out is not asked for again, until a create is refused for it", async () => {
  const gone: Exchange = {
    on: ON.create,
    status: 404,
    body: { detail: `Entity not found: ${CLUSTER}`, reason: "Operation Failed" },
  };
  await using opened = await openReplayed([...BEFORE, made(NAME), gone, ...BEFORE, made(NAME)]);
  await opened.cloud.create(ready(), keepNothing, calm());
  const fault = await faultOf(opened.cloud.create(ready(), keepNothing, calm()));
  expect(fault).toMatchObject({ class: "config", scope: "account", code: "no_cluster" });
  await opened.cloud.create(ready(), keepNothing, calm());
});

test("machines that are cut have the measures of the profile", async () => {
  await using opened = await openReplayed([...PLACE, TEMPLATE_DISKS, made(NAME)], { sizes: "custom" });
  await opened.cloud.create(ready({ size: "custom", cpu: 3, memoryMib: 1536 }), keepNothing, calm());
  expect(opened.asked.at(-1)?.body).toMatchObject({
    memory: String(1536 * 1024 * 1024),
    cpu: { topology: { sockets: "3" } },
  });
});

test("the account's quota is named in each create, and asked for once", async () => {
  const quotas: Exchange = { on: ON.quotas, body: { quota: [{ id: QUOTA, name: "shop" }] } };
  const before = [...PLACE, TYPES, CENTERS, CLUSTERS, quotas, TEMPLATE_DISKS];
  await using opened = await openReplayed([...before, made(NAME), made(NAME)], { quota: "shop" });
  for (let times = 0; times < 2; times += 1) {
    await opened.cloud.create(ready(), keepNothing, calm());
    expect(opened.asked.at(-1)?.body).toMatchObject({ quota: { id: QUOTA } });
  }
});

test("networks are noted with the machine, and joined before its start", async () => {
  const nics = {
    on: ON.nics,
    body: {
      nic: [
        { id: "n10", name: "nic10", vnic_profile: { id: PROFILE } },
        { id: NIC, name: "nic2", vnic_profile: { id: PROFILE } },
      ],
    },
  };
  await using opened = await openReplayed([
    ...PLACE,
    TYPES,
    ...PROFILES,
    TEMPLATE_DISKS,
    { on: ON.create, status: 202, answer: ({ body }) => ({ ...vm(NAME, "image_locked"), ...Object(body) }) },
    nics,
    done(ON.putNic),
    { on: ON.addNic, status: 201, body: { id: "n3" } },
    done(ON.start),
  ]);
  const where = { networks: ["shop", "ovirtmgmt", "shop/isolated"] };
  const { handle } = await opened.cloud.create(ready({ where }), keepNothing, calm());
  expect(handle).toEqual({ owner: "suite", networks: [SHOP_PROFILE, PROFILE, "p3"] });
  await opened.cloud.start({ name: NAME, realm: "Default", externalId: VM, handle, isLeaving: false }, calm());
  const [put, added, started] = opened.asked.slice(-3);
  expect(put).toMatchObject({ path: expect.stringContaining(NIC), body: { vnic_profile: { id: SHOP_PROFILE } } });
  expect(added).toMatchObject({ body: { name: "nic1", vnic_profile: { id: "p3" } } });
  expect(started?.body).toEqual({});
});

test("a larger disk and fewer interfaces are seen to before the start, also where nobody knows the handle any more", async () => {
  const comment = commentFor(NAME, ` slipway-networks=${PROFILE} slipway-storage-gib=20`);
  await using opened = await openReplayed([
    seen(vm(NAME, "down", { comment })),
    {
      on: ON.nics,
      body: {
        nic: [
          { id: NIC, name: "nic1", vnic_profile: { id: PROFILE } },
          { id: "n2", name: "nic2" },
        ],
      },
    },
    done(ON.endNic),
    { on: ON.disks, body: TEMPLATE_DISKS.body },
    done(ON.putDisk),
    actionRefusal(ON.start, 409, "Cannot run VM: VM is locked. Please try again in a few minutes."),
    seen(vm(NAME, "image_locked", { comment })),
  ]);
  const machine = { name: NAME, realm: "Default", externalId: VM, handle: null, isLeaving: false };
  const fault = await faultOf(opened.cloud.start(machine, calm()));
  expect(fault).toMatchObject({ class: "conflict", effect: "none" });
  const put = opened.asked.find(({ path }) => path.endsWith(`diskattachments/${DISK}`));
  expect(put?.body).toEqual({ disk: { provisioned_size: String(20 * 1024 ** 3) } });
});

test("a template whose disk is too small has it enlarged, one without disks is taken as it is", async () => {
  const without: Exchange = { on: ON.templateDisks, body: {} };
  await using opened = await openReplayed([...BEFORE, made(NAME), without, made(NAME)]);
  await opened.cloud.create(ready({ storageGib: 11 }), keepNothing, calm());
  expect(opened.asked.at(-1)?.body).toMatchObject({ comment: expect.stringMatching(/ slipway-storage-gib=11$/) });
  const image = "00000000-0000-0000-0000-00000000000a";
  await opened.cloud.create(ready({ storageGib: 11, image }), keepNothing, calm());
  expect(opened.asked.at(-1)?.body).toMatchObject({ comment: expect.not.stringContaining("storage") });
});

test.each<[string, string, readonly Exchange[], Partial<CreateRequest>]>([
  ["no_cluster", "account", PLACE, { realm: "Nowhere" }],
  ["no_instance_type", "offer", [...PLACE, TYPES], { size: "Huge" }],
  ["no_vnic_profile", "account", [...PLACE, TYPES, ...PROFILES], { where: { networks: ["nobody"] } }],
  ["no_vnic_profile", "account", [...PLACE, TYPES, ...PROFILES], { where: { networks: ["twice"] } }],
  ["no_vnic_profile", "account", [...PLACE, TYPES, ...PROFILES], { where: { networks: ["elsewhere"] } }],
  ["no_template", "realm", [...PLACE, TYPES, missing(ON.templateDisks)], {}],
  ["user_data", "deployment", [], { userData: "Content-Type: multipart/mixed; boundary=x\n" }],
  ["user_data", "deployment", [], { userData: "x".repeat(64 * 1024 + 1) }],
])("%s of the %s: nothing is made", async (...[code, scope, script, given]) => {
  await using opened = await openReplayed(script.length === 0 ? [{ ...login(), optional: true }] : script);
  const fault = await faultOf(opened.cloud.create(ready(given), keepNothing, calm()));
  expect(fault).toMatchObject({ class: "config", scope, effect: "none", code });
});

test("a token that is no longer good is asked for again, also for a create, of which nothing was done", async () => {
  await using opened = await openReplayed([login("one"), ...BEFORE, expired(ON.create), login("two"), made(NAME)]);
  await opened.cloud.create(ready(), keepNothing, calm());
  expect(opened.asked.at(0)?.body).toEqual({
    grant_type: "password",
    scope: "ovirt-app-api",
    username: "slipway@internal",
    password: SECRET,
  });
  // The engine refuses a list of media types here.
  expect(opened.asked.at(0)?.headers.accept).toBe("application/json");
  expect(opened.asked.at(-1)?.headers.authorization).toBe("Bearer two");
});

test("a session's end is told to the engine", async () => {
  await using opened = await openReplayed([...PLACE, { on: ON.logout, body: {} }]);
  await opened.cloud.realms(calm());
  await opened.cloud[Symbol.asyncDispose]();
  expect(opened.asked.at(-1)?.body).toMatchObject({ token: "eyJhbGciOiJSUzI1NiJ9.one" });
});

test("user data stands behind the engine's own YAML: scripts and plain text go along as a file, and other kinds not at all", () => {
  expect(customScript("#cloud-config\npackages: [nginx]\n")).toBe("#cloud-config\npackages: [nginx]\n");
  expect(customScript("#cloud-config\n---\npackages: [nginx]\n")).toBe("packages: [nginx]\n");
  const contentOf = (yaml: string): string => {
    return Buffer.from(/"content":"([^"]*)"/.exec(yaml)?.[1] ?? "", "base64").toString();
  };
  const script = "#!/bin/sh\necho ready > /run/ready\n";
  const run = customScript(script) ?? "";
  expect(run).toMatch(
    /^write_files:\n- \{"path":.*"0700".*\}\nruncmd:\n- \["\/var\/lib\/cloud\/slipway-user-data"\]\n$/,
  );
  expect(contentOf(run)).toBe(script);
  const plain = "POSTGRES_DB=shop\nPOSTGRES_PASSWORD=x\n";
  const kept = customScript(plain) ?? "";
  expect(kept).toMatch(/^write_files:\n- \{"path":"\/var\/lib\/cloud\/slipway-user-data","permissions":"0600".*\}\n$/);
  expect(contentOf(kept)).toBe(plain);
  expect(customScript("#include https://example.org/user-data")).toBeNull();
  expect(customScript("\n")).toBe("");
});
