import type { Command } from "commander";
import { noSuch } from "../../contract/no-such.ts";
import { type Output, OutputList } from "../../contract/output.ts";
import { examples } from "../arguments.ts";
import { type Client, otherToken, path } from "../client.ts";
import { badInput, Complaint, EXIT } from "../complaint.ts";
import { outputLines } from "../outputs.ts";
import { visible } from "../print.ts";
import type { Run } from "../session.ts";
import { columnsOf, say, type Terminal, warn } from "../terminal.ts";

export function deploymentOutput(command: Command, run: Run): void {
  command
    .argument("<deployment>", "name or id")
    .argument("[key]", "only this one, as it is; a secret one is shown so alone")
    .option("--json", "print JSON, secret values too for whoever may change deployments")
    .addHelpText("after", examples("slipway output shop", 'curl "$(slipway output shop url)"'))
    .action((ref: string, key: string | undefined, { json }: { json?: true }) =>
      run(async ({ client: open, terminal }) => {
        const client = await open();
        const asked = path`/v1/deployments/${ref}/outputs`;
        const list = await client.ask({ path: asked, reply: OutputList });
        if (key !== undefined) return tellOne(terminal, client, { ref, list, key, json: json === true });
        if (json === true) return say(terminal, JSON.stringify(list));
        if (list.outputs.length === 0) return warn(terminal, `${ref} tells nothing: its blueprint has no outputs`);
        say(terminal, ...outputLines(ref, list.outputs, columnsOf(terminal)));
      }),
    );
}

interface Asked {
  readonly ref: string;
  readonly list: OutputList;
  readonly key: string;
  readonly json: boolean;
}

function tellOne(terminal: Terminal, client: Client, { ref, list: { outputs }, key, json }: Asked): void {
  const names = outputs.map(({ name }) => name);
  const output = outputs.find(({ name }) => name === key);
  if (output === undefined) throw badInput(`in deployment ${ref} ${noSuch("output", key, names)}`);
  if (json) return say(terminal, JSON.stringify(output));
  const value = known(client, ref, output);
  // What another program reads has to be the value to the letter; a terminal must not be driven by it.
  say(terminal, ...(terminal.stdout.isTTY === true ? value.split("\n").map(visible) : [value]));
}

function known({ url }: Client, ref: string, { name, secret, value, missing }: Output): string {
  if (value !== null) return value;
  if (secret && missing === null) {
    const details = [otherToken(url)];
    throw new Complaint(
      EXIT.noAccess,
      `output ${name} of ${ref} is secret: it is for those who may change deployments`,
      {
        details,
      },
    );
  }
  const details = [`see slipway show ${ref}`];
  throw new Complaint(EXIT.failed, `output ${name} of ${ref} is not known: it has no ${missing ?? "value"}`, {
    details,
  });
}
