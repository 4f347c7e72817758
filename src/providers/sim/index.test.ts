import { expect, test } from "vitest";
import { realClock } from "../../../datacentre/src/clock.ts";
import { createDatacentre } from "../../../datacentre/src/datacentre.ts";
import { plainCloud } from "../../../datacentre/src/presets.ts";
import { accountId } from "../../core/ids.ts";
import type { Cloud } from "../../ports/provider.ts";
import { create, readyRequest } from "../../ports/provider-suite/stage.testsuite.ts";
import { AUTHORITY } from "../../cloud-http/certificates.samples.ts";
import type { SimAccess, TenantCloud } from "./client.ts";
import { simProvider } from "./index.ts";

const SETTINGS = { url: "http://127.0.0.1:8700", tenant: "plain" };
const placement = { realm: "plain-a", size: "small", image: "debian-12" };
const calm = (): AbortSignal => new AbortController().signal;

function openPlain(settings: Readonly<Record<string, unknown>>, credentials: Readonly<Record<string, string>>) {
  const datacentre = createDatacentre({ clouds: [plainCloud()], clock: realClock });
  const asked: SimAccess[] = [];
  const connect = (to: SimAccess): TenantCloud => {
    asked.push(to);
    return datacentre.connect(to);
  };
  const cloud: Cloud = simProvider({ connect }).open({ id: accountId("acc-1"), name: "plain", settings }, credentials);
  return { cloud, asked, operator: datacentre.cloud("plain") };
}

test.each([SETTINGS.url, `${SETTINGS.url}/`])("an account is its address, its tenant and its key: %s", (url) => {
  const [to] = openPlain({ ...SETTINGS, url }, { key: "plain-key" }).asked;
  expect(to).toMatchObject({ way: { name: SETTINGS.url }, tenant: "plain", key: "plain-key" });
});

test("a datacentre behind TLS and a proxy is one as well", () => {
  const settings = { url: "https://dc.example", tenant: "plain", ca: AUTHORITY, proxy: "http://proxy.example:3128" };
  const [to] = openPlain(settings, { key: "plain-key" }).asked;
  expect(to?.way.trust).toMatchObject({ ca: AUTHORITY, proxy: new URL(settings.proxy) });
});

test("a password in the address is refused and not repeated", () => {
  const url = "http://plain:pa55@127.0.0.1:7071";
  expect(() => openPlain({ ...SETTINGS, url }, { key: "plain-key" })).toThrow(/^(?!.*pa55).*user name or a password/);
});

test.each([
  ["url", { tenant: "plain" }, { key: "k" }],
  ["url", { url: "ftp://somewhere", tenant: "plain" }, { key: "k" }],
  ["url", { url: "not an address", tenant: "plain" }, { key: "k" }],
  ["tenant", { url: SETTINGS.url, tenant: 7 }, { key: "k" }],
  ["tennant", { ...SETTINGS, tennant: "plain" }, { key: "k" }],
  ["key", SETTINGS, {}],
  ["secret", SETTINGS, { key: "k", secret: "s" }],
])("an account with a wrong %s is refused before anybody is contacted", (field, settings, credentials) => {
  const fault = { class: "config", scope: "account", effect: "none", text: expect.stringContaining(`${field}: `) };
  expect(() => openPlain(settings, credentials)).toThrowError(
    expect.objectContaining({ fault: expect.objectContaining(fault) }),
  );
});

test("prices are whole millionths, and a size is an offer in each of its realms", async () => {
  const { cloud } = openPlain(SETTINGS, { key: "plain-key" });
  const { offers } = await cloud.sizes(null, calm());
  expect(offers[0]).toMatchObject({ realm: "plain-a", size: "small", cpu: 1, memoryMib: 2048, hourlyMicros: 20_000 });
});

test("an image is there in the realms that have it", async () => {
  const [realm] = plainCloud().realms;
  const realms = [
    { name: "a", hosts: realm?.hosts ?? [], images: ["debian-12", "nginx-1"] },
    { name: "b", hosts: [], images: ["debian-12"] },
  ];
  const datacentre = createDatacentre({ clouds: [plainCloud({ realms })], clock: realClock });
  const provider = simProvider({ connect: (to) => datacentre.connect(to) });
  const cloud = provider.open({ id: accountId("acc-1"), name: "plain", settings: SETTINGS }, { key: "plain-key" });
  expect(await cloud.image("nginx-1", "a", calm())).toEqual({ image: "nginx-1" });
  expect(await cloud.image("nginx-1", "b", calm())).toEqual({ image: null, text: null });
  const { images = [] } = (await cloud.images?.(null, calm())) ?? {};
  expect(images.map(({ realm: at, choice }) => `${at}/${choice}`).toSorted()).toEqual([
    "a/debian-12",
    "a/nginx-1",
    "b/debian-12",
  ]);
});

