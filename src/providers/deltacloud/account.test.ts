// An account as it is written down, and what its check says.

import { expect, test } from "vitest";
import { cloudThat } from "../../cloud-http/wire.samples.ts";
import { accountId } from "../../core/ids.ts";
import { ProviderFault } from "../../ports/provider.ts";
import { calm, faultOf } from "../../ports/provider-suite/stage.testsuite.ts";
import { entry, type Exchange, list, ON, openReplayed, PASSWORD, refusal, xml } from "./cloud-replay.testsuite.ts";
import { deltacloudProvider } from "./index.ts";

const SETTINGS = { url: "https://deltacloud.example.org:3001/api", user: "admin@internal" };

function openWith(settings: object, credentials: Readonly<Record<string, string>> = { password: PASSWORD }) {
  return deltacloudProvider.open({ id: accountId("acc-1"), name: "lab", settings: { ...settings } }, credentials);
}

test.each<[settings: object, expected: string]>([
  [{ ...SETTINGS, url: "deltacloud" }, "url: must look like https://deltacloud.example.org:3001/api"],
  [
    { ...SETTINGS, url: "https://me:pw@deltacloud.example.org/api" },
    "url: may not hold a user name or a password; it must look like https://deltacloud.example.org:3001/api",
  ],
  [{ ...SETTINGS, user: "a:b" }, "user: may not hold a colon"],
  [{ url: SETTINGS.url }, "user: is missing; it must be text such as admin@internal"],
  [
    { ...SETTINGS, drivr: "mock" },
    "drivr: is not known: did you mean driver? known: url, driver, provider, user, architecture, prices, hourlyPricePerCpu, hourlyPricePerGib, ca, proxy, where",
  ],
  [{ ...SETTINGS, prices: "m1-small" }, "prices: line 1 must look like m1-small = 0.02"],
])("%o is told with what belongs there", (settings, expected) => {
  try {
    openWith(settings);
    throw new Error("nothing went wrong");
  } catch (error) {
    expect(error instanceof ProviderFault ? error.fault.text : error).toBe(expected);
  }
});

test("a password is needed", () => {
  expect(() => openWith(SETTINGS, {})).toThrow("password: is missing");
});

const TEXT: Partial<Exchange> = { status: 401, bytes: Buffer.from("Not authorized") };
const DRIVERS = xml(
  "GET /api/drivers",
  "<drivers><driver id='mock'><name>Mock</name></driver><driver id='rhevm'/></drivers>",
);
const PAGE: Exchange = { on: ON.entry, bytes: Buffer.from("<html><body>Welcome</body></html>") };

test.each<[what: string, script: readonly Exchange[], settings: object, expected: string]>([
  [
    "a wrong password",
    [entry(), { on: ON.list, ...TEXT }],
    {},
    "user mockuser is not let in: user or password is wrong, or driver and provider are those of another cloud",
  ],
  [
    "a driver that it does not have",
    [refusal(ON.entry, 500, "The driver 'rhvm' is unknown or not supported"), DRIVERS],
    { driver: "rhvm" },
    "has no driver rhvm; it has mock, rhevm: The driver 'rhvm' is unknown",
  ],
  [
    "a driver for storage alone",
    [entry({ driver: "azure", collections: ["buckets"] })],
    {},
    "its driver azure has no instances",
  ],
  [
    "another program's refusal",
    [{ on: ON.entry, status: 400, bytes: Buffer.from('<?xml version="1.0"?><Response><Errors/></Response>') }],
    {},
    "answers 400, and not as Deltacloud does; correct the account's url",
  ],
  ["a driver without names", [entry({ driver: "ec2", features: "" })], {}, "its driver ec2 gives instances no names"],
  ["something else", [PAGE], {}, "does not answer as Deltacloud's entry point does: correct url"],
  [
    "a wrong path",
    [{ on: ON.entry, status: 404, bytes: Buffer.from("<h1>Not Found</h1>") }],
    {},
    "correct the account's url, which ends in /api as a rule",
  ],
  ["a cloud that does not answer", [entry(), refusal(ON.list, 504, "execution expired")], {}, "execution expired"],
])("a check tells of %s in one line, without a secret", async (...[, script, settings, expected]) => {
  await using opened = await openReplayed(script, settings);
  const { fault } = await faultOf(opened.cloud.usage(calm()));
  expect(fault.text).toContain(expected);
  expect(fault.text).not.toContain("\n");
  expect(fault.text).not.toContain(PASSWORD);
});

test("which drivers there are is asked without the one that there is not", async () => {
  await using opened = await openReplayed([refusal(ON.entry, 500, "unknown"), DRIVERS], {
    driver: "rhvm",
    provider: "x",
  });
  await faultOf(opened.cloud.usage(calm()));
  expect(opened.asked.map(({ headers }) => headers["x-deltacloud-driver"])).toEqual(["rhvm", undefined]);
});

test("a breakdown at the entry point is told as it is where the driver is known", async () => {
  await using opened = await openReplayed([refusal(ON.entry, 500, "broken"), DRIVERS], { driver: "mock" });
  expect((await faultOf(opened.cloud.usage(calm()))).fault).toMatchObject({ class: "transient" });
});

test("usage is what the user sees of instances, without those that have ended", async () => {
  await using opened = await openReplayed([
    entry(),
    list({}, { id: "inst1", state: "FINISH" }, { id: "inst2", name: "any", owner: "" }),
  ]);
  expect(await opened.cloud.usage(calm())).toEqual([{ realm: null, dimension: "instances", most: null, used: 2 }]);
});

test("a redirect elsewhere is not followed with the password", async () => {
  await using server = await cloudThat((_, response) => {
    response.writeHead(302, { location: "https://login.example.org/?next=secret" }).end();
  });
  const cloud = openWith({ ...SETTINGS, url: `http://127.0.0.1:${server.port}/api` });
  const { fault } = await faultOf(cloud.usage(calm()));
  expect(fault).toMatchObject({ class: "config", code: "redirected" });
  expect(fault.text).not.toContain("secret");
});
