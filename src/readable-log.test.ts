import { expect, test } from "vitest";
import { plain } from "./cli/print.ts";
import { eventsTo } from "./log.ts";
import { readableLog } from "./readable-log.ts";

function logOf(tell: (events: ReturnType<typeof eventsTo>) => void, width = Infinity): string[] {
  let text = "";
  const screen = { print: (piece: string) => void (text += piece), paint: plain, columns: () => width };
  tell(eventsTo("debug", readableLog(screen)));
  const lines = text.trimEnd().split("\n");
  return lines.map((line) => line.replace(/^\d\d:\d\d:\d\d /, "(time) "));
}

test("every line is a sentence with the time before it and its facts behind", () => {
  const fault = {
    class: "transient",
    scope: "account",
    effect: "none",
    retryAfterMs: null,
    code: "ECONNREFUSED",
    text: "nobody listens there",
    requestId: null,
  } as const;
  const lines = logOf((events) => {
    events.engineStarted(["docker", "sim"]);
    events.pollFailed("lab", fault);
    events.healthChanged("lab", "healthy", { health: "unreachable", healthText: "nobody listens there" });
    events.healthChanged("lab", "unreachable", { health: "healthy", healthText: null });
  });
  expect(lines).toEqual([
    "(time)  engine started  providers=docker,sim",
    "(time)  debug  poll failed  account=lab fault=“transient: nobody listens there [ECONNREFUSED]”",
    "(time)  warning  account's health changed  account=lab from=healthy to=unreachable text=“nobody listens there”",
    "(time)  account's health changed  account=lab from=unreachable to=healthy",
  ]);
});

test("a line that is wider than the terminal goes on below itself", () => {
  const lost = { health: "unreachable", healthText: "nobody listens there" };
  expect(logOf((events) => events.healthChanged("lab", "healthy", lost), 70)).toEqual([
    "(time)  warning  account's health changed  account=lab from=healthy",
    "          to=unreachable text=“nobody listens there”",
  ]);
});

test("an error has the lines of its causes below it", () => {
  const lines = logOf((events) => events.workBroke("poll", "lab", new Error("outer", { cause: new Error("inner") })));
  expect(lines[0]).toBe("(time)  error  work broke  pump=poll row=lab");
  expect(lines[1]).toBe("          Error: outer");
  expect(lines.slice(2).filter((line) => line.startsWith("          caused by Error: inner"))).toHaveLength(1);
  expect(lines.filter((line) => !line.startsWith(" "))).toHaveLength(1);
});

test("what a cloud says can neither drive the terminal nor look like another line", () => {
  const text = "\u001B[2Jgone\n09:00:00  engine started\u009B31m\u202E";
  const lines = logOf((events) => events.meltdownSuspected("lab", text));
  expect(lines).toEqual(["(time)  error  meltdown suspected  account=lab text=“gone 09:00:00 engine started”"]);
});
