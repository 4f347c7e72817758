import { writeFile } from "node:fs/promises";
import { join } from "node:path";
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
    { ...facts, name: "token", kind: "text", of: "credential", help: "The token.", isRequired: true },
  ],
  where: [
    { name: "networks", inAccount: true, word: "NAME,…", help: "Networks." },
    { name: "hosts", inAccount: false, word: "spread|compact", help: "Hosts." },
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
    "--credential key=@FILE (optional)",
    "--credential token=- (required)",
    "- asks without echo, or reads standard input; @FILE reads a text of several lines, such as PEM, from a file.",
    "--where [REALM.]networks=NAME,… (optional)",
    "  Networks. A blueprint's own comes first.",
    "placement.hosts in a blueprint: spread|compact",
    "  Hosts.",
  ]) {
    expect(out.split("\n")).toContain(line);
  }
});

test("a provider that takes no placement says so", async () => {
  await using stand = await standWith({ "GET /v1/providers": { json: { providers: [{ ...SAMPLE, where: [] }] } } });
  expect((await stand.run(["provider", "show", "sample"])).out).toContain(
    "It takes no placement from blueprints but spot.",
  );
});

test("a provider that does not exist is told with those that do", async () => {
  await using stand = await standWith(SCRIPT);
  const { exitCode, err } = await stand.run(["provider", "show", "sampel"]);
  expect([exitCode, err]).toEqual([
    2,
    expect.stringContaining('there is no provider sampel: did you mean "sample"? Providers: sample.'),
  ]);
});

test("what is wrong in an account is told with where its fields are listed", async () => {
  await using stand = await standWith({ "POST /v1/accounts": problem("bad_account", "url: is missing.") });
  const { exitCode, err } = await stand.run(["account", "add", "lab", "--provider", "sample"]);
  expect([exitCode, err]).toEqual([2, expect.stringContaining("slipway provider show sample")]);
});

test("settings are what their fields want, text of several lines comes from a file, and a missing secret is asked for", async () => {
  await using stand = await standWith({ ...SCRIPT, "POST /v1/accounts": problem("bad_account", "url: is wrong.") });
  const file = join(stand.folder, "key.pem");
  await writeFile(file, "-----BEGIN\nx\n");
  const add = [
    "account",
    "add",
    "lab",
    "--provider",
    "sample",
    "--set",
    "net=7",
    "--set",
    "share=5",
    "--set",
    "open=true",
  ];
  await stand.run([...add, "--set", 'url="8"', "--credential", `key=@${file}`], { typed: "hidden\r" });
  expect(stand.requests.findLast(({ method }) => method === "POST")?.body).toMatchObject({
    settings: { net: "7", share: 5, open: true, url: "8" },
    credentials: { key: "-----BEGIN\nx\n", token: "hidden" },
  });
  const { exitCode, err } = await stand.run([...add, "--credential", "key=@nowhere.pem", "--credential", "token=t"]);
  expect([exitCode, err]).toEqual([2, expect.stringContaining("cannot read nowhere.pem")]);
});

test("several mistakes in an account are told at once, each by its option", async () => {
  const errors = [
    { pointer: "/settings/ulr", detail: "is not known: did you mean url? known: url" },
    { pointer: "/credentials/token", detail: "is missing" },
  ];
  const refused = problem("bad_account", "ulr: is not known; token: is missing.", { errors });
  await using stand = await standWith({ ...SCRIPT, "POST /v1/accounts": refused });
  const { exitCode, err } = await stand.run(["account", "add", "lab", "--provider", "sample", "--set", "ulr=x"]);
  expect({ exitCode, err }).toEqual({
    exitCode: 2,
    err:
      "slipway: what the account is given has 2 mistakes\n" +
      "  --set ulr: is not known: did you mean url? known: url\n" +
      "  --credential token: is missing\n" +
      "  what an account there needs: slipway provider show sample\n",
  });
});

test("a pool that is misspelt is refused with the option that makes it", async () => {
  const detail = 'there is no pool prdo: did you mean "prod"? Pools: prod. newPool makes one of that name.';
  const refused = problem("bad_pool", `pool: ${detail}`, { errors: [{ pointer: "/pool", detail }] });
  await using stand = await standWith({ "POST /v1/accounts": refused });
  const { exitCode, err } = await stand.run(["account", "add", "lab", "--provider", "sample", "--pool", "prdo"]);
  expect({ exitCode, err }).toEqual({
    exitCode: 2,
    err:
      'slipway: --pool prdo: there is no pool prdo: did you mean "prod"? Pools: prod.\n' +
      "  to make a pool of that name: --pool prdo --new-pool\n",
  });
  await stand.run(["account", "add", "lab", "--provider", "sample", "--pool", "prdo", "--new-pool"]);
  expect(stand.requests.at(-1)?.body).toMatchObject({ pool: "prdo", newPool: true });
});
