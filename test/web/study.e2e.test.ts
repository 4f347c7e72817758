// What people do with a launch that has failed: look at what is held, release it, edit it and launch it again; and a member that does not answer.

import type { Page } from "playwright-core";
import { afterAll, beforeAll, test } from "vitest";
import { z } from "zod";
import { quickCloud } from "../stage/datacentre.ts";
import { overflows, startWeb, violations, type WebStage } from "./browser.ts";

const SOURCE = `slipway: 1
name: studied
parameters:
  greeting: { type: string, default: hello }
  password: { type: string, secret: true }
instances:
  db: { image: debian-12, profile: small }
  web:
    image: debian-12
    profile: small
    dependsOn: [db]
    userData: "\${{ params.greeting }} \${{ params.password }}"
    live: { tcp: 80, period: 1s, failures: 2 }
launch: { onFailure: { hold: 30m }, maxAttempts: 1 }
`;

let web: WebStage;

beforeAll(async () => {
  web = await startWeb([quickCloud("held")]);
  await web.server.call(z.unknown(), "POST /v1/pools", { name: "held", members: [{ account: "held", group: 0 }] });
});
afterAll(async () => web?.[Symbol.asyncDispose]());

const button = (page: Page, name: string) => page.getByRole("button", { name, exact: true });

test("a failed launch is held, released, edited and launched again; a member that does not answer says so", async ({
  expect,
}) => {
  const cloud = web.datacentre.admin.cloud("held");
  const refuse = { kind: "refuse", code: "insufficient_capacity" } as const;
  await cloud.addFaults([
    { on: "create", do: refuse, when: { labels: { "slipway-instance": "web" } }, times: "always" },
  ]);
  const given = { pool: "held", parameters: { greeting: "ahoy", password: "correct horse" } };
  const { id } = await web.server.launch(SOURCE, given);
  const { page, complaints } = await web.open(`/deployments/${id}`);
  await page.getByText("Held for study.").waitFor();
  expect(await violations(page)).toEqual([]);
  expect(await overflows(page)).toBe(false);
  await button(page, "Release").click();
  await button(page, "Release studied").click();
  await web.server.reaches(id, ["failed"]);
  await cloud.clearFaults();

  await button(page, "Edit and launch again").click();
  await page.getByText("Secret values that are left empty are as they were.").waitFor();
  expect(await page.getByLabel("greeting").inputValue()).toBe("ahoy");
  const hold = page.getByLabel("Hold what fails, minutes");
  expect(await hold.inputValue()).toBe("30");
  await page
    .getByText(/An attempt that fails is held for 30 min before it is undone: at most \$[\d.]+ at held/)
    .waitFor();
  await hold.fill("45");
  await page.getByText("held for 45 min before").waitFor();
  expect(await violations(page)).toEqual([]);
  await page.getByLabel("greeting").fill("hey");
  await page
    .getByRole("button", { name: /^Launch/ })
    .last()
    .click();
  await page.waitForURL((url) => url.pathname.endsWith("/progress"));
  const next = /deployments\/([^/]+)\//.exec(page.url())?.[1] ?? "";
  const made = await web.server.reaches(next, ["running"]);
  expect(made).toMatchObject({
    relaunchOf: id,
    name: "studied",
    parameters: { greeting: "hey", password: null },
    holdMs: 2_700_000,
  });

  await cloud.addFaults([{ on: "probe", do: { kind: "not_listening" }, times: "always" }]);
  await web.server.reaches(next, ["incomplete"]);
  await page.goto(`/deployments/${next}`);
  await page.getByText("Not answering").first().waitFor();
  await page
    .getByText(/its live check failed 2 times in a row/)
    .first()
    .waitFor();
  await cloud.clearFaults();
  await web.server.reaches(next, ["running"]);
  expect(complaints).toEqual([]);
});

test("a rollback that is stuck is tried again without what is given up, and says what that leaves at what price", async ({
  expect,
}) => {
  const cloud = web.datacentre.admin.cloud("held");
  const labels = { "slipway-instance": "web" };
  await cloud.addFaults([
    { on: "create", do: { kind: "refuse", code: "insufficient_capacity" }, when: { labels }, times: "always" },
    { on: "remove", do: { kind: "refuse", code: "internal_error" }, times: "always" },
  ]);
  const source = SOURCE.replace("onFailure: { hold: 30m }", "deadlines: { undo: 2s }");
  const given = { pool: "held", name: "stuck", parameters: { password: "correct horse" } };
  const { id } = await web.server.launch(source, given);
  await web.server.reaches(id, ["rollback_failed"]);
  const { page, complaints } = await web.open(`/deployments/${id}`);
  await button(page, "Retry rollback").click();
  await page.getByText(/^1 machine will be asked to go at once\./).waitFor();
  await page.getByLabel("db", { exact: true }).check();
  await page.getByText(/^The rollback waits for no machine any more\. 1 machine stays as debt.*\/h\./).waitFor();
  expect(await violations(page)).toEqual([]);
  await button(page, "Retry rollback of stuck").click();
  const { debt } = await web.server.reaches(id, ["failed"]);
  expect(debt.count).toBe(1);
  await page
    .getByText(/1 machine is not proven gone/)
    .first()
    .waitFor();
  expect(complaints).toEqual([]);
});
