// Servers that boot from a volume: the only ones for flavors without a disk.

import { expect, test } from "vitest";
import { calm, keepNothing, readyRequest } from "../../ports/provider-suite/stage.testsuite.ts";
import {
  CREATED,
  type Exchange,
  flavor,
  IMAGE,
  login,
  missing,
  ON,
  openReplayed,
  PROJECT,
  refusal,
  SERVER,
  server,
  VERSION,
} from "./cloud-replay.testsuite.ts";
import { keyName, known, LIMITS, NO_IMAGE, noKey, placement, stage } from "./parts.testsuite.ts";

const VOLUMES = { volumeGib: 20 };
const VOLUME = "a26887c6-c47b-4654-abb5-dfadf7d3f803";
const ZONES: Exchange = { on: ON.zones, body: { availabilityZoneInfo: [{ zoneName: "az1" }] }, optional: true };
const DISKLESS: Exchange = {
  on: ON.flavors,
  body: { flavors: [flavor("2", "lab.small"), flavor("7", "lab.volume", { disk: 0 })] },
};
const attached = (...ids: readonly string[]) => ({
  image: "",
  "os-extended-volumes:volumes_attached": ids.map((id) => ({ id, delete_on_termination: id === VOLUME })),
});
const volume = (status: string, bootable = "true"): Exchange => ({
  on: ON.volume,
  body: { volume: { id: VOLUME, status, bootable, name: "", size: 20, attachments: [] } },
});
const NO_VOLUME = refusal(ON.volume, 404, `Volume ${VOLUME} could not be found.`);
const WITH_VOLUME = { owner: "suite", parts: [`volume:${VOLUME}`] };
const ONLY_A_VOLUME = "of the machine only a volume is there";
const END: Exchange = { on: ON.end, status: 204 };
const END_VOLUME: Exchange = { on: ON.endVolume, status: 202 };

test("with volumes, flavors without a disk are offered, and take of their quotas", async () => {
  await using opened = await openReplayed([ZONES, DISKLESS, ZONES], VOLUMES);
  const { offers } = await opened.cloud.sizes(null, calm());
  expect(offers.map(({ size, storageGib, takes }) => [size, storageGib, takes])).toEqual([
    ["lab.small", 5, { ports: 1 }],
    ["lab.volume", 20, { ports: 1, volumes: 1, volumeGib: 20 }],
  ]);
});

test.each([
  ["lab.small", { imageRef: IMAGE }],
  [
    "lab.volume",
    {
      imageRef: "",
      block_device_mapping_v2: [
        {
          boot_index: 0,
          uuid: IMAGE,
          source_type: "image",
          destination_type: "volume",
          volume_size: 20,
          delete_on_termination: true,
        },
      ],
    },
  ],
])("a server boots from its disk, or from a volume that goes with it: %s", async (size, expected) => {
  await using opened = await openReplayed([DISKLESS, CREATED], VOLUMES);
  const request = readyRequest({ ...stage, placement: { ...placement, size } });
  await opened.cloud.create(request, keepNothing, calm());
  const { body } = opened.asked.at(-1) ?? {};
  expect(body).toMatchObject({ server: expected });
  expect(JSON.stringify(body).includes("block_device")).toBe(size === "lab.volume");
});

test("quotas of volumes are told where machines may have some", async () => {
  const absolute = {
    maxTotalVolumes: 10,
    maxTotalVolumeGigabytes: -1,
    maxTotalSnapshots: 10,
    totalVolumesUsed: 2,
    totalGigabytesUsed: 40,
  };
  const told: Exchange = { on: ON.volumeLimits, body: { limits: { rate: [], absolute } } };
  const all = [LIMITS, { on: ON.quota, status: 404 }, told].map((one) => ({ ...one, optional: true }));
  await using opened = await openReplayed([...all, ...all, ...all, NO_IMAGE], VOLUMES);
  expect((await opened.cloud.usage(calm())).slice(3)).toEqual([
    { realm: null, dimension: "volumes", most: 10, used: 2 },
    { realm: null, dimension: "volumeGib", most: null, used: 40 },
  ]);
});

