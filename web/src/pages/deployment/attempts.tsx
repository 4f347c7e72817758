// The attempts as a strip: where it was tried, how long, how it ended and why; and who was not taken, for those who ask.

import { Fragment, useMemo, useState } from "react";
import type { Attempt } from "../../../../src/contract/deployment.ts";
import type { Refusal } from "../../../../src/contract/plan.ts";
import type { Event } from "../../../../src/contract/event.ts";
import { Badge, type Look } from "../../components/badge.tsx";
import { classes } from "../../components/classes.ts";
import { MoneySum } from "../../components/money.tsx";
import { Duration } from "../../components/relative-time.tsx";
import { Cell, Head, HeadCell, Row, Table } from "../../components/table.tsx";
import { createChosen } from "./log.ts";
import { OUTCOME_LOOKS } from "../../state-badge.tsx";

const UNDER_WAY: Look = { tone: "info", symbol: "◐", word: "Under way", moving: true };
const IN_PART: Look = { tone: "warn", symbol: "◑", word: "In part" };

/** One choice of an account, or that none was left. */
interface Choice {
  readonly key: string;
  readonly attempt: Attempt | null;
  readonly refused: readonly Refusal[];
}

function choicesOf(attempts: readonly Attempt[], events: readonly Event[]): Choice[] {
  const refused = new Map<number, readonly Refusal[]>();
  let none: Extract<Event, { kind: "no_account" }> | null = null;
  for (const event of events) {
    if (event.kind === "account_selected") refused.set(event.attempt, event.refused);
    if (event.kind === "no_account") none = event;
  }
  return [
    ...attempts.map((attempt) => ({ key: String(attempt.no), attempt, refused: refused.get(attempt.no) ?? [] })),
    ...(none === null ? [] : [{ key: "none", attempt: null, refused: none.refused }]),
  ];
}

export function Attempts({ attempts, events }: { attempts: readonly Attempt[]; events: readonly Event[] }) {
  const [openKey, setOpenKey] = useState<string | null>(null);
  const chosen = useMemo(() => createChosen(({ kind }) => kind === "account_selected" || kind === "no_account"), []);
  const choices = choicesOf(attempts, chosen(events));
  const shown = choices.find(({ key }) => key === openKey);
  if (choices.length === 0) return null;
  return (
    <section aria-label="Attempts" className="flex flex-col gap-2">
      <ol className="flex flex-col gap-2 md:flex-row md:overflow-x-auto">
        {choices.map(({ key, attempt, refused }, place) => (
          <Fragment key={key}>
            {place > 0 && (
              <li aria-hidden="true" className="hidden self-center text-muted md:block">
                →
              </li>
            )}
            <li className="flex min-w-0 flex-1 flex-col gap-1 rounded-lg border bg-surface px-3 py-2 md:min-w-52">
              {attempt === null ? (
                <NoneLeft refused={refused} isFirst={place === 0} />
              ) : (
                <AttemptCard attempt={attempt} />
              )}
              {refused.length > 0 && (
                <button
                  type="button"
                  aria-expanded={openKey === key}
                  onClick={() => setOpenKey(openKey === key ? null : key)}
                  className="link mt-auto self-start text-xs"
                >
                  {refused.length === 1 ? "1 offer not taken" : `${refused.length} offers not taken`}{" "}
                  <span aria-hidden="true">{openKey === key ? "▴" : "▾"}</span>
                </button>
              )}
            </li>
          </Fragment>
        ))}
      </ol>
      {shown !== undefined && <Refusals refused={shown.refused} />}
    </section>
  );
}

function AttemptCard({ attempt }: { attempt: Attempt }) {
  const { no, account, realm, outcome, reason, startedAt, endedAt, cost, unpriced, fault } = attempt;
  const look =
    outcome === null ? UNDER_WAY : outcome === "succeeded" && reason !== null ? IN_PART : OUTCOME_LOOKS[outcome];
  return (
    <>
      <p className="flex items-center gap-2">
        <span className="grid size-5 shrink-0 place-items-center rounded-full bg-raised text-xs font-semibold">
          <span className="sr-only">Attempt </span>
          {no}
        </span>
        <span className="truncate font-medium" title={realm ?? undefined}>
          {account}
        </span>
        <span className="ml-auto">
          <Badge look={look} />
        </span>
      </p>
      <p className="text-xs text-muted">
        {realm ?? "several realms"} · <Duration from={startedAt} to={endedAt} /> ·{" "}
        <MoneySum sum={{ dollars: cost, unpriced }} />
      </p>
      {reason !== null && reason !== outcome && (
        <p
          className={classes("line-clamp-3 text-xs break-words", outcome === "failed" ? "text-bad" : "text-ink")}
          title={fault === null ? reason : `${reason}\n${fault.class}, ${fault.code}: ${fault.text}`}
        >
          {reason}
        </p>
      )}
    </>
  );
}

const CAUSES_MOST = 3;

function NoneLeft({ refused, isFirst }: { refused: readonly Refusal[]; isFirst: boolean }) {
  const causes = [...new Set(refused.filter(({ code }) => code !== "tried").map(({ text }) => text))];
  return (
    <>
      <p className="flex items-center gap-2 font-medium">
        <span aria-hidden="true" className="text-bad">
          ×
        </span>
        {refused.length === 0 ? "The pool has no account" : isFirst ? "No account can host it" : "No account is left"}
      </p>
      {causes.slice(0, CAUSES_MOST).map((text) => (
        <p key={text} className="line-clamp-3 text-xs break-words text-bad" title={text}>
          {text}
        </p>
      ))}
      {causes.length > CAUSES_MOST && <p className="text-xs text-muted">and {causes.length - CAUSES_MOST} more</p>}
    </>
  );
}

function Refusals({ refused }: { refused: readonly Refusal[] }) {
  return (
    <Table label="Offers that were not taken">
      <Head>
        <HeadCell>Account</HeadCell>
        <HeadCell>Realm</HeadCell>
        <HeadCell>Why not</HeadCell>
      </Head>
      <tbody>
        {refused.map(({ account, realm, code, text }) => (
          <Row key={`${account}/${realm ?? ""}/${code}`}>
            <Cell className="font-medium">{account}</Cell>
            <Cell>{realm ?? "all"}</Cell>
            <Cell>{text}</Cell>
          </Row>
        ))}
      </tbody>
    </Table>
  );
}
