// A VM from its creation to its end, as the engine tells it.

import { describe, expect, test } from "vitest";
import { hrefOf, uuidOf } from "./names.ts";
import { ovirtStages } from "./ovirt.testsuite.ts";

const opened = ovirtStages();
const SECOND = { kind: "fixed", ms: 1000 } as const;
const GIB = 1_073_741_824;

describe("a VM", () => {
  test("is image_locked, down, powering_up, up, powering_down, down, and gone", async () => {
    const { add, status, act, ask, clock, datacentre } = await opened({
      imageCopy: SECOND,
      boot: SECOND,
      stopping: SECOND,
    });
    const id = await add("db");
    expect(await status(id)).toBe("image_locked");
    expect((await act(id, "start")).json).toEqual({
      status: "failed",
      fault: {
        reason: "Operation Failed",
        detail: "[Cannot run VM. VM is locked. Please try again in a few minutes.]",
      },
    });
    await clock.advance(1000);
    expect(await status(id)).toBe("down");
    const started = await act(id, "start");
    expect(started.status).toBe(200);
    expect(started.json).toMatchObject({ status: "complete", job: { id: expect.any(String) } });
    expect(await status(id)).toBe("powering_up");
    await clock.advance(1000);
    expect(await status(id)).toBe("up");
    expect((await act(id, "stop")).status).toBe(200);
    expect(await status(id)).toBe("powering_down");
    await clock.advance(1000);
    expect(await status(id)).toBe("down");
    expect((await act(id, "stop")).status).toBe(200);
    expect((await ask(`/vms/${id}`, { method: "DELETE" })).status).toBe(200);
    const gone = await ask(`/vms/${id}`);
    expect([gone.status, gone.text]).toEqual([404, ""]);
    expect(gone.headers.get("correlation-id")).not.toBeNull();
    expect(datacentre.billing.partsAliveNow()).toEqual([]);
  });

  test("is told with what was asked for, in JSON all of it in quotes but times", async () => {
    const { ask } = await opened({ imageCopy: SECOND });
    const answer = await ask("/vms", {
      body: {
        name: "db",
        comment: "ours",
        description: "a database",
        cluster: { id: uuidOf("cluster", "roomy") },
        template: { id: uuidOf("template", "debian-12") },
        memory: 2 * GIB,
        cpu: { topology: { sockets: "1", cores: 2, threads: 1 } },
        initialization: { custom_script: "runcmd: []" },
      },
      headers: { "correlation-id": "attempt.1/x" },
    });
    expect(answer.status).toBe(202);
    expect(answer.headers.get("correlation-id")).toBe("attempt1x");
    expect(answer.json).toMatchObject({
      name: "db",
      comment: "ours",
      description: "a database",
      status: "image_locked",
      memory: String(2 * GIB),
      cpu: { topology: { sockets: "2", cores: "1", threads: "1" } },
      creation_time: Date.UTC(2026, 0, 1),
      delete_protected: "false",
      cluster: { id: uuidOf("cluster", "roomy") },
      initialization: { custom_script: "runcmd: []" },
      creation_status: "pending",
      actions: { link: expect.arrayContaining([expect.objectContaining({ rel: "start" })]) },
    });
  });

  test("in XML, sent and told", async () => {
    const { ask } = await opened();
    const xml = { accept: "application/xml", "content-type": "application/xml" };
    const body = `<?xml version="1.0"?><!-- new --><vm><name>d&#98;</name><comment><![CDATA[a<b]]></comment>
      <cluster><name>roomy</name></cluster><template id='${uuidOf("template", "nginx-1")}'/><memory_policy/></vm>`;
    const answer = await ask("/vms", { body, headers: xml });
    expect(answer.text).toMatch(
      /^<\?xml version="1.0" encoding="UTF-8" standalone="yes"\?>\n<vm href="\/ovirt-engine\/api\/vms\//,
    );
    expect(answer.text).toContain("<name>db</name><description></description><comment>a&lt;b</comment>");
    expect(answer.text).toContain("<creation_time>2026-01-01T00:00:00.000+00:00</creation_time>");
    const id = /id="([^"]+)"/.exec(answer.text)?.[1] ?? "";
    const started = await ask(`/vms/${id}/start`, { body: "<action/>", headers: xml });
    expect(started.text).toContain("<status>complete</status>");
  });

  test("with a type has the type's size, whatever the document says", async () => {
    const { ask, add } = await opened();
    const id = await add("db", { instance_type: { name: "Medium" }, memory: GIB });
    expect((await ask(`/vms/${id}`)).json).toMatchObject({ memory: String(4 * GIB) });
  });

  test("tells its addresses when the guest answers, its disks, nics and tags", async () => {
    const { ask, add, act, clock } = await opened({ serviceDelay: SECOND });
    const id = await add("db");
    await act(id, "start");
    const devices = async () => Object((await ask(`/vms/${id}/reporteddevices`)).json);
    expect(await devices()).toEqual({});
    await clock.advance(1000);
    const { reported_device: told } = await devices();
    expect(told).toMatchObject([
      { name: "lo", ips: { ip: [{ address: "127.0.0.1", version: "v4" }] } },
      { name: "eth0", ips: { ip: [{ address: expect.stringMatching(/^10\./) }, {}] } },
    ]);
    await ask("/tags", { body: { name: "ours" } });
    expect((await ask(`/vms/${id}/tags`, { body: { name: "ours" } })).status).toBe(201);
    expect((await ask("/vms?search=tag%3Dours&follow=tags,nics,disk_attachments,reporteddevices")).json).toMatchObject({
      vm: [
        {
          id,
          tags: { tag: [{ name: "ours" }] },
          nics: { nic: [{ name: "nic1" }] },
          disk_attachments: { disk_attachment: [{ bootable: "true" }] },
          reported_devices: { reported_device: told },
        },
      ],
    });
    expect((await ask(`/vms/${id}/statistics`)).json).toMatchObject({
      statistic: [{ name: "memory.installed" }, {}, {}],
    });
    const nic = { name: "nic2", vnic_profile: { id: uuidOf("profile", "backend") } };
    expect((await ask(`/vms/${id}/nics`, { body: nic })).status).toBe(201);
    expect(Object((await ask(`/vms/${id}/nics`)).json).nic).toHaveLength(2);
  });
});

