// The kept connection: what is concluded when it ends, hangs or speaks nonsense, and that it is opened again.

import { expect, test, vi } from "vitest";
import type { KnownMachine } from "../../core/machine.ts";
import { calm, create, faultOf, readyRequest } from "../../ports/provider-suite/stage.testsuite.ts";
import { type Daemon, IMAGE, openAt, openDaemon, refusal } from "./daemon.testsuite.ts";
import { uuidOf } from "./names.ts";

const placement = { realm: "host", size: "custom", image: IMAGE };

const opened = (daemon: Daemon, settings: Readonly<Record<string, unknown>> = {}) => ({
  cloud: openAt(daemon.socket, settings),
  placement,
});

test("one connection serves all who ask at once, and the next after it has ended is a new one", async () => {
  await using daemon = await openDaemon();
  const { cloud } = opened(daemon);
  await Promise.all([cloud.realms(calm()), cloud.usage(calm()), cloud.list("suite", null, calm())]);
  const logins = () => daemon.asked.filter((procedure) => procedure === "open").length;
  expect(logins()).toBe(1);
  daemon.endLines();
  // Until it is noticed, a call may still go into the old one.
  await vi.waitFor(() => cloud.usage(calm()));
  expect(logins()).toBe(2);
  await cloud[Symbol.asyncDispose]();
  expect(daemon.asked).toContain("close");
});

test("whoever leaves lets the daemon end the line, and does not wait for ever", async () => {
  await using daemon = await openDaemon((procedure, no) => (procedure === "close" && no === 2 ? "hang" : null));
  const { cloud } = opened(daemon);
  await cloud.usage(calm());
  await cloud[Symbol.asyncDispose]();
  expect(daemon.ends[0]).toBe("daemon");
  const { cloud: another } = opened(daemon);
  await another.usage(calm());
  await another[Symbol.asyncDispose]();
  await vi.waitFor(() => expect(daemon.ends.at(-1)).toBe("client"));
});

test("what was under way when the line ended is in doubt, and says so", async () => {
  await using daemon = await openDaemon((procedure) => (procedure === "domainStart" ? "cut" : null));
  const stage = opened(daemon);
  const machine = await create(stage, readyRequest(stage));
  const { fault } = await faultOf(stage.cloud.start(machine, calm()));
  expect(fault).toMatchObject({ class: "transient", scope: "account", effect: "unknown" });
  expect(fault.text).toContain("the connection ended without an answer");
  await stage.cloud[Symbol.asyncDispose]();
});

test("a call that is given up leaves the others alone", async () => {
  await using daemon = await openDaemon((procedure) => (procedure === "domainStart" ? "hang" : null));
  const stage = opened(daemon);
  const machine = await create(stage, readyRequest(stage));
  const abort = new AbortController();
  const start = stage.cloud.start(machine, abort.signal);
  await daemon.hanging;
  abort.abort(new Error("waited long enough"));
  await expect(start).rejects.toThrow("waited long enough");
  await stage.cloud.destroy(machine, calm());
  expect(daemon.asked.filter((procedure) => procedure === "open")).toHaveLength(2);
  await stage.cloud[Symbol.asyncDispose]();
});

test("a login that the daemon refuses has made nothing", async () => {
  await using daemon = await openDaemon((procedure) =>
    procedure === "open" ? refusal(38, "Failed to connect socket to '/var/run/libvirt/virtqemud-sock'") : null,
  );
  const stage = opened(daemon);
  const { fault } = await faultOf(create(stage, readyRequest(stage)));
  expect(fault.effect).toBe("none");
  await stage.cloud[Symbol.asyncDispose]();
});

test("changes of ours are announced, and only of ours; a line that ended is listened to again", async () => {
  await using daemon = await openDaemon();
  const { cloud } = opened(daemon);
  const end = new AbortController();
  const changed = vi.fn<() => void>();
  const watching = cloud.watch?.("suite", changed, end.signal);
  await vi.waitFor(() => expect(changed).toHaveBeenCalledTimes(1));
  const name = "sw-suite0000000-a1-web-t1";
  daemon.announce({ name, uuid: uuidOf({ owner: "neighbour", name }) });
  daemon.announce({ name, uuid: uuidOf({ owner: "suite", name }) });
  await vi.waitFor(() => expect(changed).toHaveBeenCalledTimes(2));
  daemon.endLines();
  await vi.waitFor(() => expect(changed).toHaveBeenCalledTimes(3), 5_000);
  end.abort();
  await watching;
  await cloud[Symbol.asyncDispose]();
});

test("the console is the newest 64 KiB, of which no more is fetched", async () => {
  await using daemon = await openDaemon();
  const stage = opened(daemon);
  const { name } = readyRequest(stage);
  const machine: KnownMachine = await create(stage, readyRequest(stage, { name }));
  expect(await stage.cloud.console(machine, calm())).toBe("");
  const text = `${"a line of output\n".repeat(8_000)}the end\n`;
  daemon.volumes.set(`${name}.suite.console`, Buffer.from(text));
  expect(await stage.cloud.console(machine, calm())).toBe(text.slice(-65_536));
  await stage.cloud[Symbol.asyncDispose]();
});
