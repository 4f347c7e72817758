import { expect, test } from "vitest";
import { Console } from "../../contract/console.ts";
import { Deployment } from "../../contract/deployment.ts";
import { clouded } from "../../engine/world.testsuite.ts";
import { accountId, machineId } from "../../core/ids.ts";
import { createStand, SHOP, type Stand } from "../stand.testsuite.ts";

const launch = { method: "POST", path: "/v1/deployments", body: { blueprint: { source: SHOP } } } as const;
const of = (instance: string) =>
  ({ path: `/v1/deployments/shop/instances/${instance}/console`, as: "viewer" }) as const;

async function running(...given: Parameters<typeof createStand>): Promise<Stand> {
  const stand = await createStand(...given);
  await stand.startEngine();
  await stand.reply(Deployment, 201, launch);
  await stand.clock.advance(30_000);
  return stand;
}

test("the console of a running machine is read from its cloud, without secrets", async () => {
  const stand = await running();
  const { instances } = await stand.reply(Deployment, 200, { path: "/v1/deployments/shop" });
  const text = "booted with \u0000hunter22";
  stand.operator(instances[0]?.account ?? "").addFaults([{ on: "console", do: { kind: "console_text", text } }]);
  const read = await stand.meanwhile(stand.reply(Console, 200, of("db")));
  expect(read).toMatchObject({ machine: instances[0]?.machine, live: true, console: "booted with [redacted]" });
});

test("while an update is under way and on its way back, secrets of both revisions are taken out, shown or kept", async () => {
  const words = "was hunter22, is hunter33";
  const talkative = clouded(() => ({ console: async () => words }));
  const stand = await running({ clouds: [{ name: "east" }], ...talkative });
  stand.operator("east").addFaults([{ on: "create", do: { kind: "boot_error", text: words } }]);
  const body = { parameters: { password: "hunter33" } };
  const update = { method: "POST", path: "/v1/deployments/shop/update", body } as const;
  const begun = await stand.meanwhile(stand.reply(Deployment, 200, update));
  expect(begun.state).toBe("updating");
  const clean = "was [redacted], is [redacted]";
  expect(await stand.meanwhile(stand.reply(Console, 200, of("db")))).toMatchObject({ live: true, console: clean });
  await stand.clock.advance(60_000);
  const { state, machines, revisions, ...rest } = await stand.reply(Deployment, 200, { path: "/v1/deployments/shop" });
  expect([state, revisions[1]?.outcome]).toEqual(["running", "failed"]);
  const failed = machines.find(({ open }) => !open);
  const kept = await stand.store.read((tx) => tx.evidence(machineId(failed?.id ?? "")));
  expect(kept?.console).toBe(clean);
  const events = await stand.ask({ path: "/v1/deployments/shop/events" });
  const told = JSON.stringify([rest, revisions, machines, events.body]);
  expect(told).toContain(clean);
  expect(told).not.toMatch(/hunter/);
});

test("a cloud that keeps none, fails, breaks or does not answer says so", async () => {
  const stand = await running(clouded(() => ({ console: async () => null })));
  expect(await stand.meanwhile(stand.reply(Console, 200, of("db")))).toMatchObject({ live: true, console: null });
  const broken = await running(
    clouded(() => ({
      console: async () => {
        throw new Error("parsing failed");
      },
    })),
  );
  const { detail } = await broken.meanwhile(broken.problem("unavailable", of("db")));
  expect(detail).toContain("could not be asked for the console: provider sim failed in a way it does not know");
  expect(broken.logged("provider broke")).toMatchObject([{ what: "console" }]);
});

test("a cloud that asked for a pause is not asked", async () => {
  const stand = await running({
    clouds: [{ name: "east" }],
    ...clouded(() => ({ console: async () => "never asked" })),
  });
  await stand.store.write(async (tx) =>
    tx.setLimiter(accountId("acc-east"), { parallel: 1, pausedUntil: (await tx.now()) + 60_000 }),
  );
  const { detail } = await stand.problem("unavailable", of("db"));
  expect(detail).toBe("Account east is left alone for another 60 s, for its cloud throttles: ask again then.");
});

test("of an instance without a machine what was kept is shown", async () => {
  const stand = await createStand({ clouds: [{ name: "east" }] });
  await stand.startEngine();
  const full = { kind: "refuse", code: "insufficient_capacity" } as const;
  stand.operator("east").addFaults([{ on: "create", do: full, when: { nth: 2 } }]);
  await stand.reply(Deployment, 201, launch);
  await stand.clock.advance(30_000);
  await stand.ask({ method: "POST", path: "/v1/deployments/shop/stop" });
  await stand.clock.advance(60_000);
  const { machines } = await stand.reply(Deployment, 200, { path: "/v1/deployments/shop" });
  const kept = await stand.reply(Console, 200, of("db"));
  expect(kept).toMatchObject({ machine: machines.find(({ instance }) => instance === "db")?.id, live: false });
});

test("of an instance that never had a machine there is no console", async () => {
  const stand = await createStand();
  await stand.reply(Deployment, 201, launch);
  const { detail } = await stand.problem("not_found", of("db"));
  expect(detail).toBe("There is no console of shop/db: it has no machine at present, and of none before is one kept.");
});

test("an instance that is not there is told with those that are", async () => {
  const stand = await createStand();
  await stand.reply(Deployment, 201, launch);
  const { detail } = await stand.problem("no_such_instance", of("bd"));
  expect(detail).toBe('In deployment shop there is no instance bd: did you mean "db"? Instances: db, web.');
});
