// Servers: found, looked at, started, stopped, deleted.

import type { Asked } from "../../desk/asked.ts";
import { seen } from "../../desk/lists.ts";
import { get, readConsole, reboot, remove, start, stop } from "../../desk/machines.ts";
import { downRealms } from "../../state/cloud-state.ts";
import { param } from "../../wire/http-route.ts";
import { macOf, SERVICES } from "./names.ts";
import { hrefAfter, pageOf } from "./pages.ts";
import { missing, Refusal } from "./refusals.ts";
import { type Ask, reading, type Reading, type Resource } from "./resource.ts";
import { briefView, detailView, faultOf, type Shown, standingOf } from "./server-view.ts";

/** Those of a cell that does not answer come as far as they are known; another list that would not be whole is refused. */
function allShown(asked: Asked, { query }: Ask): readonly Shown[] {
  const since = query.get("changes-since");
  const changedSince = since === null ? undefined : Date.parse(since);
  if (changedSince !== undefined && Number.isNaN(changedSince)) {
    throw new Refusal(400, `Invalid filter field: changes-since: ${since}`);
  }
  const { machines, show, unreachableRealms } = seen(asked, changedSince === undefined ? {} : { changedSince });
  const down = downRealms(asked.cloud);
  if (unreachableRealms.some((realm) => !down.includes(realm))) throw new Refusal(500, "The list is not whole.");
  // Newest first, as Nova sorts by the time of creation.
  return machines.map((record) => ({ record, view: show(record) })).toReversed();
}

type Test = (shown: Shown) => boolean;

/** What each question asks for; Nova ignores questions that it does not know. */
const FILTERS: Readonly<Record<string, (wanted: string) => Test>> = {
  name(wanted) {
    const pattern = patternOf(wanted);
    return ({ record }) => pattern.test(record.request.name);
  },
  status: (wanted) => (shown) => standingOf(shown).status === wanted.toUpperCase(),
  image:
    (wanted) =>
    ({ record }) =>
      record.imageId === wanted,
  uuid:
    (wanted) =>
    ({ record }) =>
      record.id === wanted,
  key_name:
    (wanted) =>
    ({ record }) =>
      record.request.sshKey === wanted,
  availability_zone:
    (wanted) =>
    ({ record }) =>
      record.request.realm === wanted,
};

/** As the database takes it, anywhere in the name. */
function patternOf(written: string): RegExp {
  try {
    return new RegExp(written, "i");
  } catch {
    throw new Refusal(400, `Invalid filter field: name: ${written}`);
  }
}

export const listServers = reading("list", "server", (asked, ask) => {
  const isDetail = ask.params["detail"] !== undefined;
  const tests = Object.entries(FILTERS).flatMap(([name, test]) => ask.query.getAll(name).map(test));
  const shown = allShown(asked, ask).filter((one) => tests.every((test) => test(one)));
  const rows = shown.map((one) => ({ id: one.record.id, one }));
  const page = pageOf(rows, { query: ask.query, most: asked.cloud.settings.pageSize });
  const servers = page.rows.map(({ one }) => (isDetail ? detailView(asked, one, ask) : briefView(one, ask)));
  const path = `${ask.address}${SERVICES.compute}/servers${isDetail ? "/detail" : ""}`;
  const next =
    page.next === null ? {} : { servers_links: [{ rel: "next", href: hrefAfter(path, ask.query, page.next) }] };
  return { servers, ...next };
});

function shownServer(asked: Asked, id: string): Shown {
  const view = get(asked, id);
  const record = asked.cloud.machines.get(id);
  if (record === undefined) throw missing(null, { kind: "server", id });
  return { record, view };
}

function looking(look: (asked: Asked, shown: Shown, ask: Ask) => object): Resource {
  return {
    operation: "get",
    kind: "server",
    read(ask) {
      const id = param(ask, "id");
      return { subject: { id }, deed: { id }, answer: (asked) => ({ body: look(asked, shownServer(asked, id), ask) }) };
    },
  };
}

export const getServer = looking((asked, shown, ask) => ({
  server: { ...detailView(asked, shown, ask), ...faultOf(shown) },
}));

export const listInterfaces = looking((_, { record }) => ({
  interfaceAttachments: record.parts
    .filter(({ kind }) => kind === "port")
    .map(({ id, network, address }) => ({
      port_id: id,
      net_id: network?.id ?? null,
      mac_addr: macOf(id),
      port_state: "ACTIVE",
      fixed_ips: address === null ? [] : [{ ip_address: address, subnet_id: network?.id ?? null }],
    })),
}));

export const listAttachments = looking(() => ({ volumeAttachments: [] }));

export const deleteServer: Resource = {
  operation: "remove",
  kind: "server",
  read: (ask) => removal(param(ask, "id"), 204),
};

function removal(id: string, status: number): Reading {
  return {
    subject: { id, operation: "remove" },
    deed: { id, action: "delete" },
    answer(asked) {
      remove(asked, id);
      return { status };
    },
  };
}

type Act = (asked: Asked, id: string, given: unknown) => object | undefined;

interface Deed {
  readonly operation: "start" | "stop" | "reboot" | "console";
  readonly status: number;
  readonly act: Act;
}

const doing = (operation: Deed["operation"], act: (asked: Asked, id: string) => unknown): Deed => ({
  operation,
  status: 202,
  act: (asked, id) => void act(asked, id),
});

const ACTIONS: ReadonlyMap<string, Deed> = new Map([
  ["os-start", doing("start", start)],
  ["os-stop", doing("stop", stop)],
  ["reboot", doing("reboot", reboot)],
  ["os-getConsoleOutput", { operation: "console", status: 200, act: consoleOf }],
]);

function consoleOf(asked: Asked, id: string, given: unknown): object {
  const { length } = Object(given);
  const lines = readConsole(asked, id).split("\n");
  const output = typeof length === "number" || typeof length === "string" ? lines.slice(-Number(length)) : lines;
  return { output: output.join("\n") };
}

export const actOnServer: Resource = {
  operation: "get",
  kind: "server",
  read(ask) {
    const id = param(ask, "id");
    const [[name, given] = ["", null]] = Object.entries(Object(ask.body));
    if (name === "forceDelete" || name === "delete") return removal(id, 202);
    const deed = ACTIONS.get(name);
    if (deed === undefined) throw new Refusal(400, `There is no such action: ${name}`);
    const { operation, status, act } = deed;
    return {
      subject: { id, operation },
      deed: { id, action: name.replace("os-", "") },
      answer(asked) {
        const body = act(asked, id, given);
        return { status, ...(body === undefined ? {} : { body }) };
      },
    };
  },
};
