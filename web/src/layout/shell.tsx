// What surrounds every page: the way to the others, who is signed in, the theme.

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, type LinkProps, Outlet, useRouter } from "@tanstack/react-router";
import { useState } from "react";
import type { Resource } from "../../../src/contract/operation.ts";
import { api } from "../api.ts";
import { Button } from "../components/button.tsx";
import { classes } from "../components/classes.ts";
import { queries } from "../queries.ts";
import { Held } from "./held.tsx";
import { grantsText, useSeesAll } from "../permission.ts";
import { chooseTheme, type Theme, THEMES, useTheme } from "../theme.ts";

interface Place {
  readonly to: NonNullable<LinkProps["to"]>;
  readonly label: string;
  /** For those who see every pool. */
  readonly spansPools?: true;
  /** What it is good for without the right to change that: another label, or null for nothing. */
  readonly without?: { readonly resource: Resource; readonly label: string | null };
}

const PLACES: readonly Place[] = [
  { to: "/deployments", label: "Deployments" },
  { to: "/launch", label: "Launch", without: { resource: "deployments", label: "Plan" } },
  { to: "/accounts", label: "Accounts", spansPools: true },
  { to: "/pools", label: "Pools" },
  { to: "/blueprints", label: "Blueprints" },
  { to: "/debt", label: "Debt" },
  { to: "/people", label: "People", without: { resource: "users", label: null } },
  { to: "/tokens", label: "Tokens", without: { resource: "tokens", label: null } },
  { to: "/audit", label: "Audit log", without: { resource: "users", label: null } },
  { to: "/webhooks", label: "Webhooks", without: { resource: "webhooks", label: null } },
  { to: "/about", label: "About" },
];

export function Shell() {
  const [isOpen, setOpen] = useState(false);
  return (
    <div className="min-h-dvh md:grid md:grid-cols-[12.5rem_minmax(0,1fr)]">
      <a
        href="#content"
        className="sr-only z-50 rounded-md bg-accent px-3 py-2 text-on-accent focus:not-sr-only focus:fixed focus:top-2 focus:left-2"
      >
        Skip to the content
      </a>
      <header className="border-b bg-surface md:sticky md:top-0 md:flex md:h-dvh md:flex-col md:border-r md:border-b-0">
        <div className="flex h-12 items-center gap-2 px-4">
          <Brand />
          <button
            type="button"
            aria-expanded={isOpen}
            aria-controls="places"
            onClick={() => setOpen(!isOpen)}
            className="ml-auto h-9 rounded-md border border-edge/60 px-3 text-sm font-medium md:hidden"
          >
            Menu
          </button>
        </div>
        <div id="places" className={classes("flex-1 flex-col md:flex", isOpen ? "flex" : "hidden")}>
          <nav aria-label="Main" className="flex flex-col gap-px px-2 pb-2">
            {usePlaces().map(({ to, label }) => (
              <Link
                key={to}
                to={to}
                onClick={() => setOpen(false)}
                className="flex h-8 max-md:h-10 items-center justify-between rounded-md px-2.5 text-sm text-muted hover:bg-raised hover:text-ink aria-[current=page]:bg-raised aria-[current=page]:font-semibold aria-[current=page]:text-ink"
              >
                {label}
                {to === "/debt" && <DebtCount />}
              </Link>
            ))}
          </nav>
          <SignedIn />
        </div>
      </header>
      <main id="content" tabIndex={-1} className="min-w-0 px-4 py-5 outline-none md:px-6">
        <div className="mx-auto max-w-[90rem]">
          <Held />
          <Outlet />
        </div>
      </main>
    </div>
  );
}

/** The places that are of use to whoever is signed in. */
function usePlaces(): readonly Place[] {
  const { data: about } = useQuery(queries.about);
  const seesAll = useSeesAll();
  return PLACES.flatMap((place) => {
    const { without, spansPools } = place;
    if (spansPools === true && !seesAll) return [];
    if (without === undefined || about?.may.includes(without.resource) !== false) return [place];
    return without.label === null ? [] : [{ ...place, label: without.label }];
  });
}

function Brand() {
  return (
    <Link to="/deployments" className="flex items-center gap-2 rounded text-base font-semibold tracking-tight">
      <img src="/favicon.svg" alt="" width={22} height={22} />
      Slipway
    </Link>
  );
}

/** Debt costs money while nobody looks: its count is on every page. */
function DebtCount() {
  const { data } = useQuery({ ...queries.debt, refetchInterval: 30_000 });
  const count = data?.debts.length ?? 0;
  if (count === 0) return null;
  return (
    <span className="rounded bg-bad-soft px-1.5 text-xs font-semibold text-bad">
      {count}
      <span className="sr-only"> machines not proven gone</span>
    </span>
  );
}

const THEME_WORDS: Readonly<Record<Theme, string>> = { system: "System", light: "Light", dark: "Dark" };

function SignedIn() {
  const { data: about } = useQuery(queries.about);
  const queryClient = useQueryClient();
  const router = useRouter();
  const theme = useTheme();
  const signOut = useMutation({
    mutationFn: () => api.signOut(),
    onSettled: async () => {
      queryClient.clear();
      await router.navigate({ to: "/login" });
    },
  });
  return (
    <div className="mt-auto flex flex-col gap-2.5 border-t px-4 py-3 text-xs text-muted">
      <label className="flex items-center justify-between gap-2">
        Theme
        <select
          value={theme}
          onChange={({ target }) => chooseTheme(THEMES.find((one) => one === target.value) ?? "system")}
          className="h-7 rounded-md border border-edge/60 bg-surface px-1.5 text-ink"
        >
          {THEMES.map((one) => (
            <option key={one} value={one}>
              {THEME_WORDS[one]}
            </option>
          ))}
        </select>
      </label>
      {about !== undefined && (
        <div className="flex items-center justify-between gap-2">
          <span className="min-w-0 truncate" title={`Token ${about.token.name}: ${grantsText(about.grants)}`}>
            <span className="font-medium text-ink">{about.user ?? about.token.name}</span> · {about.token.role}
          </span>
          <Button kind="quiet" className="-mr-2 h-7 px-2" busy={signOut.isPending} onClick={() => signOut.mutate()}>
            Sign out
          </Button>
        </div>
      )}
    </div>
  );
}
