import type { Command } from "commander";
import { Deployment } from "../../contract/deployment.ts";
import type { Extension } from "../../contract/extension.ts";
import { examples } from "../arguments.ts";
import { path } from "../client.ts";
import { leaseMs } from "../lease.ts";
import { duration } from "../print.ts";
import type { Run, Session } from "../session.ts";
import { say, tell } from "../terminal.ts";

export function deploymentExtend(command: Command, run: Run): void {
  command
    .argument("<deployment>", "name or id")
    .argument("<time>", "by how much: 30m, 4h, 2d")
    .option("--json", "print JSON")
    .addHelpText("after", examples("slipway extend shop 4h"))
    .action((ref: string, by: string, options: { json?: true }) =>
      run((session) => extend(session, ref, { byMs: leaseMs(`time ${by}`, by), json: options.json === true })),
    );
}

/** Asked for as the time at which it ends, so that a request that arrives twice extends once. */
async function extend(session: Session, ref: string, { byMs, json }: { byMs: number; json: boolean }): Promise<void> {
  const client = await session.client();
  const before = await client.ask({ path: path`/v1/deployments/${ref}`, reply: Deployment });
  const from = before.leaseEndsAt === null ? client.now() : Date.parse(before.leaseEndsAt);
  const body: Extension = { until: new Date(from + byMs).toISOString() };
  const at = path`/v1/deployments/${before.id}/extend`;
  const extended = await client.ask({ method: "POST", path: at, body, reply: Deployment });
  if (json) return say(session.terminal, JSON.stringify(extended));
  const left = duration(Date.parse(body.until) - client.now());
  tell(session.terminal, `${extended.name} runs until ${body.until}, in ${left}: then it stops by itself.`);
}
