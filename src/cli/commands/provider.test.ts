import { expect, test } from "vitest";
import { problem, standWith } from "../stand.samples.ts";

const facts = { of: "setting", label: "L", isRequired: false, example: null, default: null };
const SAMPLE = {
  name: "sample",
  about: "A cloud.",
  fields: [
    { ...facts, name: "url", kind: "address", help: "Where.", isRequired: true, example: "https://cloud.example" },
    { ...facts, name: "share", kind: "amount", help: "How much.", least: 0, most: 9, default: 5 },
    { ...facts, name: "zone", kind: "choice", help: "Which.", choices: ["a", "b"] },
    { ...facts, name: "open", kind: "flag", help: "Whether.", default: false },
    { ...facts, name: "net", kind: "text", help: "The network." },
    { ...facts, name: "key", kind: "lines", of: "credential", help: "The key." },
  ],
};
const SCRIPT = { "GET /v1/providers": { json: { providers: [SAMPLE] } } };

test("providers are listed, and one shows how each of its fields is given", async () => {
  await using stand = await standWith(SCRIPT);
  expect((await stand.run(["provider", "ls"])).out).toMatch(/NAME +ABOUT\nsample +A cloud\./);
  const { out } = await stand.run(["provider", "show", "sample"]);
  for (const line of [
    "sample: A cloud.",
    "--set url=ADDRESS (required)",
    "  Such as https://cloud.example",
    "--set share=0..9 (5 when left out)",
    "--set zone=a|b (optional)",
    "--set open=true|false (false when left out)",
    "--set net=TEXT (optional)",
    "--credential key=- (optional)",
  ]) {
    expect(out.split("\n")).toContain(line);
  }
});

test("a provider that does not exist is told with those that do", async () => {
  await using stand = await standWith(SCRIPT);
  const { exitCode, err } = await stand.run(["provider", "show", "simm"]);
  expect([exitCode, err]).toEqual([2, expect.stringContaining("there is no provider simm; there are sample")]);
});

test("what is wrong in an account is told with where its fields are listed", async () => {
  await using stand = await standWith({ "POST /v1/accounts": problem("bad_account", "url: is missing.") });
  const { exitCode, err } = await stand.run(["account", "add", "lab", "--provider", "sample"]);
  expect([exitCode, err]).toEqual([2, expect.stringContaining("slipway provider show sample")]);
});
