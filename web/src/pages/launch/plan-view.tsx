import { durationText } from "../../../../src/contract/amounts.ts";
import { Link } from "@tanstack/react-router";
import type { Plan, PlannedMatch, Refusal } from "../../../../src/contract/plan.ts";
import { costIn } from "../../../../src/contract/price.ts";
import type { ProblemError } from "../../../../src/contract/problem.ts";
import { Badge, type Look } from "../../components/badge.tsx";
import { classes } from "../../components/classes.ts";
import { Money, MoneySum } from "../../components/money.tsx";
import { RelativeTime } from "../../components/relative-time.tsx";
import { EmptyState, Skeleton } from "../../components/states.tsx";
import { Cell, Head, HeadCell, Row, Table } from "../../components/table.tsx";
import { Pause } from "../../pause.tsx";
import { mistakeText, otherMistakes } from "./draft.ts";
import type { Outlined } from "./outline.ts";
import { PlannedInstances } from "./planned-instances.tsx";
import type { Planning } from "./planning.ts";
import { refusedOnce } from "./refusals.ts";

export interface PlanViewProps {
  readonly outlined: Outlined;
  readonly planning: Planning;
  /** Mistakes are explained at the lines of the blueprint's text. */
  readonly isTextShown: boolean;
}

/** Where the launch would go and what it would ask for, as the server sees it now. */
export function PlanView({ outlined: { outline, marks }, planning, isTextShown }: PlanViewProps) {
  const { plan, isOld, error, notOffered } = planning;
  const mistakeCount = marks.length;
  if (mistakeCount > 0) {
    return (
      <EmptyState
        title={mistakeCount === 1 ? "The blueprint has a mistake" : `The blueprint has ${mistakeCount} mistakes`}
      >
        Each is written at its line. The plan appears as soon as they are corrected.
      </EmptyState>
    );
  }
  if (outline === null) {
    return (
      <EmptyState title="Choose a blueprint">
        The accounts that can take it appear here with their rank and price, and for each that cannot, the reason.
      </EmptyState>
    );
  }
  const others = otherMistakes(error, outline);
  return (
    <div className="flex min-w-0 flex-col gap-5" aria-busy={isOld && error === null}>
      {others.length > 0 && <Mistakes title="It cannot be launched like this" texts={others} />}
      {notOffered.length > 0 && (
        <Mistakes
          title={`No account of pool ${plan?.pool} offers this`}
          texts={isTextShown ? [explainedAt(notOffered)] : notOffered.map(mistakeText)}
        />
      )}
      {error !== null && others.length === 0 && (
        <p aria-live="polite" className="text-warn">
          {plan === null
            ? "The plan appears when the parameters are right."
            : "This is the plan as it was before: a new one is made when the parameters are right."}
        </p>
      )}
      {error === null && plan === null && <Skeleton lines={6} label="Planning" />}
      {plan !== null && (
        <div
          className={classes(
            "flex min-w-0 flex-col gap-5",
            isOld && (error === null ? "opacity-60" : "border-l-2 border-warn pl-4"),
          )}
        >
          <section aria-labelledby="where">
            <h2 id="where" className="mb-2">
              Where it would go
            </h2>
            <Accounts plan={plan} />
            <Lease plan={plan} />
            <Hold plan={plan} />
            <Quarantine plan={plan} />
          </section>
          <Avoided plan={plan} />
          <section aria-labelledby="what">
            <h2 id="what" className="mb-2">
              What would be asked for
            </h2>
            <PlannedInstances plan={plan} />
          </section>
        </div>
      )}
    </div>
  );
}

function explainedAt(errors: readonly ProblemError[]): string {
  const lines = [...new Set(errors.map(({ line }) => line))];
  return `${lines.length === 1 ? "Line" : "Lines"} ${lines.join(", ")} of the blueprint: see there.`;
}

function Mistakes({ title, texts }: { title: string; texts: readonly string[] }) {
  return (
    <div role="alert" className="rounded-lg border border-bad/40 bg-bad-soft px-4 py-3">
      <p className="font-semibold text-bad">{title}</p>
      <ul className="mt-1 flex flex-col gap-1">
        {texts.map((text) => (
          <li key={text} className="break-words">
            {text}
          </li>
        ))}
      </ul>
    </div>
  );
}

/** How long it would run, and what that costs where it would go first. */
function Lease({ plan: { leaseMs, matches } }: { plan: Plan }) {
  if (leaseMs === null) return null;
  const [first] = matches;
  const cost = first === undefined ? null : costIn(leaseMs, { ...first, dollars: first.hourlyCost });
  return (
    <p className="mt-2 text-muted">
      Leased for {durationText(leaseMs)} from when all of it runs; then it stops by itself
      {cost !== null && (
        <>
          : <Money dollars={cost} /> at {first?.account}
        </>
      )}
      .
    </p>
  );
}

/** What becomes of an attempt that fails, and what looking at it costs at the most where it would go first. */
function Hold({ plan: { holdMs, matches } }: { plan: Plan }) {
  if (holdMs === null) return null;
  const [first] = matches;
  const cost = first === undefined ? null : costIn(holdMs, { ...first, dollars: first.hourlyCost });
  return (
    <p className="mt-2 text-muted">
      An attempt that fails is held for {durationText(holdMs)} before it is undone
      {cost !== null && (
        <>
          : at most <Money dollars={cost} /> at {first?.account}
        </>
      )}
      .
    </p>
  );
}