test("an account that wants volumes of a cloud that has none is told so", async () => {
  const entry = login();
  const bare: Exchange = {
    ...entry,
    answer: (asked) => JSON.parse(JSON.stringify(entry.answer?.(asked)).replace("volumev3", "sharev2")) as unknown,
  };
  const hidden: Exchange = { on: ON.quota, status: 404, optional: true };
  const script = [bare, VERSION, { ...LIMITS, optional: true }, hidden, { ...LIMITS, optional: true }];
  await using opened = await openReplayed(script, VOLUMES);
  const text = "volumeGib is set, and the cloud's catalogue has no volume service on its public interface";
  await expect(opened.cloud.usage(calm())).rejects.toMatchObject({ fault: { class: "config", text } });
});

test("a server tells which volume goes with it, and not those that somebody else has attached", async () => {
  const script: Exchange[] = [
    { on: ON.server, body: { server: server("sw-a", attached(VOLUME, "theirs")) } },
    { on: ON.server, body: { server: server("sw-a", attached("theirs")) } },
  ];
  await using opened = await openReplayed(script);
  const look = async (handle = known("sw-a").handle) =>
    (await opened.cloud.look([known("sw-a", handle)], calm())).get("sw-a");
  expect(await look()).toMatchObject({ observed: { handle: WITH_VOLUME } });
  expect(await look(WITH_VOLUME)).toMatchObject({ observed: { handle: { owner: "suite" } } });
});

test.each<[string, Exchange, object]>([
  ["is on its way out", volume("deleting"), { observed: { state: "error", fault: { text: ONLY_A_VOLUME } } }],
  ["was left behind", volume("available"), { observed: { state: "error", handle: WITH_VOLUME } }],
  ["never came whole", volume("error", "false"), { observed: { state: "error", handle: WITH_VOLUME } }],
  ["is somebody else's", volume("available", "false"), { kind: "absent" }],
  ["has gone", NO_VOLUME, { kind: "absent" }],
])("a machine whose server has gone is absent only when its volume is too: it %s", async (_, told, expected) => {
  const either = [told, noKey("sw-a")].map((one) => ({ ...one, optional: true }));
  await using opened = await openReplayed([missing(), ...either, ...either]);
  const looks = await opened.cloud.look([known("sw-a", WITH_VOLUME)], calm());
  expect(looks.get("sw-a")).toMatchObject(expected);
});

test("another 404 does not prove that a volume has gone", async () => {
  const other = { on: ON.volume, status: 404, bytes: Buffer.from("<h1>404 Not Found</h1> nginx"), optional: true };
  const key = { ...noKey("sw-a"), optional: true };
  await using opened = await openReplayed([missing(), key, other, key]);
  await expect(opened.cloud.look([known("sw-a", WITH_VOLUME)], calm())).rejects.toMatchObject({
    fault: { effect: "unknown" },
  });
});

test.each<[string, Exchange, readonly Exchange[]]>([
  ["goes with its server", volume("in-use"), [volume("in-use")]],
  ["is left behind", volume("available"), [volume("available"), END_VOLUME]],
  ["is somebody else's", volume("available", "false"), []],
])("the end of a machine takes its volume: it %s", async (_, told, rest) => {
  const gone: readonly Exchange[] = [missing(), END];
  const either = [noKey("sw-a"), told, noKey("sw-a")].map((one) => ({ ...one, optional: true }));
  await using opened = await openReplayed([...gone, ...either, ...rest]);
  await opened.cloud.destroy(known("sw-a", WITH_VOLUME), calm());
  const last = opened.asked.at(-1)?.path ?? "";
  if (rest.length > 0) expect(last).toBe(`/volume/v3/${PROJECT}/volumes/${VOLUME}`);
});

test("a restored database learns of a server's volume before it goes, and one that was taken away since is left alone", async () => {
  const seen = { on: ON.server, body: { server: server("sw-a", attached(VOLUME)) } };
  const bare = { on: ON.server, body: { server: server("sw-a", attached()) } };
  const key = { ...noKey("sw-a"), optional: true };
  const used = { ...volume("in-use"), optional: true };
  await using opened = await openReplayed([seen, END, key, used, key, volume("in-use"), bare, END, noKey("sw-a")]);
  await opened.cloud.destroy({ ...known("sw-a", null), externalId: SERVER }, calm());
  await opened.cloud.destroy(known("sw-a", WITH_VOLUME), calm());
  expect(opened.asked.at(-1)?.path).toBe(`/compute/v2.1/os-keypairs/${keyName("sw-a")}`);
});
