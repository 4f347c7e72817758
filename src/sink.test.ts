import { execFileSync } from "node:child_process";
import { constants, closeSync, mkdtempSync, openSync, readSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { sinkTo } from "./sink.ts";

const lossText = (lines: number): string => `${lines} lost`;

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

/** A pipe that holds 64 KiB and then says that it has no room, as a full disk does. */
function narrowPipe() {
  const folder = mkdtempSync(join(tmpdir(), "slipway-sink-"));
  const path = join(folder, "pipe");
  execFileSync("mkfifo", [path]);
  const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const writer = openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
  const read = (): string => {
    const parts: string[] = [];
    const buffer = Buffer.alloc(65_536);
    for (;;) {
      try {
        const count = readSync(reader, buffer);
        if (count === 0) return parts.join("");
        parts.push(buffer.toString("utf8", 0, count));
      } catch {
        return parts.join("");
      }
    }
  };
  return {
    writer,
    read,
    leave: () => closeSync(reader),
    close() {
      closeSync(writer);
      rmSync(folder, { recursive: true });
    },
  };
}

test("lines that find no room wait, whole and in order, and are written when there is some", () => {
  const pipe = narrowPipe();
  const sink = sinkTo(pipe.writer, lossText);
  const lines = Array.from({ length: 300 }, (_, no) => `${no} ${"x".repeat(1_000)}\n`);
  for (const line of lines) sink.write(line);
  let seen = "";
  for (let n = 0; n < 10; n += 1) {
    seen += pipe.read();
    vi.advanceTimersByTime(1_000);
  }
  expect(seen).toBe(lines.join(""));
  pipe.leave();
  pipe.close();
});

test("the oldest of too many are given up, which is told in their place, and no line is torn", () => {
  const pipe = narrowPipe();
  const sink = sinkTo(pipe.writer, lossText);
  const lines = Array.from({ length: 2_000 }, (_, no) => `${no} ${"x".repeat(1_000)}\n`);
  for (const line of lines) sink.write(line);
  let seen = "";
  for (let n = 0; n < 40; n += 1) {
    seen += pipe.read();
    vi.advanceTimersByTime(1_000);
  }
  const told = seen.trimEnd().split("\n");
  const lost = Number(/^(\d+) lost$/.exec(told.at(-1) ?? "")?.[1]);
  const numbers = told.slice(0, -1).map((line) => Number(/^(\d+) x{1000}$/.exec(line)?.[1]));
  expect(numbers.length).toBe(2_000 - lost);
  expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
  expect([numbers[0], numbers.at(-1)]).toEqual([0, 1_999]);
  expect(lost).toBeGreaterThan(800);
  pipe.leave();
  pipe.close();
});

test("a reader that is gone ends it, and a device that never has room harms nobody", () => {
  const pipe = narrowPipe();
  const sink = sinkTo(pipe.writer, lossText);
  sink.write("heard\n");
  pipe.leave();
  sink.write("not heard\n");
  sink.write("nor this\n");
  expect(vi.getTimerCount()).toBe(0);
  pipe.close();
  const full = openSync("/dev/full", "w");
  const stuck = sinkTo(full, lossText);
  for (let n = 0; n < 3; n += 1) stuck.write(`line ${n}\n`);
  vi.advanceTimersByTime(60_000);
  closeSync(full);
});
