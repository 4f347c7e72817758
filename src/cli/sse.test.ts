import { describe, expect, test } from "vitest";
import { follow, sseParser, type SseMessage, type Source } from "./sse.ts";

const text = (message: SseMessage) => `${message.id}/${message.event}/${message.data}`;

describe("parser", () => {
  const stream =
    ": hello\n\nid: 1\nevent: step\ndata: one\ndata: more\n\nid:2\r\ndata:two\r\ndata:lines\r\n\r\ndata\r\rid\ndata: three\n\n";
  const expected = ["1/step/one\nmore", "2/message/two\nlines", "2/message/", "/message/three"];

  test("reads fields, comments and all three line ends", () => {
    expect(sseParser()(stream).map(text)).toEqual(expected);
  });

  test("does not care where the pieces are cut", () => {
    for (let at = 1; at < stream.length; at += 1) {
      const parse = sseParser();
      expect([...parse(stream.slice(0, at)), ...parse(stream.slice(at))].map(text)).toEqual(expected);
    }
    const parse = sseParser();
    expect(
      Array.from(stream)
        .flatMap((letter) => parse(letter))
        .map(text),
    ).toEqual(expected);
  });

  test("gives out only what is complete, and nothing without data", () => {
    expect(sseParser()("id: 1\n\nevent: x\n\ndata: half\n")).toEqual([]);
  });

  test("keeps the id of the connection before until the stream names one", () => {
    expect(sseParser("7")("data: x\n\nid: a\0b\ndata: y\n\n").map(text)).toEqual(["7/message/x", "7/message/y"]);
  });
});

describe("follow", () => {
  const bytes = (piece: string) => new TextEncoder().encode(piece);
  class Refused extends Error {}

  /** A source that plays one script per connection: pieces of text, or an error that breaks it. */
  function scripted(scripts: readonly (readonly (string | Error)[])[]) {
    const opened: string[] = [];
    const contacts: string[] = [];
    const pauses: number[] = [];
    const source: Source = {
      open: async (lastId) => {
        const script = scripts[opened.length] ?? [new Refused("over")];
        opened.push(lastId);
        return (async function* () {
          for (const piece of script) {
            if (typeof piece !== "string") throw piece;
            yield bytes(piece);
          }
        })();
      },
      isFinal: (error) => error instanceof Refused,
      onContact: (lost) => contacts.push(lost === null ? "back" : lost instanceof Error ? lost.message : "?"),
      pause: async (ms) => void pauses.push(ms),
    };
    return { source, opened, contacts, pauses };
  }

  async function read(source: Source): Promise<string[]> {
    const seen: string[] = [];
    try {
      for await (const message of follow(source, "0", new AbortController().signal)) seen.push(message.id);
    } catch (error) {
      seen.push(error instanceof Error ? error.message : "?");
    }
    return seen;
  }

  test("takes up a broken stream after the last event seen, without loss or repetition", async () => {
    const { source, opened, contacts } = scripted([
      ["id: 1\ndata: a\n\nid: 2\nda", "ta: b\n\nid: 3\ndata: never compl", new Error("reset")],
      [new Error("refused")],
      ["id: 3\ndata: c\n\n"],
      ["id: 4\ndata: d\n\n"],
    ]);
    expect(await read(source)).toEqual(["1", "2", "3", "4", "over"]);
    expect(opened).toEqual(["0", "2", "2", "3", "4"]);
    expect(contacts).toEqual(["reset", "refused", "back", "back"]);
  });

  test("letters cut between two pieces stay whole", async () => {
    const all = bytes("id: 1\ndata: …\n\n");
    const source: Source = {
      ...scripted([]).source,
      open: async () =>
        (async function* () {
          for (const byte of all) yield Uint8Array.of(byte);
        })(),
    };
    for await (const message of follow(source, "", new AbortController().signal)) {
      expect(message.data).toBe("…");
      break;
    }
  });

  test("waits longer between tries that bring nothing, and gives up in the end", async () => {
    const down = Array.from({ length: 200 }, () => [new Error("down")]);
    const { source, pauses, opened } = scripted(down);
    expect(await read(source)).toEqual(["down"]);
    expect(pauses.slice(0, 6)).toEqual([200, 500, 1000, 2000, 4000, 4000]);
    expect(opened.length).toBe(76);
  });

  test("does not try again where it makes no sense", async () => {
    const { source, opened } = scripted([[new Refused("token")]]);
    expect(await read(source)).toEqual(["token"]);
    expect(opened).toEqual(["0"]);
  });

  test("ends quietly when it is told to stop", async () => {
    const stop = new AbortController();
    const { source } = scripted([["id: 1\ndata: a\n\n", new Error("aborted")]]);
    const seen: string[] = [];
    for await (const message of follow(source, "", stop.signal)) {
      seen.push(message.id);
      stop.abort();
    }
    expect(seen).toEqual(["1"]);
  });
});
