import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { sampleDeployment, samplePlan } from "./replies.samples.ts";
import { standWith } from "./stand.samples.ts";

const script = {
  "POST /v1/deployments": { status: 201, json: sampleDeployment() },
  "POST /v1/plan": { json: samplePlan() },
};

async function launched(files: Readonly<Record<string, string>>, ...more: string[]) {
  await using stand = await standWith(script);
  const options: string[] = [];
  for (const [name, text] of Object.entries(files)) {
    await writeFile(join(stand.folder, name), text);
    options.push("--param-file", join(stand.folder, name));
  }
  const { exitCode, err } = await stand.run(["launch", "shop", ...options, ...more]);
  const body = stand.requests.find(({ url }) => url === "/v1/deployments")?.body;
  return { exitCode, err: err.replaceAll(`${stand.folder}/`, ""), body };
}

test("values come as they are written, the last file counts, and --set before all", async () => {
  const first = `size: large\nversion: 1.10\ndebug: true\nbig: 12345678901234567890\nquoted: "007"\ncert: |\n  one\n  two\n`;
  const { exitCode, body } = await launched({ "a.yaml": first, "b.json": '{"size": "small", "n": 1}' }, "--set", "n=2");
  expect(exitCode).toBe(0);
  expect(body).toMatchObject({
    parameters: {
      size: "small",
      version: "1.10",
      debug: "true",
      big: "12345678901234567890",
      quoted: "007",
      cert: "one\ntwo\n",
      n: "2",
    },
  });
  expect((await launched({ "empty.yaml": "# nothing yet\n" })).body).toMatchObject({ parameters: {} });
});

test.each([
  ["a: [1]\n", "p.yaml, at 1:1: a must be one value: text, a number, true or false"],
  ["a: 1\nb:\n", "p.yaml, at 2:1: b must be one value: text, a number, true or false"],
  ["- a\n", "p.yaml: must be a map from names of parameters to values, such as size: large"],
  ["1: a\n", "p.yaml, at 1:1: a parameter's name must be text"],
  ["a: 1\na: 2\n", "p.yaml, at 2:1: is no YAML: Map keys must be unique"],
])("a file that does not do is told with its place: %j", async (text, says) => {
  const { exitCode, err, body } = await launched({ "p.yaml": text });
  expect([exitCode, err, body]).toEqual([2, `slipway: ${says}\n`, undefined]);
});

test("what the server has against a value is told by the file that gave it", async () => {
  const problem = {
    type: "urn:slipway:problem:bad_blueprint",
    title: "x",
    status: 400,
    code: "bad_blueprint",
    detail: "x",
    errors: [{ pointer: "/parameters/n", parameter: "n", line: 3, detail: 'parameters.n must be a number, not "x".' }],
  };
  await using stand = await standWith({ "POST /v1/plan": { status: 400, json: problem } });
  const file = join(stand.folder, "p.yaml");
  await writeFile(file, "n: x\n");
  const { exitCode, err } = await stand.run(["plan", "shop", "--param-file", file]);
  expect([exitCode, err]).toEqual([2, `slipway: --param-file ${file}: n must be a number, not "x".\n`]);
});