/** The machine that an attempt fails for, and what it costs at the most where the launch would go first. */
function Quarantine({ plan: { quarantineMs, holdMs, matches } }: { plan: Plan }) {
  if (quarantineMs === null) return null;
  const [first] = matches;
  const prices = Object.values(first?.placements ?? {}).map(({ hourlyCost }) => hourlyCost);
  const known = prices.flatMap((price) => price ?? []);
  const cost =
    known.length === 0 || known.length < prices.length
      ? null
      : costIn(quarantineMs, { dollars: Math.max(...known), unpriced: 0 });
  return (
    <p className="mt-2 text-muted">
      The machine that an attempt fails for is kept alone for {durationText(quarantineMs)}
      {holdMs !== null && " after that"}, while the rest is undone and the launch goes on where it can
      {cost !== null && (
        <>
          : at most <Money dollars={cost} /> for each at {first?.account}
        </>
      )}
      .
    </p>
  );
}

const AVOIDED_MOST = 5;

/** Offers that launches leave alone for now: why something dearer is taken. */
function Avoided({ plan: { blocks } }: { plan: Plan }) {
  if (blocks.length === 0) return null;
  return (
    <section aria-labelledby="avoided">
      <h2 id="avoided" className="mb-2">
        What is avoided for now
      </h2>
      <ul className="flex flex-col gap-1 text-muted">
        {blocks.slice(0, AVOIDED_MOST).map(({ account, realm, size, reason, text, until }) => (
          <li key={`${account} ${realm} ${size} ${reason}`} title={text} className="line-clamp-3 break-words">
            <span className="text-ink">
              {size.replace("*", "every size")} at {account}
              {realm !== "*" && ` (${realm})`}
            </span>
            , tried again <RelativeTime time={until} />: {reason} was refused: {text}
          </li>
        ))}
        {blocks.length > AVOIDED_MOST && <li>and {blocks.length - AVOIDED_MOST} more</li>}
      </ul>
    </section>
  );
}

const REFUSAL_WORDS: Readonly<Record<Refusal["code"], string>> = {
  disabled: "Disabled",
  unhealthy: "Unhealthy",
  paused: "Paused",
  no_catalogue: "Not read yet",
  no_realm: "No realm",
  no_image: "No image",
  user_data: "User data too long",
  callback: "No way to call home",
  no_size: "No size fits",
  blocked: "Blocked",
  quota: "Quota",
  user_quota: "Your quota",
  pool_user_quota: "Your quota in the pool",
  pool_quota: "Pool's quota",
  spend_cap: "Costs too much",
  image_unread: "Not asked yet",
  placement: "Not to be had",
  placement_unread: "Not asked yet",
  tried: "Tried",
};

const refusedLook = (code: Refusal["code"]): Look => ({ tone: "warn", symbol: "×", word: REFUSAL_WORDS[code] });

function MatchRow({ match }: { match: PlannedMatch }) {
  const { rank, account, realms, hourlyCost, usualHourlyCost, unpriced, passedOver, pausedUntil } = match;
  return (
    <Row className={rank === 1 ? "bg-good-soft/60" : undefined}>
      <Cell className="tabular-nums">{rank}</Cell>
      <Cell className="font-medium whitespace-nowrap">
        {account}
        {rank === 1 && <span className="block text-xs font-normal text-good">first choice</span>}
        {pausedUntil !== null && <Pause until={pausedUntil} />}
      </Cell>
      <Cell>
        {realms.join(", ")}
        {passedOver.map(({ group, because }) => (
          <span key={group} className="block text-xs text-muted">
            {group} takes an alternative: {because}
          </span>
        ))}
      </Cell>
      <Cell className="text-right">
        <MoneySum sum={{ dollars: hourlyCost, unpriced }} per="hour" />
        {usualHourlyCost !== null && hourlyCost !== usualHourlyCost && (
          <span className="block text-xs text-warn">
            <Money dollars={usualHourlyCost} per="hour" /> without what is avoided for now
          </span>
        )}
      </Cell>
    </Row>
  );
}

function Accounts({ plan: { matches, refused, pool } }: { plan: Plan }) {
  if (matches.length + refused.length === 0) {
    return (
      <EmptyState title={`Pool ${pool} has no accounts`}>
        Add one under{" "}
        <Link to="/accounts" className="link">
          Accounts
        </Link>
        , or put an account into the pool under{" "}
        <Link to="/pools" className="link">
          Pools
        </Link>
        .
      </EmptyState>
    );
  }
  return (
    <Table label="Accounts">
      <Head>
        <HeadCell className="w-14">Rank</HeadCell>
        <HeadCell>Account</HeadCell>
        <HeadCell>Realm</HeadCell>
        <HeadCell className="text-right">Estimate</HeadCell>
      </Head>
      <tbody>
        {matches.map((match) => (
          <MatchRow key={`${match.account} ${match.realms.join()}`} match={match} />
        ))}
        {refusedOnce(refused).map(({ accounts, realm, code, text }) => (
          <Row key={`${accounts.join()} ${realm} ${code} ${text}`} className="align-top">
            <Cell className="align-top text-muted">–</Cell>
            <Cell className="align-top text-muted">{accounts.join(", ")}</Cell>
            <Cell className="align-top" colSpan={2}>
              <span className="flex flex-wrap items-center gap-x-2">
                <Badge look={refusedLook(code)} />
                <span className="text-xs text-muted">
                  {realm !== null && `${realm}: `}
                  {text}
                </span>
              </span>
            </Cell>
          </Row>
        ))}
      </tbody>
    </Table>
  );
}
