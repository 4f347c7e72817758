// Deltacloud as it is spoken over the wire.

import { afterEach, describe, expect, test } from "vitest";
import { CLOUD_ERRORS, type CloudErrorCode } from "../../cloud-api.ts";
import { createDatacentre } from "../../datacentre.ts";
import { readErrorCode } from "../../fault.ts";
import { LOST, toldOf } from "../faces.testsuite.ts";
import { type ServedDatacentre, serveDatacentre } from "../../server.ts";
import type { CloudSettings } from "../../settings.ts";
import { VirtualClock } from "../../virtual-clock.ts";
import { readXml, treeOf } from "../xml-document.ts";
import { DELTACLOUD_CLOUDS } from "./clouds.ts";
import { deltacloudFace } from "./face.ts";

const AT_ONCE = { kind: "fixed", ms: 0 } as const;
const SECOND = { kind: "fixed", ms: 1000 } as const;
const QUICK = {
  latency: AT_ONCE,
  imageCopy: AT_ONCE,
  boot: AT_ONCE,
  serviceDelay: AT_ONCE,
  stopping: AT_ONCE,
  removal: AT_ONCE,
};

let served: ServedDatacentre | null = null;
afterEach(async () => {
  await served?.close();
  served = null;
});

interface Sent {
  readonly method?: string;
  readonly form?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
}

const ACCOUNTS = { mock: "mockuser:mockpassword", rhevm: "admin@internal:rhevm-password" } as const;

/** One of the two, without its pace. */
async function opened(name: keyof typeof ACCOUNTS = "mock", changes: Partial<CloudSettings> = {}) {
  const clock = new VirtualClock(Date.UTC(2026, 0, 1));
  const clouds = DELTACLOUD_CLOUDS.map((cloud) => ({ ...cloud, ...QUICK, ...(cloud.name === name ? changes : {}) }));
  const datacentre = createDatacentre({ clouds, clock });
  served = await serveDatacentre(datacentre, { port: 0, face: deltacloudFace });
  const { url } = served;
  const basic = `Basic ${Buffer.from(ACCOUNTS[name]).toString("base64")}`;
  const ask = async (path: string, { method, form, headers = {} }: Sent = {}) => {
    const answer = await fetch(`${url}/api${path}`, {
      method: method ?? (form === undefined ? "GET" : "POST"),
      redirect: "manual",
      headers: { accept: "application/xml", authorization: basic, ...headers },
      ...(form === undefined ? {} : { body: new URLSearchParams(form) }),
    });
    const text = await answer.text();
    const isXml = answer.headers.get("content-type")?.startsWith("application/xml") ?? false;
    return {
      status: answer.status,
      headers: answer.headers,
      text,
      xml: isXml ? Object(treeOf(readXml(text))) : null,
    };
  };
  const order = { image_id: "img1", name: "db" };
  return {
    url,
    clock,
    datacentre,
    operator: datacentre.cloud(name),
    ask,
    order,
    make: async (more: Readonly<Record<string, string>> = {}): Promise<string> =>
      (await ask("/instances", { form: { ...order, ...more } })).xml.id,
    look: async (id: string) => (await ask(`/instances/${id}`)).xml,
    act: (id: string, action: string) => ask(`/instances/${id}/${action}`, { method: "POST" }),
  };
}

/** What an instance allows. */
const relsOf = (instance: { readonly actions: unknown }) =>
  [Object(instance.actions).link ?? []].flat().map(({ rel }) => rel);

