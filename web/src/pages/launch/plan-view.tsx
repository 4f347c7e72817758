import { Link } from "@tanstack/react-router";
import type { BlueprintOutline } from "../../../../src/contract/blueprint.ts";
import type { Plan, Refusal } from "../../../../src/contract/deployment.ts";
import { Badge, type Look } from "../../components/badge.tsx";
import { classes } from "../../components/classes.ts";
import { Money } from "../../components/money.tsx";
import { EmptyState, Skeleton } from "../../components/states.tsx";
import { Cell, Head, HeadCell, Row, Table } from "../../components/table.tsx";
import { Pause } from "../../pause.tsx";
import { otherMistakes } from "./draft.ts";
import { PlannedInstances } from "./planned-instances.tsx";

export interface PlanViewProps {
  readonly outline: BlueprintOutline | null;
  /** How many mistakes the blueprint's text has. */
  readonly mistakeCount: number;
  readonly plan: Plan | null;
  readonly error: Error | null;
  /** It is about what was in the form a moment ago. */
  readonly isStale: boolean;
}

/** Where the launch would go and what it would ask for, as the server sees it now. */
export function PlanView({ outline, mistakeCount, plan, error, isStale }: PlanViewProps) {
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
    <div className={classes("flex min-w-0 flex-col gap-5", isStale && "opacity-60")} aria-busy={isStale}>
      {others.length > 0 && (
        <div role="alert" className="rounded-lg border border-bad/40 bg-bad-soft px-4 py-3">
          <p className="font-semibold text-bad">It cannot be launched like this</p>
          <ul className="mt-1 flex flex-col gap-1">
            {others.map((mistake) => (
              <li key={mistake}>{mistake}</li>
            ))}
          </ul>
        </div>
      )}
      {error !== null && others.length === 0 && (
        <p className="text-muted">The plan appears when the parameters are filled in.</p>
      )}
      {error === null && plan === null && <Skeleton lines={6} label="Planning" />}
      {error === null && plan !== null && (
        <>
          <section aria-labelledby="where">
            <h2 id="where" className="mb-2">
              Where it would go
            </h2>
            <Accounts plan={plan} />
          </section>
          <section aria-labelledby="what">
            <h2 id="what" className="mb-2">
              What would be asked for
            </h2>
            <PlannedInstances plan={plan} />
          </section>
        </>
      )}
    </div>
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
  pool_quota: "Pool's quota",
  spend_cap: "Costs too much",
  image_unread: "Not asked yet",
  tried: "Tried",
};

const refusedLook = (code: Refusal["code"]): Look => ({ tone: "warn", symbol: "×", word: REFUSAL_WORDS[code] });

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
        {matches.map(({ rank, account, realms, hourlyCost, unpriced, passedOver, pausedUntil }) => (
          <Row key={`${account} ${realms.join()}`} className={rank === 1 ? "bg-good-soft/60" : undefined}>
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
              <Money dollars={hourlyCost} per="hour" />
              {unpriced > 0 && <span className="block text-xs text-muted">and {unpriced} of unknown price</span>}
            </Cell>
          </Row>
        ))}
        {refused.map(({ account, realm, code, text }) => (
          <Row key={`${account} ${realm} ${code}`} className="align-top">
            <Cell className="align-top text-muted">–</Cell>
            <Cell className="align-top whitespace-nowrap text-muted">{account}</Cell>
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
