// What a launch would come to, asked without launching.

import { expect, test } from "vitest";
import { Deployment, DeploymentPage } from "../../contract/deployment.ts";
import { Plan } from "../../contract/plan.ts";
import { plainCloud } from "../../../datacentre/src/presets.ts";
import { accountId } from "../../core/ids.ts";
import { PUBLIC_URL } from "../../ports/store.ts";
import { createStand, SHOP } from "../stand.testsuite.ts";

const planOf = (body: object) => ({ method: "POST", path: "/v1/plan", as: "viewer", body }) as const;
const shop = planOf({ blueprint: { source: SHOP } });
const launch = { method: "POST", path: "/v1/deployments", body: { blueprint: { source: SHOP } } } as const;

test("a plan ranks what can host it and says why the rest cannot, and writes nothing", async () => {
  const stand = await createStand({ clouds: [{ name: "east" }, { name: "west" }] });
  await stand.startEngine();
  await stand.ask({ method: "PATCH", path: "/v1/accounts/west", body: { limit: { instances: 1 } } });
  const plan = await stand.reply(Plan, 200, shop);
  expect(plan).toMatchObject({
    blueprint: "shop",
    pool: "default",
    matches: [{ rank: 1, account: "east", realms: ["east-1"], unpriced: 0, passedOver: [] }],
    refused: [{ account: "west", code: "quota" }],
  });
  const [match] = plan.matches;
  expect(Object.keys(match?.placements ?? {})).toEqual(["db", "web"]);
  const sum = Object.values(match?.placements ?? {}).reduce((total, { hourlyCost }) => total + (hourlyCost ?? 0), 0);
  expect(match?.hourlyCost).toBeCloseTo(sum, 9);
  expect(await stand.reply(DeploymentPage, 200, { path: "/v1/deployments" })).toMatchObject({ deployments: [] });
});

test("a plan tells how long a cloud that asked for a pause is left alone, and refuses one that would not be asked in time", async () => {
  const stand = await createStand();
  await stand.startEngine();
  const pause = (ms: number) =>
    stand.store.write(async (tx) => {
      const until = (await tx.now()) + ms;
      await tx.setLimiter(accountId("acc-east"), { parallel: 1, pausedUntil: until });
      return new Date(until).toISOString();
    });
  const plan = () => stand.reply(Plan, 200, shop);
  const pausedUntil = await pause(60_000);
  expect((await plan()).matches).toMatchObject([
    { rank: 1, account: "west", pausedUntil: null },
    { rank: 2, account: "east", pausedUntil },
  ]);
  await stand.clock.advance(60_000);
  expect((await plan()).matches[0]).toMatchObject({ account: "east", pausedUntil: null });
  await pause(50 * 60_000);
  const { matches, refused } = await plan();
  expect(matches.map(({ account }) => account)).toEqual(["west"]);
  expect(refused).toMatchObject([{ account: "east", code: "paused", text: expect.stringContaining("50 min") }]);
});

test("a plan tells which offers of its matches are left alone for now, and what it would cost without that", async () => {
  const stand = await createStand({ clouds: [{ name: "east" }] });
  await stand.startEngine();
  const full = { kind: "refuse", code: "insufficient_capacity" } as const;
  stand.operator("east").addFaults([{ on: "create", do: full }]);
  const { id } = await stand.reply(Deployment, 201, launch);
  await stand.clock.advance(10_000);
  const plan = () => stand.reply(Plan, 200, shop);
  const { blocks, matches } = await plan();
  expect(blocks).toMatchObject([{ account: "east", realm: "east-1", reason: "capacity" }]);
  const avoided = blocks[0]?.size;
  const [match] = matches;
  const placements = Object.values(match?.placements ?? {});
  expect(placements.map(({ size }) => size)).not.toContain(avoided);
  const usually = { realm: "east-1", size: avoided };
  expect(placements.map((placement) => placement.usually)).toEqual([usually, usually]);
  expect(match?.hourlyCost).toBeGreaterThan(match?.usualHourlyCost ?? Infinity);
  const { instances } = await stand.reply(Deployment, 200, { path: `/v1/deployments/${id}` });
  const told = { ...usually, because: expect.stringMatching(/^capacity was refused: /) };
  expect(instances.map(({ instead }) => instead)).toEqual(instances.map(() => expect.objectContaining(told)));
  await stand.clock.advance(4 * 60_000);
  const later = await plan();
  expect(later.blocks).toEqual([]);
  expect(later.matches[0]).toMatchObject({
    hourlyCost: match?.usualHourlyCost,
    usualHourlyCost: match?.usualHourlyCost,
    placements: { db: { size: avoided, usually: null } },
  });
});