describe("an instance", () => {
  test("that starts by itself: PENDING without any action, RUNNING, STOPPED, gone", async () => {
    const { make, look, act, ask, url, clock, datacentre } = await opened("mock", { boot: SECOND });
    const made = await ask("/instances", {
      form: { image_id: "img1", name: "db", hwp_id: "m1-large", realm_id: "eu" },
    });
    expect(made.status).toBe(201);
    const { id } = made.xml;
    expect(made.headers.get("location")).toBe(`${url}/api/instances/${id}`);
    expect(made.xml).toMatchObject({
      href: `${url}/api/instances/${id}`,
      name: "db",
      state: "PENDING",
      image: { id: "img1" },
      realm: { id: "eu" },
      hardware_profile: { id: "m1-large" },
      actions: "",
    });
    expect((await act(id, "stop")).status).toBe(405);
    expect((await ask(`/instances/${id}`, { method: "DELETE" })).status).toBe(405);
    await clock.advance(1000);
    const running = await look(id);
    expect([running.state, relsOf(running)]).toEqual(["RUNNING", ["stop", "reboot"]]);
    expect(running.private_addresses.address).toMatchObject({ type: "ipv4" });
    expect((await act(id, "start")).status).toBe(405);
    const stopped = await act(id, "stop");
    expect([stopped.status, stopped.xml.id]).toEqual([202, id]);
    expect(relsOf(await look(id))).toEqual(["start", "destroy"]);
    const gone = await ask(`/instances/${id}`, { method: "DELETE" });
    expect([gone.status, gone.text]).toEqual([204, ""]);
    expect((await ask(`/instances/${id}`)).status).toBe(404);
    expect((await ask(`/instances/${id}`, { method: "DELETE" })).status).toBe(403);
    expect((await act(id, "start")).status).toBe(403);
    await make({ name: "" });
    expect(datacentre.billing.aliveNow()).toMatchObject([{ name: "inst-2" }]);
  });

  test("that wants to be started: PENDING, STOPPED, and the answer to an action says where it is", async () => {
    const { make, look, act, url, clock } = await opened("rhevm", { imageCopy: SECOND });
    const id = await make({ hwp_id: "custom", hwp_memory: "2048", hwp_cpu: "2", user_data: "Ym9vdA==" });
    expect((await look(id)).state).toBe("PENDING");
    await clock.advance(1000);
    expect([(await look(id)).state, relsOf(await look(id))]).toEqual(["STOPPED", ["start", "destroy"]]);
    const started = await act(id, "start");
    expect([started.status, started.headers.get("location"), started.text]).toEqual([
      303,
      `${url}/api/instances/${id}`,
      "",
    ]);
    expect((await look(id)).state).toBe("RUNNING");
    expect((await look(id)).hardware_profile.property).toMatchObject([
      { value: "2" },
      { name: "memory", value: "2048" },
      {},
    ]);
  });

  test("is refused at its start where there is no room, as what the cloud behind has said", async () => {
    const { make, act } = await opened("rhevm");
    const [first, second] = [
      await make({ realm_id: "small", hwp_id: "custom", hwp_cpu: "3" }),
      await make({ name: "web", realm_id: "small" }),
    ];
    expect((await act(first, "start")).status).toBe(303);
    const refused = await act(second, "start");
    expect([refused.status, refused.xml.message]).toEqual([
      502,
      "Cannot run VM. There are no available running Hosts in the Host Cluster. There is no room for SERVER in small at present",
    ]);
  });
});

describe("instances", () => {
  test("are listed whole, and by id, state and realm, and not by name", async () => {
    const { make, act, ask } = await opened();
    const [db, web] = [await make(), await make({ name: "web", realm_id: "eu" })];
    await act(web, "stop");
    const ids = async (query: string) =>
      [(await ask(`/instances${query}`)).xml.instance ?? []].flat().map(({ id }) => id);
    expect(await ids("")).toEqual([db, web]);
    expect(await ids("?state=STOPPED")).toEqual([web]);
    expect(await ids("?realm_id=us")).toEqual([db]);
    expect(await ids(`?id=${web}`)).toEqual([web]);
    expect(await ids("?name=db")).toEqual([db, web]);
  });

  test("a name with what XML does not take breaks its document and the whole list", async () => {
    const { make, ask } = await opened();
    const id = await make({ name: "fine" });
    expect((await ask("/instances")).xml.instance.id).toBe(id);
    await expect(make({ name: "db & co" })).rejects.toThrow("well-formed");
    await expect(ask("/instances")).rejects.toThrow("well-formed");
  });

  test("are not listed where they would not be all", async () => {
    const { make, ask, operator } = await opened();
    await make();
    operator.addFaults([{ on: "list", do: { kind: "list_partial", realms: ["us"] } }]);
    expect((await ask("/instances")).status).toBe(504);
    operator.setRealmDown("eu", true);
    expect((await ask("/instances")).status).toBe(504);
    expect((await ask("/realms/eu")).xml.state).toBe("UNAVAILABLE");
  });
});

