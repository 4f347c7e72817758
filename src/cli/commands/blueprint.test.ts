import { describe, expect, test } from "vitest";
import { at } from "../replies.samples.ts";
import { problem, standWith } from "../stand.samples.ts";

const SOURCE = "# Kept as written\nslipway: 1\nname: hello\n";
const outline = { name: "hello", parameters: [], instances: [], outputs: [] };
const stored = { name: "hello", version: 2, createdAt: at(0), createdBy: "ann", source: SOURCE, outline };

test("blueprint show prints the text alone, so that it can be kept as a file", async () => {
  await using stand = await standWith({ "GET /v1/blueprints/hello?version=2": { json: stored } });
  const { exitCode, out, err } = await stand.run(["blueprint", "show", "hello@2"]);
  expect({ exitCode, out, err }).toEqual({ exitCode: 0, out: SOURCE, err: "" });
});

test("blueprint rm removes it, or says that there is none", async () => {
  await using stand = await standWith({
    "DELETE /v1/blueprints/hello": { status: 204 },
    "DELETE /v1/blueprints/nope": problem("not_found", "There is no blueprint nope."),
  });
  expect((await stand.run(["blueprint", "rm", "hello"])).out).toBe("Removed blueprint hello.\n");
  expect(await stand.run(["blueprint", "rm", "nope"])).toMatchObject({ exitCode: 2, out: "" });
});

test("blueprint import prints a deployable as a blueprint, and apart from it what could not be taken over; it asks no server", async () => {
  await using stand = await standWith({});
  const stdin = `<deployable name="Shop"><assemblies><assembly name="web" hwp="small"><image id="i" build="b"/></assembly></assemblies></deployable>`;
  const { exitCode, out, err } = await stand.run(["blueprint", "import", "-"], { stdin });
  expect(exitCode).toBe(0);
  expect(out).toBe(
    "# Made of Aeolus' deployable Shop in standard input.\nslipway: 1\nname: shop\ninstances:\n  web:\n    image: i\n    profile: small\n",
  );
  expect(err).toContain("Note: the assembly web asks for the build b of its image");
  expect(await stand.run(["blueprint", "import", "-"], { stdin: "<template/>" })).toMatchObject({
    exitCode: 2,
    out: "",
  });
});

test("blueprint put says when the text is what the newest version has", async () => {
  const file = { stdin: SOURCE };
  const reply = (isNew: boolean) => ({ json: { ...stored, isNew } });
  await using stand = await standWith({
    "POST /v1/blueprints/check": { json: { ...outline, warnings: [], checkedAt: [] } },
    "PUT /v1/blueprints/hello": [reply(true), reply(false), reply(false)],
  });
  const put = (...more: string[]) => stand.run(["blueprint", "put", "-", ...more], file);
  expect((await put()).out).toBe("Stored hello, version 2. Launch it: slipway launch hello\n");
  expect((await put()).out).toBe("hello is unchanged: this is its version 2. Launch it: slipway launch hello\n");
  expect(JSON.parse((await put("--json")).out)).toEqual({ ...stored, isNew: false });
});

test("blueprint put warns of what no account offers", async () => {
  const detail = 'instances.a.image names the image "b", which no account offers at present: did you mean "c"?';
  const warnings = [{ pointer: "/instances/a/image", line: 3, column: 15, detail }];
  await using stand = await standWith({
    "POST /v1/blueprints/check": { json: { ...outline, warnings, checkedAt: ["east"] } },
    "PUT /v1/blueprints/hello": { json: { ...stored, isNew: true } },
  });
  const { out } = await stand.run(["blueprint", "put", "-"], { stdin: SOURCE });
  expect(out).toBe(`Stored hello, version 2. Launch it: slipway launch hello\nWarning, at 3:15  ${detail}\n`);
});

describe("a blueprint that is neither a file nor stored", () => {
  const refusal = problem("not_found", "There is no blueprint nofile.");
  const script = {
    "POST /v1/deployments": refusal,
    "POST /v1/plan": refusal,
    "GET /v1/blueprints/nofile": refusal,
  };

  test.each([["launch"], ["plan"], ["blueprint", "check"]])("%s %s says so of both", async (...command) => {
    await using stand = await standWith(script);
    expect(await stand.run([...command, "nofile"])).toEqual({
      exitCode: 2,
      out: "",
      err: "slipway: there is no file nofile here, and there is no blueprint nofile.\n  those that are stored: slipway blueprint ls\n",
    });
  });

  test("leads to a file that lacks only its ending in what was typed", async () => {
    await using stand = await standWith({ "POST /v1/deployments": problem("not_found", "There is no blueprint x.") });
    expect((await stand.run(["launch", "package"])).err).toContain("did you mean the file package.json?");
  });
});
