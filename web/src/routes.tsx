// The map of the page: every address, and which file shows it. Pages are loaded when they are first needed.

import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  redirect,
} from "@tanstack/react-router";
import type { QueryClient } from "@tanstack/react-query";
import { Failure } from "./api.ts";
import { PageFailed, PageMissing } from "./layout/page-failed.tsx";
import { PagePending } from "./layout/page-pending.tsx";
import { Shell } from "./layout/shell.tsx";
import { queries } from "./queries.ts";

interface Context {
  readonly queryClient: QueryClient;
}

const text = (value: unknown): string | undefined => (typeof value === "string" && value !== "" ? value : undefined);

const root = createRootRouteWithContext<Context>()({
  component: Outlet,
  notFoundComponent: PageMissing,
  errorComponent: PageFailed,
});

const login = createRoute({
  getParentRoute: () => root,
  path: "/login",
  validateSearch: (search): { to?: string; refused?: string } => {
    const [to, refused] = [text(search["to"]), text(search["refused"])];
    return {
      // Only to a page of ours: what follows a single slash.
      ...(to !== undefined && /^\/(?![/\\])/.test(to) ? { to } : {}),
      ...(refused === undefined ? {} : { refused }),
    };
  },
  component: lazyRouteComponent(() => import("./pages/login/login-page.tsx"), "LoginPage"),
});

/** All that needs a session. */
const signedIn = createRoute({
  getParentRoute: () => root,
  id: "signed-in",
  beforeLoad: async ({ context, location }) => {
    try {
      await context.queryClient.ensureQueryData(queries.about);
    } catch (error) {
      if (!(error instanceof Failure) || error.code !== "not_authenticated") throw error;
      redirect({ to: "/login", search: location.href === "/" ? {} : { to: location.href }, throw: true });
    }
  },
  component: Shell,
});

const at = <P extends string>(path: P) => ({ getParentRoute: () => signedIn, path }) as const;

const home = createRoute({
  ...at("/"),
  beforeLoad: () => {
    redirect({ to: "/deployments", throw: true });
  },
});

/** Search and filter of the list live in the address, so that a list can be sent to somebody. */
const deployments = createRoute({
  ...at("/deployments"),
  validateSearch: (search): { state?: string; q?: string; pool?: string; deleted?: true } => ({
    ...(text(search["state"]) === undefined ? {} : { state: String(search["state"]) }),
    ...(text(search["q"]) === undefined ? {} : { q: String(search["q"]) }),
    ...(text(search["pool"]) === undefined ? {} : { pool: String(search["pool"]) }),
    ...(search["deleted"] === true ? { deleted: true } : {}),
  }),
  component: lazyRouteComponent(() => import("./pages/deployments/deployments-page.tsx"), "DeploymentsPage"),
});

const deployment = createRoute({
  ...at("/deployments/$id"),
  component: lazyRouteComponent(() => import("./pages/deployment/deployment-page.tsx"), "DeploymentPage"),
});

const progress = createRoute({
  ...at("/deployments/$id/progress"),
  component: lazyRouteComponent(() => import("./pages/deployment/progress-page.tsx"), "ProgressPage"),
});

const update = createRoute({
  ...at("/deployments/$id/update"),
  // `scale`: a group whose count is to be another.
  validateSearch: (search): { scale?: string } =>
    text(search["scale"]) === undefined ? {} : { scale: String(search["scale"]) },
  component: lazyRouteComponent(() => import("./pages/update/update-page.tsx"), "UpdatePage"),
});

const launch = createRoute({
  ...at("/launch"),
  // `again`: id of an ended deployment that is launched once more, as it was or changed.
  validateSearch: (search): { blueprint?: string; again?: string } => ({
    ...(text(search["blueprint"]) === undefined ? {} : { blueprint: String(search["blueprint"]) }),
    ...(text(search["again"]) === undefined ? {} : { again: String(search["again"]) }),
  }),
  component: lazyRouteComponent(() => import("./pages/launch/launch-page.tsx"), "LaunchPage"),
});

const accounts = createRoute({
  ...at("/accounts"),
  component: lazyRouteComponent(() => import("./pages/accounts/accounts-page.tsx"), "AccountsPage"),
});

const account = createRoute({
  ...at("/accounts/$name"),
  component: lazyRouteComponent(() => import("./pages/accounts/account-page.tsx"), "AccountPage"),
});

const pools = createRoute({
  ...at("/pools"),
  component: lazyRouteComponent(() => import("./pages/pools/pools-page.tsx"), "PoolsPage"),
});

const blueprints = createRoute({
  ...at("/blueprints"),
  component: lazyRouteComponent(() => import("./pages/blueprints/blueprints-page.tsx"), "BlueprintsPage"),
});

const newBlueprint = createRoute({
  ...at("/blueprints/new"),
  component: lazyRouteComponent(() => import("./pages/blueprints/new-blueprint-page.tsx"), "NewBlueprintPage"),
});

const blueprint = createRoute({
  ...at("/blueprints/$name"),
  validateSearch: (search): { version?: number } =>
    typeof search["version"] === "number" ? { version: search["version"] } : {},
  component: lazyRouteComponent(() => import("./pages/blueprints/blueprint-page.tsx"), "BlueprintPage"),
});

const debt = createRoute({
  ...at("/debt"),
  component: lazyRouteComponent(() => import("./pages/debt/debt-page.tsx"), "DebtPage"),
});

const people = createRoute({
  ...at("/people"),
  component: lazyRouteComponent(() => import("./pages/people/people-page.tsx"), "PeoplePage"),
});

const tokens = createRoute({
  ...at("/tokens"),
  component: lazyRouteComponent(() => import("./pages/tokens/tokens-page.tsx"), "TokensPage"),
});

const audit = createRoute({
  ...at("/audit"),
  component: lazyRouteComponent(() => import("./pages/audit/audit-page.tsx"), "AuditPage"),
});

const webhooks = createRoute({
  ...at("/webhooks"),
  component: lazyRouteComponent(() => import("./pages/webhooks/webhooks-page.tsx"), "WebhooksPage"),
});

const about = createRoute({
  ...at("/about"),
  component: lazyRouteComponent(() => import("./pages/about/about-page.tsx"), "AboutPage"),
});

const inside = [
  home,
  deployments,
  deployment,
  progress,
  update,
  launch,
  accounts,
  account,
  pools,
  blueprints,
  newBlueprint,
  blueprint,
  debt,
  people,
  tokens,
  audit,
  webhooks,
  about,
] as const;

export function createPageRouter(queryClient: QueryClient) {
  return createRouter({
    routeTree: root.addChildren([login, signedIn.addChildren(inside)]),
    context: { queryClient },
    defaultPreload: "intent",
    defaultErrorComponent: PageFailed,
    // Soon enough that a slow server never shows an empty window, late enough that a quick one shows no flicker.
    defaultPendingComponent: PagePending,
    defaultPendingMs: 150,
    defaultPendingMinMs: 0,
    scrollRestoration: true,
  });
}

declare module "@tanstack/react-router" {
  interface Register {
    router: ReturnType<typeof createPageRouter>;
  }
  interface HistoryState {
    /** The way to this page of a list: the cursors of all pages but the first. */
    cursors?: readonly string[];
  }
}
