import { expect, test } from "vitest";
import { UnreadableAnswer } from "../../cloud-http/read.ts";
import recorded from "./recorded.json" with { type: "json" };
import {
  readContainers,
  readCreatedId,
  readImages,
  readInspected,
  readMessage,
  readSystem,
  readVersion,
} from "./schema.ts";

test("images go by tags and digests, and :latest may be left out", () => {
  expect(readImages(recorded.images)).toEqual(["busybox:test"]);
  const image = {
    RepoTags: ["nginx:latest", "nginx:1", "<none>:<none>"],
    RepoDigests: ["nginx@sha256:12", "<none>@<none>"],
  };
  expect(readImages([image, { RepoTags: null, RepoDigests: null }])).toEqual([
    "nginx",
    "nginx:1",
    "nginx:latest",
    "nginx@sha256:12",
  ]);
  // As Podman tells them.
  const whole = ["docker.io/library/busybox:latest", "docker.io/ops/tool:2", "localhost/ours:1"];
  expect(readImages([{ RepoTags: whole }])).toEqual([
    "busybox",
    "busybox:latest",
    "docker.io/library/busybox",
    "docker.io/library/busybox:latest",
    "docker.io/ops/tool:2",
    "localhost/ours:1",
    "ops/tool:2",
  ]);
});

test("a limit of processors may be written in two ways", () => {
  const limited = (limits: object) => readInspected({ ...recorded.running, HostConfig: limits }).cpu;
  expect(limited({ NanoCpus: 500_000_000 })).toBe(0.5);
  expect(limited({ CpuQuota: 150_000, CpuPeriod: 100_000 })).toBe(1.5);
  expect(limited({ CpuQuota: 50_000 })).toBe(0.5);
  expect(limited({ CpuQuota: -1 })).toBe(0);
  expect(limited({})).toBe(0);
});

test("what one container says of its limits makes nothing unreadable; what the engine says of itself does", () => {
  const limited = (limits: object) => readInspected({ ...recorded.running, HostConfig: limits });
  expect(limited({ NanoCpus: -1, Memory: -1 })).toMatchObject({ cpu: 0, memoryBytes: 0 });
  expect(limited({ Memory: 1e300 }).memoryBytes).toBeLessThan(1e19);
  expect(limited({ CpuQuota: 1e300, CpuPeriod: 1e-300 }).cpu).toBeLessThan(1e13);
  const engine = { NCPU: 2, MemTotal: 2 ** 30, Architecture: "x86_64" };
  expect(() => readSystem({ ...engine, NCPU: -2 })).toThrow(new UnreadableAnswer("NCPU", "cannot be -2"));
  expect(() => readSystem({ ...engine, MemTotal: 1e300 })).toThrow(
    new UnreadableAnswer("MemTotal", "cannot be 1e+300"),
  );
});

test("an engine of the oldest kind says no least version", () => {
  expect(readVersion({ ApiVersion: "1.41" })).toEqual({ apiVersion: "1.41", minApiVersion: "1.12" });
});

test("what is needed and missing is named", () => {
  expect(() => readCreatedId({})).toThrow(new UnreadableAnswer("Id", "is no text"));
  expect(() => readSystem({ NCPU: "2" })).toThrow(new UnreadableAnswer("NCPU", "is no number"));
  expect(() => readContainers({})).toThrow(new UnreadableAnswer("containers", "is no list"));
  expect(() => readInspected({ ...recorded.running, State: null })).toThrow(
    new UnreadableAnswer("State", "is no object"),
  );
});

test("the text of a refusal is found where the engine puts it", () => {
  expect(readMessage({ message: "No such image" })).toBe("No such image");
  for (const other of [null, "text", {}, { message: 1 }]) expect(readMessage(other)).toBeNull();
});
