import { expect, test } from "vitest";
import type { Output } from "../../contract/output.ts";
import { sampleDeployment, samplePlan } from "../replies.samples.ts";
import { moved, standWith, streaming } from "../stand.samples.ts";

const output = (given: Partial<Output>): Output => ({
  name: "url",
  description: null,
  secret: false,
  value: "http://192.0.2.7/",
  missing: null,
  ...given,
});
const url = output({ description: "The shop's page" });
const late = output({ name: "late", value: null, missing: "db.publicAddress" });
const secret = (value: string | null) => output({ name: "pass", secret: true, value });
const listed = (...outputs: Output[]) => ({ "GET /v1/deployments/shop/outputs": { json: { outputs } } });

test("all outputs are listed, secret ones without their value, and what is not known says what it lacks", async () => {
  await using stand = await standWith(listed(url, late, secret("hunter22")));
  const { exitCode, out } = await stand.run(["output", "shop"]);
  expect(exitCode).toBe(0);
  expect(out.split("\n")).toEqual([
    "OUTPUT  VALUE                               ABOUT",
    "url     http://192.0.2.7/                   The shop's page",
    "late    (not known: no db.publicAddress)",
    "pass    (secret: slipway output shop pass)",
    "",
  ]);
});

test("one output is its value to the letter, where a program reads it", async () => {
  await using stand = await standWith(listed(url, secret("a\tb\u001b[2J\nc"), late));
  expect((await stand.run(["output", "shop", "url"])).out).toBe("http://192.0.2.7/\n");
  expect((await stand.run(["output", "shop", "pass"])).out).toBe("a\tb\u001b[2J\nc\n");
  expect((await stand.run(["output", "shop", "pass"], { columns: 80 })).out).toBe("a    b\nc\n");
  expect(JSON.parse((await stand.run(["output", "shop", "url", "--json"])).out)).toEqual(url);
  expect(JSON.parse((await stand.run(["output", "shop", "--json"])).out).outputs).toHaveLength(3);
});

test("a value that cannot be told is an error with its reason", async () => {
  await using stand = await standWith(listed(url, late, secret(null)));
  const unknown = await stand.run(["output", "shop", "ulr"]);
  expect([unknown.exitCode, unknown.out, unknown.err]).toEqual([
    2,
    "",
    'slipway: in deployment shop there is no output ulr: did you mean "url"? Outputs: late, pass, url.\n',
  ]);
  const missing = await stand.run(["output", "shop", "late"]);
  expect([missing.exitCode, missing.err]).toEqual([
    1,
    "slipway: output late of shop is not known: it has no db.publicAddress\n  see slipway show shop\n",
  ]);
  const withheld = await stand.run(["output", "shop", "pass"]);
  expect(withheld.exitCode).toBe(3);
  expect(withheld.err).toContain("output pass of shop is secret: it is for those who may change deployments");
});

test("a blueprint without outputs tells nothing", async () => {
  await using stand = await standWith(listed());
  const { exitCode, out, err } = await stand.run(["output", "shop"]);
  expect([exitCode, out, err]).toEqual([0, "", "slipway: shop tells nothing: its blueprint has no outputs\n"]);
});

test("a launch that was waited for, and show, tell the outputs", async () => {
  const settled = sampleDeployment({ state: "running", outputs: [url, secret(null)], eventNo: 2, actions: ["stop"] });
  await using stand = await standWith({
    "POST /v1/deployments": { status: 201, json: sampleDeployment({ outputs: [late] }) },
    "GET /v1/deployments/shop": { json: settled },
    [`GET /v1/deployments/${settled.id}`]: { json: settled },
    [`GET /v1/deployments/${settled.id}/stream`]: streaming([moved(2, "running")]),
    "POST /v1/plan": { json: samplePlan() },
  });
  const told = ["OUTPUT  VALUE", "url     http://192.0.2.7/", "pass    (secret: slipway output shop pass)"];
  const launched = await stand.run(["launch", "-", "--wait"], { stdin: "name: shop" });
  expect([launched.exitCode, launched.err]).toEqual([0, ""]);
  for (const line of told) expect(launched.out).toContain(line);
  const shown = await stand.run(["show", "shop"]);
  for (const line of told) expect(shown.out).toContain(line);
});

test("a plan tells which outputs there will be, and of which instances", async () => {
  const outputs = [
    { name: "url", description: "The page", secret: false, from: ["db"] },
    { name: "pass", description: null, secret: true, from: [] },
  ];
  await using stand = await standWith({ "POST /v1/plan": { json: samplePlan({ outputs }) } });
  const { out } = await stand.run(["plan", "shop"]);
  expect(out).toContain("OUTPUT        FROM  ABOUT\nurl           db    The page\npass, secret  -\n");
});