describe("what is refused", () => {
  const order = { name: "db", cluster: { name: "roomy" }, template: { name: "debian-12" } };

  test.each([
    ["without a name", { name: undefined }, "400 Incomplete parameters: Vm [name] required for add"],
    ["without a cluster", { cluster: undefined }, "400 Incomplete parameters: Vm [cluster.id|name] required for add"],
    ["in no cluster", { cluster: { name: "moon" } }, "404 Operation Failed: Entity not found: Cluster: id=, name=moon"],
    ["of no template", { template: { name: "no" } }, "404 Operation Failed: Entity not found: No image no in roomy"],
    [
      "with too long a name",
      { name: "x".repeat(65) },
      "400 Operation Failed: [Cannot add VM. The given name is too long.]",
    ],
    [
      "with blanks in it",
      { name: "a b" },
      "400 Operation Failed: [Cannot add VM. The given name contains special characters.]",
    ],
    ["with a misspelt field", { memmory: 1 }, "400 Request syntactically incorrect.: vm.memmory: is not known here"],
    [
      "with too much memory",
      { memory: 2 ** 42 },
      "400 Operation Failed: [Cannot add VM. Memory size exceeds supported limit: ",
    ],
    [
      "with more guaranteed than it has",
      { memory: GIB, memory_policy: { guaranteed: 2 * GIB } },
      "400 Operation Failed: [Cannot add VM. Physical Memory",
    ],
    [
      "with a description that is too long",
      { description: "x".repeat(256) },
      "400 Operation Failed: [Cannot add VM. The given description",
    ],
  ])("one %s", async (_, changes, expected) => {
    const { refusal, datacentre } = await opened();
    const told = await refusal("/vms", { body: { ...order, ...changes } });
    expect(told.slice(0, expected.length)).toBe(expected);
    expect(datacentre.billing.entries()).toEqual([]);
  });

  test("what is no JSON, and no XML", async () => {
    const { refusal } = await opened();
    expect(await refusal("/vms", { body: "{" })).toMatch(/^400 Request syntactically incorrect\./);
    const headers = { "content-type": "application/xml" };
    for (const body of [
      "<vm>",
      "<vm></vn>",
      "<vm>&x;</vm>",
      "<vm>&constructor;</vm>",
      "<vm><name>a & b</name></vm>",
      "<vm><!name></vm>",
      "<vm><!-- a comment without an end</vm>",
      "<vm><name>a<![CDATA[b</name></vm>",
      "<vm><name>\u0001</name></vm>",
      "<vm/><vm/>",
      "vm",
      '<!DOCTYPE vm [<!ENTITY a "b">]><vm/>',
      "<a>".repeat(1000),
    ]) {
      expect(await refusal("/vms", { body, headers })).toMatch(/^400 Request syntactically incorrect\./);
    }
  });

  test("a name that another has", async () => {
    const { add, refusal } = await opened();
    await add("db");
    expect(await refusal("/vms", { body: order })).toBe(
      "409 Operation Failed: [Cannot add VM. The VM name is already in use, please choose a unique name and try again.]",
    );
  });

  test("actions in the wrong state, and on what is not there", async () => {
    const { add, act, refusal } = await opened();
    const id = await add("db");
    await act(id, "start");
    const detail = async (action: string) => Object(Object((await act(id, action)).json).fault).detail;
    expect(await detail("start")).toBe("[Cannot run VM because the VM is in Up status.]");
    expect(await refusal(`/vms/${id}`, { method: "DELETE" })).toBe(
      "409 Operation Failed: [Cannot remove VM. VM is running.]",
    );
    const nowhere = "/vms/00000000-0000-0000-0000-00000000000a";
    expect(await refusal(`${nowhere}/start`, { body: {} })).toBe(
      "400 Operation Failed: [Cannot run VM. VM is not found.]",
    );
    expect(await refusal(`${nowhere}/start`, { body: { vm: {} } })).toMatch(/^404 Operation Failed: Entity not found/);
  });

  test("the start, where no host has room, or the quota is used up: the VM and its disks are there", async () => {
    const { add, act, ask, operator, datacentre } = await opened();
    const ids: string[] = [];
    for (const name of ["a", "b", "c"]) ids.push(await add(name, { cluster: { name: "small" }, memory: 2 * GIB }));
    const [first = "", second = "", third = ""] = ids;
    await act(first, "start");
    await act(second, "start");
    const refused = await act(third, "start");
    expect(refused.status).toBe(409);
    expect(Object(Object(refused.json).fault).detail).toMatch(
      /^\[Cannot run VM\. There is no host that satisfies current scheduling constraints\. See below for details:, The host .* did not satisfy internal filter Memory/,
    );
    expect(datacentre.billing.partsAliveNow().filter(({ part }) => part === "volume")).toHaveLength(3);
    operator.setQuota("admin@internal", { cpu: 2 });
    expect(Object(Object((await act(third, "start")).json).fault).detail).toBe(
      "[Cannot run VM. Quota has insufficient cluster resources.]",
    );
    const [datacenter] = Object((await ask("/datacenters")).json).data_center;
    expect(datacenter.quota_mode).toBe("enabled");
    const [quota] = Object((await ask(`/datacenters/${datacenter.id}/quotas`)).json).quota;
    expect((await ask(`/datacenters/${datacenter.id}/quotas/${quota.id}/quotaclusterlimits`)).json).toMatchObject({
      quota_cluster_limit: [{ vcpu_limit: "2", vcpu_usage: "2", memory_limit: "-1" }],
    });
  });
});

describe("what fails later", () => {
  test("a start: down again, and events say why", async () => {
    const { add, act, status, ask, operator, clock } = await opened({ boot: SECOND });
    operator.addFaults([{ on: "start", do: { kind: "boot_error", text: "no KVM" } }]);
    const id = await add("db");
    const { headers } = await ask(`/vms/${id}/start`, { body: {}, headers: { "correlation-id": "a-1" } });
    expect(headers.get("correlation-id")).toBe("a-1");
    await clock.advance(1000);
    expect(await status(id)).toBe("down");
    const { event } = Object((await ask("/events?search=correlation_id%3Da-1")).json);
    expect(event).toMatchObject([
      { code: "54", severity: "error", vm: { id } },
      { code: "119", description: "VM db is down with error. Exit message: no KVM." },
      { code: "153", severity: "normal" },
    ]);
    expect((await ask("/jobs?search=correlation_id%3Da-1")).json).toMatchObject({ job: [{ status: "failed" }] });
    const newer = await ask(`/events?from=${event[1].id}`);
    expect(Object(newer.json).event).toHaveLength(1);
    await act(id, "start");
    await clock.advance(1000);
    operator.kill(id, { text: "out of memory" });
    expect((await ask("/events?search=type%3D119&max=1")).json).toMatchObject({
      event: [{ description: "VM db is down with error. Exit message: out of memory." }],
    });
  });

  test("the copying of disks: the VM is gone, and an event says why", async () => {
    const { add, ask, operator, clock } = await opened({ imageCopy: SECOND });
    operator.addFaults([{ on: "create", do: { kind: "operation_fails", text: "no space left", shown: "nothing" } }]);
    const id = await add("db");
    await clock.advance(1000);
    expect((await ask(`/vms/${id}`)).status).toBe(404);
    expect((await ask("/events?search=event_vm%3Ddb%20and%20type%3D60")).json).toMatchObject({
      event: [{ description: "Failed to complete VM db creation. no space left" }],
    });
  });
});

describe("lists", () => {
  test("by name, in pages, and by what is asked for; what can't be read finds nothing", async () => {
    const { add, act, ask } = await opened();
    for (const name of ["web-2", "db", "web-1", "Web-3"]) await add(name, { comment: `of ${name}` });
    const names = async (query: string) => {
      const { vm = [] } = Object((await ask(`/vms?${query}`)).json);
      return vm.map((each: { readonly name: string }) => each.name);
    };
    const search = (text: string, more = "") => names(`search=${encodeURIComponent(text)}${more}`);
    expect(await names("")).toEqual(["Web-3", "db", "web-1", "web-2"]);
    expect(await search("name=web*")).toEqual(["Web-3", "web-1", "web-2"]);
    expect(await search("name=web*", "&case_sensitive=true")).toEqual(["web-1", "web-2"]);
    expect(await search('comment="of db" and status=down')).toEqual(["db"]);
    expect(await search("name=db or name=web-1")).toEqual(["db", "web-1"]);
    expect(await search("name!=db and cluster=roomy")).toHaveLength(3);
    expect(await search("name=web* sortby name desc page 2", "&max=2")).toEqual(["Web-3"]);
    expect(await search("status=powering_up")).toEqual([]);
    for (const wrong of ["nme=db", "constructor=db", "name='db'", "name=", "and name=db", "name=db name=web-1"]) {
      expect(await search(wrong)).toEqual([]);
    }
    expect(await names("max=many")).toHaveLength(4);
    expect((await ask("/vms?max=-1")).status).toBe(400);
    const [first] = Object((await ask("/vms?search=name%3Ddb")).json).vm;
    await act(first.id, "start");
    expect(await search("status=up")).toEqual(["db"]);
  });

  test("VMs of a cluster that does not answer are unknown; what can't be listed whole is not listed", async () => {
    const { add, ask, status, act, operator } = await opened();
    const id = await add("db");
    operator.setRealmDown("roomy", true);
    expect(await status(id)).toBe("unknown");
    expect((await ask("/vms")).json).toMatchObject({ vm: [{ id, name: "db", status: "unknown" }] });
    expect(Object(Object((await act(id, "start")).json).fault).detail).toBe(
      "[Cannot run VM. There are no hosts to use. Check that the cluster contains at least one host in Up state.]",
    );
    expect((await ask("/hosts?search=status%3Dnonresponsive")).json).toMatchObject({
      host: [{ name: "roomy-host-1" }],
    });
    operator.setRealmDown("roomy", false);
    operator.addFaults([{ on: "list", do: { kind: "list_partial", realms: ["roomy"] } }]);
    expect((await ask("/vms")).status).toBe(500);
    expect((await ask("/vms")).status).toBe(200);
  });

  test("of everything else, each also by its id", async () => {
    const { ask } = await opened();
    for (const collection of [
      "datacenters",
      "clusters",
      "hosts",
      "templates",
      "instancetypes",
      "networks",
      "vnicprofiles",
    ]) {
      const { json } = await ask(`/${collection}`);
      const [first] = Object.values(Object(json)).flat();
      const { id, href } = Object(first);
      expect(href).toBe(hrefOf(collection, id));
      expect((await ask(`/${collection}/${id}`)).json).toEqual(first);
      expect((await ask(`/${collection}/nothing`)).status).toBe(404);
    }
    expect((await ask("")).json).toMatchObject({
      product_info: { version: { major: "4" } },
      time: Date.UTC(2026, 0, 1),
    });
  });
});

test("disks that a VM leaves behind are found, and removed when they are alone", async () => {
  const { add, ask, refusal, operator } = await opened();
  operator.addFaults([{ on: "remove", do: { kind: "parts_left", parts: ["volume"] } }]);
  const id = await add("db");
  const [disk] = Object((await ask("/disks?search=alias%3Ddb*")).json).disk;
  expect(disk).toMatchObject({ status: "ok", provisioned_size: String(10 * GIB) });
  expect(await refusal(`/disks/${disk.id}`, { method: "DELETE" })).toMatch(
    /^409 Operation Failed: \[Cannot remove Virtual Disk/,
  );
  await ask(`/vms/${id}`, { method: "DELETE" });
  expect((await ask(`/disks/${disk.id}`)).status).toBe(200);
  expect((await ask(`/disks/${disk.id}`, { method: "DELETE" })).status).toBe(200);
  expect((await ask(`/disks/${disk.id}`)).status).toBe(404);
});
