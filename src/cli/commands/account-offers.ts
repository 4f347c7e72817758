import type { Command } from "commander";
import { OfferPage, OFFERS_PER_PAGE } from "../../contract/account.ts";
import { examples } from "../arguments.ts";
import { byFilter, path } from "../client.ts";
import type { Run, Session } from "../session.ts";
import { columnsOf, say, tell } from "../terminal.ts";
import { offerTable } from "./account-show.ts";

interface Options {
  readonly realm?: string;
  readonly json?: true;
}

export function accountOffers(command: Command, run: Run): void {
  command
    .argument("<name>", "the account")
    .option("--realm <realm>", "of this realm only")
    .option("--json", "print JSON, one offer per line")
    .addHelpText("after", examples("slipway account offers lab --realm lab-a"))
    .action((name: string, options: Options) => run((session) => list(session, name, options)));
}

async function list(session: Session, name: string, { realm, json }: Options): Promise<void> {
  const client = await session.client();
  let cursor: string | null = null;
  let count = 0;
  do {
    const query: string = new URLSearchParams({
      limit: String(OFFERS_PER_PAGE.most),
      ...(realm === undefined ? {} : { realm }),
      ...(cursor === null ? {} : { cursor }),
    }).toString();
    const asked = { path: `${path`/v1/accounts/${name}/offers`}?${query}`, reply: OfferPage };
    const page: OfferPage = await byFilter(() => client.ask(asked));
    const lines =
      json === true
        ? page.offers.map((offer) => JSON.stringify(offer))
        : page.offers.length === 0
          ? []
          : offerTable(page.offers, columnsOf(session.terminal));
    say(session.terminal, ...lines);
    count += page.offers.length;
    cursor = page.next;
  } while (cursor !== null);
  if (count === 0 && json !== true)
    tell(session.terminal, `Account ${name} has no offers${realm === undefined ? " yet" : ` in ${realm}`}.`);
}
