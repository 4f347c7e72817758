// What the suites do not ask for, on a real control plane.

import { randomUUID } from "node:crypto";
import { afterEach, beforeEach, expect, test } from "vitest";
import { z } from "zod";
import { accountId } from "../../core/ids.ts";
import { create, lookedAt, readyRequest } from "../../ports/provider-suite/stage.testsuite.ts";
import { openstackProvider } from "./index.ts";
import { filtersFor } from "./names.ts";
import { serversNamed } from "./nova.ts";
import { CREDENTIALS, emptied, freshLab, LAB, settled, SETTINGS, tester } from "./lab.testsuite.ts";

const calm = (): AbortSignal => new AbortController().signal;
const account = (settings: Readonly<Record<string, unknown>>) => ({ id: accountId("acc-1"), name: "lab", settings });
const placement = { realm: "az2", size: "tiny", image: LAB.image };

beforeEach(freshLab);
afterEach(emptied);

test("a server that was stopped is seen as such, and comes up after a start", async () => {
  const cloud = openstackProvider.open(account(SETTINGS), CREDENTIALS);
  const machine = await create({ cloud }, readyRequest({ placement }));
  await settled();
  const path = `/servers/${machine.externalId}/action`;
  const stop = { service: "compute", method: "POST", path, body: { "os-stop": null }, read: () => undefined } as const;
  await tester.ask(stop, calm());
  await settled();
  expect(await lookedAt({ cloud }, machine)).toMatchObject({ state: "stopped", fault: null });
  await cloud.start(machine, calm());
  await settled();
  expect(await lookedAt({ cloud }, machine)).toMatchObject({ state: "running" });
});

test("servers of one deployment are found by their names in one list, and no others", async () => {
  const cloud = openstackProvider.open(account(SETTINGS), CREDENTIALS);
  const names: string[] = [];
  for (let no = 0; no < 3; no += 1) names.push((await create({ cloud }, readyRequest({ placement }))).name);
  const wanted = names.slice(0, 2);
  const found = await serversNamed(tester, wanted, calm());
  expect(found).toHaveLength(2);
  expect(new Set(found.map(({ name }) => name))).toEqual(new Set(wanted));
  expect(filtersFor(wanted)).toHaveLength(1);
});

test("images are found by id, name and properties", async () => {
  const cloud = openstackProvider.open(account(SETTINGS), CREDENTIALS);
  for (const choice of [LAB.image, LAB.imageName, "property:os_distro=debian,os_version=12"]) {
    expect(await cloud.image(choice, "az1", calm())).toEqual({ image: LAB.image });
  }
  expect(await cloud.image("property:os_distro=plan9", "az1", calm())).toMatchObject({ image: null });
  expect((await cloud.images?.(null, calm()))?.images).toContainEqual({
    realm: "az1",
    choice: LAB.imageName,
    image: LAB.image,
  });
});

const Entered = z.object({ token: z.object({ user: z.object({ id: z.string() }) }) });
const Made = z.object({ application_credential: z.object({ id: z.string(), name: z.string(), secret: z.string() }) });

/** As its user would make one. */
async function applicationCredential() {
  const domain = { name: "Default" };
  const auth = {
    identity: { methods: ["password"], password: { user: { name: LAB.user, domain, password: LAB.password } } },
    scope: { project: { name: LAB.project, domain } },
  };
  const post = (path: string, body: unknown, token = "") =>
    fetch(`${LAB.authUrl}${path}`, {
      method: "POST",
      headers: { "content-type": "application/json", "x-auth-token": token },
      body: JSON.stringify(body),
    });
  const entered = await post("/auth/tokens", { auth });
  const { token } = Entered.parse(await entered.json());
  const wanted = { application_credential: { name: randomUUID() } };
  const path = `/users/${token.user.id}/application_credentials`;
  const made = await post(path, wanted, entered.headers.get("x-subject-token") ?? "");
  return Made.parse(await made.json()).application_credential;
}

test("an application credential logs in by its id, by its name and user, and from a clouds.yaml", async () => {
  const { id, name, secret } = await applicationCredential();
  const { authUrl } = LAB;
  const given = { applicationCredentialSecret: secret };
  const clouds = JSON.stringify({
    clouds: {
      lab: {
        auth_type: "v3applicationcredential",
        auth: { auth_url: authUrl, application_credential_id: id, application_credential_secret: secret },
      },
    },
  });
  const ways = [
    openstackProvider.open(account({ authUrl, applicationCredential: id }), given),
    openstackProvider.open(account({ authUrl, applicationCredential: name, user: LAB.user }), given),
    openstackProvider.open(account({}), { clouds }),
  ];
  for (const cloud of ways) expect(await cloud.realms(calm())).toEqual(["az1", "az2"]);
  const wrong = openstackProvider.open(account({ authUrl, applicationCredential: id }), {
    applicationCredentialSecret: "no-such-secret",
  });
  await expect(wrong.realms(calm())).rejects.toMatchObject({
    fault: { class: "auth", text: expect.stringContaining("its id or secret is wrong") },
  });
});