describe("what is sent, and what is taken", () => {
  test.each([
    ["application/xml", 200, "application/xml;charset=utf-8"],
    ["text/xml", 200, "application/xml;charset=utf-8"],
    ["application/xml;q=0.9, */*;q=0.1", 200, "application/xml;charset=utf-8"],
    ["application/xml, */*", 200, "text/html;charset=utf-8"],
    ["*/*", 200, "text/html;charset=utf-8"],
    ["image/png", 406, null],
  ])("Accept %s", async (accept, status, type) => {
    const { ask } = await opened();
    const answer = await ask("/realms", { headers: { accept } });
    expect([answer.status, answer.headers.get("content-type")]).toEqual([status, type]);
  });

  test("a format in the query counts more; parameters in the path count nothing; a DELETE may be a POST", async () => {
    const { ask, make, act } = await opened();
    expect((await ask("/realms?format=xml", { headers: { accept: "*/*" } })).xml.realm).toHaveLength(2);
    const id = await make();
    expect((await ask(`/instances/${id};id=1`)).status).toBe(200);
    await act(id, "stop");
    expect((await ask(`/instances/${id}`, { form: { _method: "delete" } })).status).toBe(204);
  });

  test("what is missing is told in plain text; what is not known is ignored", async () => {
    const { ask, make } = await opened();
    const refused = await ask("/instances", { form: { name: "db" } });
    expect([refused.status, refused.text]).toEqual([400, "Required parameter [image_id] was not found"]);
    await make({ instance_count: "3" });
    expect((await ask("/instances")).xml.instance.name).toBe("db");
    const json = await ask("/instances", { method: "POST", headers: { "content-type": "application/json" } });
    expect(json.status).toBe(400);
    expect((await ask("/spaceships")).status).toBe(404);
    expect((await ask("/instances/%zz")).status).toBe(404);
  });

  test("whoever has no access: the entry point does not mind unless it is told to", async () => {
    const { ask } = await opened();
    const wrong = { authorization: "Basic eDp5" };
    expect((await ask("", { headers: wrong })).xml).toMatchObject({ driver: "mock", version: "1.1.3" });
    const forced = await ask("?force_auth=1", { headers: wrong });
    expect([forced.status, forced.text, forced.headers.get("www-authenticate")]).toEqual([401, "Not authorized", null]);
    const none = await fetch(`${served?.url}/api/instances`, { headers: { accept: "application/xml" } });
    expect([none.status, none.headers.get("www-authenticate")]).toEqual([401, 'Basic realm="Deltacloud API"']);
    expect((await ask("/instances", { headers: { "x-deltacloud-driver": "mock" } })).status).toBe(200);
    expect((await ask("/instances", { headers: { "x-deltacloud-driver": "rhevm" } })).status).toBe(401);
    const unknown = await ask("/instances", { headers: { "x-deltacloud-driver": "moon" } });
    expect([unknown.status, unknown.xml.message]).toEqual([500, "The driver 'moon' is unknown or not supported"]);
  });
});

