import { expect, test } from "vitest";
import { needsInspection, observeContainer, observeInspected } from "./observe.ts";
import recorded from "./recorded.json" with { type: "json" };
import { readContainers, readInspected } from "./schema.ts";

const HOST = "192.0.2.1";
const inspected = readInspected(recorded.running);

test.each([
  ["created", "stopped"],
  ["restarting", "pending"],
  ["running", "running"],
  ["paused", "unknown"],
  ["removing", "stopping"],
  ["exited", "stopped"],
  ["stopped", "stopped"],
  ["dead", "error"],
  ["hibernating", "unknown"],
])("%s is %s", (status, state) => {
  expect(observeContainer({ ...inspected, status }, HOST).state).toBe(state);
});

test("a container waiting for its start has no fault and no address", () => {
  expect(observeInspected(readInspected(recorded.created), HOST)).toEqual({
    externalId: recorded.created.Id,
    name: "a1",
    realm: "default",
    state: "stopped",
    fault: null,
    privateAddress: null,
    publicAddress: null,
    handle: null,
  });
});

test("a list and an inspection show a running container alike", () => {
  const [listed] = readContainers([recorded.listedRunning]);
  expect(listed).toBeDefined();
  if (listed === undefined) return;
  expect(needsInspection(listed)).toBe(false);
  expect(observeContainer(listed, HOST)).toEqual(observeInspected(inspected, HOST));
  expect(observeInspected(inspected, HOST)).toMatchObject({ privateAddress: "10.213.190.2", publicAddress: HOST });
});

test("a container that publishes nothing has no public address, unless it is on the host's network", () => {
  const hidden = { ...inspected, isPublished: false };
  expect(observeInspected(hidden, HOST).publicAddress).toBeNull();
  expect(observeInspected({ ...hidden, isOnHostNetwork: true }, HOST).publicAddress).toBe(HOST);
});

test.each([
  ["exited", recorded.exited, "exited", "exit code 3"],
  ["out of memory", recorded.outOfMemory, "out_of_memory", "exit code 137"],
  ["a refused start", recorded.startRefused, "port_taken", "port is already allocated"],
])("%s is stopped, with the reason", (...[, body, code, text]) => {
  const { state, fault } = observeInspected(readInspected(body), HOST);
  expect(state).toBe("stopped");
  expect(fault).toMatchObject({ code, effect: "made", text: expect.stringContaining(text) });
});