test("readiness is asked from inside the cloud", async () => {
  const { cloud, operator } = openPlain(SETTINGS, { key: "plain-key" });
  operator.addFaults([{ on: "probe", do: { kind: "not_listening" } }]);
  const machine = await create({ cloud }, readyRequest({ placement }));
  const check = { kind: "tcp", port: 80 } as const;
  const passed = { passed: true };
  const met = (answer: string) => ({ passed: false, answer });
  const http = { kind: "http", port: 80, path: "/" } as const;
  expect(await cloud.probe?.(machine, check, calm())).toEqual(met("connection refused"));
  expect(await cloud.probe?.(machine, check, calm())).toEqual(passed);
  expect(await cloud.probe?.(machine, http, calm())).toEqual(passed);
  expect(await cloud.probe?.(machine, { kind: "provider" }, calm())).toEqual(passed);
  expect(await cloud.probe?.(machine, { kind: "callback" }, calm())).toEqual(met("it did not call"));
  for (const [status, result] of [
    [200, passed],
    [301, passed],
    [399, passed],
    [401, met("401")],
    [503, met("503")],
  ] as const) {
    operator.addFaults([{ on: "probe", do: { kind: "answers", status } }]);
    expect(await cloud.probe?.(machine, http, calm())).toEqual(result);
  }
});

test("what is cut to measure is cut in the cloud's steps, whatever is asked for", async () => {
  const custom = {
    cpu: { most: 16, step: 2 },
    memoryMib: { most: 65_536, step: 256 },
    storageGib: { most: 500, step: 10 },
    hourlyPricePerCpu: 0.02,
    hourlyPricePerGib: 0.005,
  };
  const datacentre = createDatacentre({ clouds: [{ ...plainCloud(), custom }], clock: realClock });
  const provider = simProvider({ connect: (to: SimAccess) => datacentre.connect(to) });
  const account = { id: accountId("acc-1"), name: "plain", settings: SETTINGS };
  const cloud = provider.open(account, { key: "plain-key" });
  const offer = (await cloud.sizes(null, calm())).offers.find(({ size }) => size === "custom");
  expect(offer?.cut).toMatchObject({
    step: { cpu: 2, memoryMib: 256, storageGib: 10 },
    takesPer: { cpu: { "cpu/general": 1 }, storageGib: { storageGib: 1 } },
  });
  const measures = { size: "custom", cpu: 2.5, memoryMib: 1000, storageGib: 0 };
  await create({ cloud }, readyRequest({ placement }, measures));
  const used = new Map((await cloud.usage(calm())).map((row) => [row.dimension, row.used]));
  expect([used.get("cpu/general"), used.get("memoryMib"), used.get("storageGib")]).toEqual([4, 1024, 10]);
});

test("parts are listed for all only after every machine has been asked for, or those of one that goes in between are in neither", async () => {
  const parts = { implied: ["volume"], making: { kind: "fixed", ms: 0 }, removal: { kind: "fixed", ms: 0 } } as const;
  const datacentre = createDatacentre({ clouds: [plainCloud({ parts })], clock: realClock });
  const told: string[] = [];
  const goes = Promise.withResolvers<void>();
  const connect = (to: SimAccess): TenantCloud => {
    const api = datacentre.connect(to);
    return {
      ...api,
      findByNames: async (...asked) => {
        await goes.promise;
        told.push("machines");
        return api.findByNames(...asked);
      },
      listParts: (...asked) => {
        told.push("parts");
        return api.listParts(...asked);
      },
    };
  };
  const account = { id: accountId("acc-1"), name: "plain", settings: SETTINGS };
  const cloud = simProvider({ connect }).open(account, { key: "plain-key" });
  const missing = { realm: "plain-a", handle: null, isLeaving: true };
  const gone = { ...missing, name: "sw-gone", externalId: "plain-0009" };
  const alone = { ...missing, name: "sw-alone", externalId: "parts:inst/sw-alone" };
  const looks = cloud.look([gone, alone], calm());
  await cloud.look([gone], calm());
  expect(told).toEqual(["parts"]);
  goes.resolve();
  const absent = { kind: "absent" };
  expect(await looks).toEqual(new Map(Object.entries({ "sw-gone": absent, "sw-alone": absent })));
  expect(told).toEqual(["parts", "machines", "parts"]);
});
