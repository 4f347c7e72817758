import { PassThrough, Writable } from "node:stream";
import { describe, expect, test } from "vitest";
import { openQuestions } from "./questions.ts";
import type { Terminal } from "./terminal.ts";

/** A keyboard and what the terminal shows. The line discipline echoes what is typed in cooked mode, as a real one does. */
function atTerminal() {
  let shown = "";
  let isRaw = false;
  const keyboard = new PassThrough();
  const stdin = Object.assign(keyboard, {
    isTTY: true,
    setRawMode: (raw: boolean) => {
      isRaw = raw;
    },
  });
  const stderr = new Writable({
    write(chunk, _, done) {
      shown += String(chunk);
      done();
    },
  });
  const terminal: Terminal = {
    env: {},
    stdin,
    stdout: stderr,
    stderr: Object.assign(stderr, { isTTY: true }),
    now: () => 0,
    every: () => () => undefined,
    onInterrupt: () => () => undefined,
  };
  return {
    terminal,
    type: (text: string): void => {
      if (!isRaw) shown += text;
      keyboard.write(text);
    },
    shown: () => shown,
    isRaw: () => isRaw,
  };
}

const secret = { secret: true };

describe("questions", () => {
  test("a blank answer is asked for again", async () => {
    const { terminal, type, shown } = atTerminal();
    using questions = openQuestions(terminal);
    const answer = questions.ask("Token", secret);
    type("\r");
    type("  \r");
    type("word\r");
    expect(await answer).toBe("word");
    expect(shown().match(/Token: /g)).toHaveLength(3);
    expect(shown()).toContain("this needs an answer");
  });

  test("an answer that does not do is asked for again with the reason, three times at most", async () => {
    const { terminal, type, shown } = atTerminal();
    using questions = openQuestions(terminal);
    const check = async (answer: string) => (answer === "right" ? null : "it is too short");
    const answer = questions.ask("Key", { secret: true, check });
    type("a\rb\rright\r");
    expect(await answer).toBe("right");
    expect(shown().match(/it is too short; once more, Ctrl-C leaves/g)).toHaveLength(2);
    const wrong = questions.ask("Key", { secret: true, check });
    type("a\rb\rc\r");
    await expect(wrong).rejects.toMatchObject({ exitCode: 2, message: "Key: it is too short" });
  });

  test("a secret is never shown, whenever it is typed, and lines of one paste answer one question each", async () => {
    const { terminal, type, shown, isRaw } = atTerminal();
    const questions = openQuestions(terminal);
    const first = questions.ask("user password", secret);
    type("hidden-1\rhidden-2\rhidd");
    expect(await first).toBe("hidden-1");
    type("en");
    expect(await questions.ask("other password", secret)).toBe("hidden-2");
    const third = questions.ask("third password", secret);
    type("-3\r");
    expect(await third).toBe("hidden-3");
    type("hidden-4");
    expect(shown()).not.toContain("hid");
    questions[Symbol.dispose]();
    expect(isRaw()).toBe(false);
  });

  test("what is no secret is shown while it is typed", async () => {
    const { terminal, type, shown } = atTerminal();
    using questions = openQuestions(terminal);
    const answer = questions.ask("domain", { secret: false });
    type("example.org\r");
    expect(await answer).toBe("example.org");
    expect(shown()).toContain("domain: ");
    expect(shown()).toContain("example.org");
  });

  test.each([
    ["Ctrl-C", "\u0003"],
    ["Ctrl-D", "\u0004"],
  ])("%s leaves, also while nothing is asked", async (_, key) => {
    const { terminal, type } = atTerminal();
    using asking = openQuestions(terminal);
    const answer = asking.ask("Token", secret);
    type(key);
    await expect(answer).rejects.toMatchObject({ exitCode: 130, message: "cancelled; nothing was begun" });
    const elsewhere = atTerminal();
    using waiting = openQuestions(elsewhere.terminal);
    const outcome = waiting.unlessLeft(new Promise(() => undefined));
    elsewhere.type(key);
    await expect(outcome).rejects.toMatchObject({ exitCode: 130 });
  });
});