describe("what there is", () => {
  test("the entry point tells what can be said at a creation", async () => {
    const { ask } = await opened("rhevm");
    const { driver, link } = (await ask("")).xml;
    expect(driver).toBe("rhevm");
    const { feature } = link.find(({ rel }: { readonly rel: string }) => rel === "instances");
    expect(feature[0]).toMatchObject({
      name: "user_name",
      param: { name: "name" },
      constraint: { name: "max_length" },
    });
  });

  test("states: what starts by itself, and what must be stopped before it is destroyed", async () => {
    const automaton = async (name: keyof typeof ACCOUNTS) => {
      const { state } = (await (await opened(name)).ask("/instance_states")).xml;
      await served?.close();
      return Object.fromEntries(
        state.map((each: { readonly name: string; readonly transition?: unknown }) => [each.name, each.transition]),
      );
    };
    expect(await automaton("mock")).toMatchObject({
      pending: { to: "running", auto: "true" },
      running: [{ action: "reboot" }, { to: "stopping", action: "stop" }],
      stopped: [
        { to: "running", action: "start" },
        { to: "finish", action: "destroy" },
      ],
    });
    expect(await automaton("rhevm")).toMatchObject({ pending: { to: "stopped", auto: "true" } });
  });

  test("profiles, fixed or with ranges; images; each by its id", async () => {
    const { ask } = await opened("rhevm");
    const [server, custom] = (await ask("/hardware_profiles")).xml.hardware_profile;
    expect(server.property[0]).toMatchObject({ name: "cpu", kind: "fixed", unit: "count", value: "1" });
    expect(custom.property[1]).toMatchObject({
      name: "memory",
      kind: "range",
      unit: "MB",
      param: { name: "hwp_memory" },
      range: { first: "512", last: "65536" },
    });
    expect((await ask("/hardware_profiles/custom")).xml.id).toEqual(["custom", "custom"]);
    expect((await ask("/images/img2")).xml).toMatchObject({ name: "postgres-16", state: "AVAILABLE" });
    expect((await ask("/images/no")).status).toBe(404);
    expect((await ask("/drivers/rhevm")).xml.name).toBe("rhevm");
  });

  test("keys and volumes", async () => {
    const { ask, make, operator } = await opened();
    const public_key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIL9fQ4u8n2oQ4mN1xQ0Zf3rC6u5cJ8vW2yT7sBkHdGpE me";
    expect((await ask("/keys", { form: { name: "ops", public_key } })).status).toBe(201);
    expect((await ask("/keys", { form: { name: "ops", public_key } })).status).toBe(409);
    const id = await make({ keyname: "ops" });
    expect((await ask(`/instances/${id}`)).xml.authentication).toMatchObject({
      type: "key",
      login: { keyname: "ops" },
    });
    expect((await ask("/keys/ops", { method: "DELETE" })).status).toBe(204);
    const volume = operator.plantPart("mockuser", { kind: "volume", name: "v", realm: "us", sizeGib: 5 });
    expect((await ask(`/storage_volumes/${volume.id}`)).xml).toMatchObject({ state: "AVAILABLE", realm_id: "us" });
    expect((await ask(`/storage_volumes/${volume.id}`, { method: "DELETE" })).status).toBe(204);
  });
});

const SAID: Readonly<Record<CloudErrorCode, number>> = {
  insufficient_capacity: 502,
  quota_exceeded: 502,
  quota_zero: 502,
  throttled: 502,
  wrong_key: 401,
  session_expired: 401,
  forbidden: 403,
  account_suspended: 403,
  invalid_request: 400,
  invalid_name: 400,
  invalid_realm: 404,
  invalid_size: 400,
  invalid_user_data: 400,
  image_not_found: 404,
  invalid_reference: 404,
  price_too_low: 400,
  no_free_address: 502,
  realm_down: 504,
  internal_error: 500,
  unavailable: 502,
  name_taken: 409,
  token_mismatch: 409,
  token_spent: 409,
  locked: 405,
  wrong_state: 405,
  in_use: 409,
  protected: 403,
  not_found: 403,
  no_route: 404,
  unexplained: 500,
};

describe("refusals and faults", () => {
  test("each refusal by its status, with what was said and sent", async () => {
    const { ask, order, operator } = await opened();
    const told: Record<string, number> = {};
    for (const name of Object.keys(CLOUD_ERRORS)) {
      operator.addFaults([
        { on: "create", do: { kind: "refuse", code: readErrorCode(name, "code"), message: "what <b>" } },
      ]);
      const { status, xml, text } = await ask("/instances", { form: { ...order, user_data: "]]>" } });
      told[name] = status;
      if (status === 401) expect(text).toBe("Not authorized");
      else {
        expect(xml).toMatchObject({ status: String(status), code: String(status), backend: { driver: "mock" } });
        expect(xml.message).toContain("what <b>");
        expect(text).toContain("<param name='user_data'><![CDATA[]]]]><![CDATA[>]]></param>");
      }
    }
    expect(told).toEqual(SAID);
  });

  test("lost answers, cuts, errors although it was done", async () => {
    const { ask, order, operator, datacentre } = await opened();
    operator.addFaults([...LOST, { on: "create", do: { kind: "error_but_done", code: "unavailable" } }]);
    const create = async (nth: number): Promise<string> => {
      const { status } = await ask("/instances", { form: { ...order, name: `db-${nth}` } });
      return String(status);
    };
    const told = await toldOf(create, { datacentre, times: 5 });
    expect(told).toEqual([
      "TypeError: fetch failed, 0 alive",
      "TypeError: fetch failed, 1 alive",
      "TypeError: terminated, 2 alive",
      "502, 3 alive",
      "201, 4 alive",
    ]);
  });
});
