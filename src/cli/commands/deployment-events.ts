import type { Command } from "commander";
import { Deployment, EVENTS_PER_PAGE } from "../../contract/deployment.ts";
import { type Event, EventPage, STREAM_EVENTS, StreamGone } from "../../contract/event.ts";
import { WHOLE_MOST } from "../../contract/terms.ts";
import { examples, wholeNumber } from "../arguments.ts";
import { type Client, path, query } from "../client.ts";
import { EXIT, type ExitCode } from "../complaint.ts";
import type { Run, Session } from "../session.ts";
import { follow } from "../sse.ts";
import { remark, say, warn } from "../terminal.ts";
import { contactText, eventLines, eventOf, streamOf } from "../watch.ts";

interface Options {
  readonly follow?: true;
  readonly after: number;
  readonly json?: true;
}

export function deploymentEvents(command: Command, run: Run): void {
  command
    .argument("<deployment>", "name or id")
    .option("-f, --follow", "go on until the deployment has ended")
    .option("--after <n>", "only steps with a higher number", wholeNumber("--after", 0, WHOLE_MOST), 0)
    .option("--json", "print JSON, one step per line")
    .addHelpText("after", examples("slipway events -f shop", "slipway events shop --after 20 --json"))
    .action((ref: string, options: Options) => run((session) => events(session, ref, options)));
}

async function events(session: Session, ref: string, options: Options): Promise<ExitCode> {
  const { terminal } = session;
  const client = await session.client();
  const { id } = await client.ask({ path: path`/v1/deployments/${ref}`, reply: Deployment });
  const print = (event: Event) =>
    say(terminal, ...(options.json === true ? [JSON.stringify(event)] : eventLines(event, terminal)));
  if (options.follow === true) return await followEvents(session, { id, after: options.after, print });
  const gone = (oldest: number) => remark(terminal, goneText(options.after, oldest));
  for await (const event of allEvents(client, id, { from: options.after, gone })) {
    if (session.closed.aborted) break;
    print(event);
  }
  return EXIT.done;
}

/** `gone` hears, before the first event, of the oldest that is kept when more were asked for. */
async function* allEvents(
  client: Client,
  id: string,
  { from, gone }: { readonly from: number; readonly gone: (oldest: number) => void },
): AsyncGenerator<Event> {
  for (let after = from, last = Infinity; after < last;) {
    const asked = path`/v1/deployments/${id}/events` + query({ after, limit: EVENTS_PER_PAGE.most });
    const page = await client.ask({ path: asked, reply: EventPage });
    if (after + 1 < page.oldest) gone(page.oldest);
    yield* page.events;
    last = page.last;
    after = page.events.at(-1)?.no ?? last;
  }
}

async function followEvents(
  session: Session,
  { id, after, print }: { id: string; after: number; print: (event: Event) => void },
): Promise<ExitCode> {
  const { terminal, closed } = session;
  const client = await session.client();
  const stop = new AbortController();
  const offInterrupt = terminal.onInterrupt(() => stop.abort());
  const contact = (lost: string | null) => warn(terminal, contactText(client, lost));
  try {
    const signal = AbortSignal.any([stop.signal, closed]);
    for await (const message of follow(streamOf(client, id, { contact }), String(after), signal)) {
      if (message.event === STREAM_EVENTS.end) break;
      if (message.event === STREAM_EVENTS.gone) {
        remark(terminal, goneText(after, StreamGone.parse(JSON.parse(message.data)).oldest));
      }
      const event = eventOf(message);
      if (event !== null) print(event);
    }
    return stop.signal.aborted ? EXIT.interrupted : EXIT.done;
  } finally {
    offInterrupt();
  }
}

/** For standard error: what was asked for and is not there. */
function goneText(after: number, oldest: number): string {
  return `Steps ${after + 1} to ${oldest - 1} are not kept any more (slipway pool ls says how long).`;
}