test("a plan tells of what keeps it out of a realm that it would take", async () => {
  const realms = ["east-1", "east-2"].flatMap((name) =>
    plainCloud()
      .realms.slice(0, 1)
      .map((one) => ({ ...one, name })),
  );
  const stand = await createStand({ clouds: [{ name: "east", realms }] });
  await stand.startEngine();
  const source = `${SHOP}launch: { realms: any }\n`;
  const best = async () => {
    const { matches, blocks } = await stand.reply(Plan, 200, planOf({ blueprint: { source } }));
    return { blocks, db: matches[0]?.placements["db"] };
  };
  const { db: usual } = await best();
  const only = (names: object) => ({ method: "PATCH", path: "/v1/accounts/east", body: { realms: names } });
  await stand.ask(only({ here: usual?.realm }));
  const full = { kind: "refuse", code: "insufficient_capacity" } as const;
  stand.operator("east").addFaults([{ on: "create", do: full }]);
  await stand.reply(Deployment, 201, launch);
  await stand.clock.advance(10_000);
  await stand.ask(only({}));
  const { blocks, db } = await best();
  expect(db?.realm).not.toBe(usual?.realm);
  expect(db?.usually).toEqual({ realm: usual?.realm, size: usual?.size });
  expect(blocks).toMatchObject([{ account: "east", realm: usual?.realm, size: usual?.size }]);
});

test("a plan needs neither secrets nor what else only user data uses, and tells what a launch would be refused for", async () => {
  const stand = await createStand();
  await stand.startEngine();
  const source = SHOP.replace("secret: true, default: hunter22", "secret: true").replace(
    "greeting: { type: string, default: hello }",
    "greeting: { type: string, choices: [hello, hi] }",
  );
  const plan = await stand.reply(Plan, 200, planOf({ blueprint: { source }, parameters: { greeting: "hey" } }));
  expect(plan.mistakes).toMatchObject([
    { pointer: "/parameters/greeting", parameter: "greeting", line: 4, detail: expect.stringContaining('"hey"') },
    { pointer: "/parameters/password", parameter: "password", line: 5, detail: expect.stringContaining("no value") },
  ]);
  expect(plan.parameters).toEqual({});
  expect(plan.matches).toHaveLength(2);
  const { errors } = await stand.problem("bad_parameter", { ...launch, body: { blueprint: { source } } });
  expect(errors.map(({ parameter }) => parameter)).toEqual(["greeting", "password"]);
});

test("a plan of what no account of the pool offers tells so, beside each account's reason", async () => {
  const stand = await createStand();
  await stand.startEngine();
  const source = SHOP.replaceAll("debian-12", "debain-12");
  const asked = stand.reply(Plan, 200, planOf({ blueprint: { source } }));
  const { notOffered, matches, refused } = await stand.meanwhile(asked);
  expect(notOffered.map(({ pointer }) => pointer)).toEqual(["/instances/db/image", "/instances/web/image"]);
  expect(matches).toEqual([]);
  expect(refused).toMatchObject([
    { account: "east", code: "no_image" },
    { account: "west", code: "no_image" },
  ]);
});

const CALLING = `slipway: 1
name: calling
instances:
  web: { image: debian-12, profile: small, ready: callback, userData: "curl \${{ self.callbackUrl }}" }
`;

test("an account whose machines cannot call home is refused for it, with the remedy", async () => {
  const stand = await createStand();
  const far = { settings: { url: "http://cloud.example.org", tenant: "east" } };
  expect((await stand.ask({ method: "PATCH", path: "/v1/accounts/east", body: far })).status).toBe(200);
  await stand.startEngine();
  const plan = () => stand.reply(Plan, 200, planOf({ blueprint: { source: CALLING } }));
  const hosts = async () => (await plan()).matches.map(({ account }) => account);
  await stand.store.write((tx) => tx.setSetting(PUBLIC_URL, "http://127.0.0.1:7070"));
  expect(await hosts()).toEqual(["west"]);
  const text = expect.stringMatching(/^web has to call home, .* http:\/\/127\.0\.0\.1:7070: set SLIPWAY_URL_PUBLIC/);
  expect((await plan()).refused).toMatchObject([{ account: "east", code: "callback", text }]);
  await stand.store.write((tx) => tx.setSetting(PUBLIC_URL, "https://slipway.example.org"));
  expect(await hosts()).toEqual(["east", "west"]);
});
