import { durationText } from "../../../../src/contract/amounts.ts";
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { failureFrom } from "../../api.ts";
import type { ServerClock } from "../../../../src/contract/operation.ts";
import { PageHeader } from "../../components/page-header.tsx";
import { RelativeTime } from "../../components/relative-time.tsx";
import { ErrorState, Skeleton } from "../../components/states.tsx";
import { grantsText } from "../../permission.ts";
import { queries } from "../../queries.ts";

export function AboutPage() {
  const { data: about, error } = useQuery(queries.about);
  return (
    <>
      <PageHeader title="About" />
      {error !== null && <ErrorState error={failureFrom(error)} />}
      {error === null && about === undefined && <Skeleton lines={5} />}
      {about !== undefined && (
        <dl className="grid max-w-3xl grid-cols-1 gap-x-6 rounded-lg border bg-surface px-4 py-1 sm:grid-cols-[10rem_minmax(0,1fr)] [&>*]:py-2 max-sm:[&>dd]:pt-0">
          <Fact name="Version">{about.version}</Fact>
          <Fact name="Installation">
            <code className="font-mono">{about.installation}</code>
            <Note>On the labels of every machine that this Slipway makes; it touches no others.</Note>
          </Fact>
          <Fact name="Database">{about.embedded ? "Embedded, in a folder of the server" : "PostgreSQL"}</Fact>
          <Fact name="Clock">
            <ClockFact clock={about.clock} />
          </Fact>
          <Fact name="Providers">{about.providers.join(", ")}</Fact>
          <Fact name="Signed in as">
            {about.user === null ? about.token.name : `${about.user}, with token ${about.token.name}`}
            <Note>
              {about.grants.length === 0 ? "No role" : grantsText(about.grants)}. May change{" "}
              {about.may.length === 0 ? "nothing" : about.may.join(", ")}.
            </Note>
          </Fact>
          <Fact name="For programs">
            <a href="/v1/openapi.json" className="link">
              The API as OpenAPI 3.1
            </a>
            <Note>
              Everything this page does goes through it. Programs send a token of their own; people on a terminal use{" "}
              <code className="font-mono">slipway login {location.origin}</code>
            </Note>
          </Fact>
        </dl>
      )}
    </>
  );
}

/** Whether the server's time is its database's, and since when not. */
function ClockFact({ clock: { offsetMs, steps, lastAt, lastByMs } }: { clock: ServerClock }) {
  if (lastAt === null || lastByMs === null) return "The database's, which was never seen to be set";
  const times = steps === 1 ? "once" : `${steps} times`;
  return (
    <>
      {offsetText(offsetMs)}
      <Note>
        The database's clock was set {times}, last {lastByMs < 0 ? "back" : "forward"} by{" "}
        {durationText(Math.abs(lastByMs))}, <RelativeTime time={lastAt} />. Slipway's time went on as if it had not
        been, so that no launch was hurried or held up.
      </Note>
    </>
  );
}

function offsetText(offsetMs: number): string {
  if (Math.abs(offsetMs) < 1_000) return "The database's";
  return `${durationText(Math.abs(offsetMs))} ${offsetMs > 0 ? "ahead of" : "behind"} the database's`;
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <>
      <dt className="text-muted">{name}</dt>
      <dd>{children}</dd>
    </>
  );
}

function Note({ children }: { children: ReactNode }) {
  return <p className="text-xs text-muted">{children}</p>;
}
