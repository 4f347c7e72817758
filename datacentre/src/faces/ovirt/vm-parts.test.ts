// What is changed of a VM that is there, and what is told of its interfaces and disks along with it.

import { expect, test } from "vitest";
import { BLANK, uuidOf } from "./names.ts";
import { ovirtStages } from "./ovirt.testsuite.ts";

const open = ovirtStages();

const networks = [{ name: "ovirtmgmt" }, { name: "backend", addresses: 2 }];
const profile = (name: string) => ({ vnic_profile: { id: uuidOf("profile", name) } });

test("an interface is put into another network, added and removed; the addresses of networks are counted", async () => {
  const { add, ask, operator, refusal } = await open({ networks });
  const id = await add("web");
  const [port] = operator.snapshot().parts.filter(({ kind }) => kind === "port");
  const inNetworks = () =>
    operator
      .snapshot()
      .parts.filter(({ kind, machine }) => kind === "port" && machine === id)
      .map(({ network }) => network);
  const nic = `/vms/${id}/nics/${port?.id}`;
  expect(await ask(nic, { method: "PUT", body: profile("backend") })).toMatchObject({ status: 200 });
  expect(inNetworks()).toEqual(["backend"]);
  await ask(`/vms/${id}/nics`, { method: "POST", body: { name: "nic2", ...profile("backend") } });
  expect(inNetworks()).toEqual(["backend", "backend"]);
  expect(await refusal(`/vms/${id}/nics`, { method: "POST", body: { name: "nic3", ...profile("backend") } })).toMatch(
    /^409 .*Not enough MAC addresses/,
  );
  expect(await ask(nic, { method: "DELETE" })).toMatchObject({ status: 200 });
  expect(inNetworks()).toEqual(["backend"]);
  expect(await ask(nic, { method: "DELETE" })).toMatchObject({ status: 404, text: "" });
  expect(await refusal(`/vms/${id}/nics/none`, { method: "PUT", body: profile("backend") })).toMatch(/^404/);
});

test("a disk is enlarged, at the price of that, within the quota, and never made smaller", async () => {
  const { add, ask, operator, refusal } = await open({
    parts: { implied: ["volume"], prices: { volumeGib: 0.5 } },
  });
  operator.setQuota("admin@internal", { volumeGib: 40 });
  const id = await add("web");
  const [disk] = operator.snapshot().parts;
  const path = `/vms/${id}/diskattachments/${disk?.id}`;
  const gib = (size: number) => ({
    method: "PUT",
    body: { disk: { provisioned_size: String(size * 1024 ** 3) } },
  });
  expect(await ask(path, gib(25))).toMatchObject({ status: 200 });
  expect(await ask(path, gib(25))).toMatchObject({ status: 200 });
  expect(operator.snapshot().parts).toMatchObject([{ sizeGib: 25 }]);
  expect(await refusal(path, gib(41))).toMatch(/^409 .*Quota has insufficient storage resources/);
  expect(await refusal(path, gib(24))).toMatch(/^400 /);
  expect(await ask(`/vms/${id}/diskattachments?follow=disk`)).toMatchObject({
    json: { disk_attachment: [{ bootable: "true", disk: { provisioned_size: String(25 * 1024 ** 3) } }] },
  });
});

test("a template tells the disk that VMs of it boot from, and the blank one has none", async () => {
  const { ask } = await open();
  const disks = (id: string) => ask(`/templates/${id}/diskattachments?follow=disk`);
  expect(await disks(uuidOf("template", "debian-12"))).toMatchObject({
    json: { disk_attachment: [{ bootable: "true", disk: { provisioned_size: String(10 * 1024 ** 3) } }] },
  });
  expect((await disks(BLANK)).json).toEqual({});
  expect(await disks("none")).toMatchObject({ status: 404, text: "" });
});

test("what is followed below another thing is told there: devices with their interface", async () => {
  const { act, add, ask } = await open({ networks });
  const id = await add("web");
  await act(id, "start");
  const { json } = await ask(`/vms/${id}?follow=nics.reported_devices`);
  expect(json).toMatchObject({
    nics: {
      nic: [
        { name: "nic1", reported_devices: { reported_device: [{ name: "eth0", ips: { ip: expect.any(Array) } }] } },
      ],
    },
  });
  expect(json).not.toHaveProperty("reported_devices");
});

test("events are in the order that a search asks for, newest first unless told", async () => {
  const { add, ask } = await open();
  await add("web");
  await add("db");
  const names = async (search: string) => {
    const { text } = await ask(`/events?search=${encodeURIComponent(search)}`);
    return [...text.matchAll(/"description":"VM (\w+) creation was initiated/g)].map(([, name]) => name);
  };
  const usual = await names("type=37");
  expect(usual).toEqual(["db", "web"]);
  expect(await names("type=37 sortby id asc")).toEqual(["web", "db"]);
  expect(await names("type=37 sortby id desc")).toEqual(["db", "web"]);
});
