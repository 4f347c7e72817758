// Instances: their documents, and what is asked of them.

import type { CreateRequest, MachineState } from "../../cloud-api.ts";
import { type Action, actionsOf } from "../../desk/actions.ts";
import type { Asked } from "../../desk/asked.ts";
import { create } from "../../desk/create.ts";
import { seen } from "../../desk/lists.ts";
import { get, reboot, remove, start, stop } from "../../desk/machines.ts";
import { type MachineRecord, machineView } from "../../state/machine-record.ts";
import type { MachineDetail } from "../../tenant-api.ts";
import { param } from "../../wire/http-route.ts";
import { element, textElement } from "./document.ts";
import { DeltacloudError, missing } from "./refusals.ts";
import { type Ask, type Collection, destroying, reading } from "./route.ts";

const STATES: Readonly<Record<MachineState, string>> = {
  pending: "PENDING",
  running: "RUNNING",
  stopping: "STOPPING",
  stopped: "STOPPED",
  error: "ERROR",
  terminated: "FINISH",
  unknown: "UNKNOWN",
};

const WORDS: Readonly<Record<Action, string>> = { start: "start", stop: "stop", reboot: "reboot", remove: "destroy" };

interface Shown {
  readonly record: MachineRecord;
  readonly view: MachineDetail;
}

function instanceElement(asked: Asked, { record, view }: Shown, { href }: Ask): string {
  const { id, request, imageId, size } = record;
  const own = href("instances", id);
  const links = view.state === "unknown" ? [] : actionsOf(asked.cloud, record).map((action) => linkTo(action, own));
  return element(
    "instance",
    { href: own, id },
    textElement("name", request.name),
    textElement("owner_id", record.tenant),
    element("image", { href: href("images", imageId), id: imageId }),
    element("realm", { href: href("realms", request.realm), id: request.realm }),
    textElement("state", STATES[view.state]),
    element("hardware_profile", { href: href("hardware_profiles", size.name), id: size.name }, ...overridden(request)),
    element("actions", {}, ...links),
    textElement("launch_time", new Date(record.createdAt).toISOString()),
    element("public_addresses", {}, address(view.publicAddress)),
    element("private_addresses", {}, address(view.privateAddress)),
    element(
      "storage_volumes",
      {},
      ...record.parts
        .filter(({ kind }) => kind === "volume")
        .map((volume) => element("storage_volume", { href: href("storage_volumes", volume.id), id: volume.id })),
    ),
    request.sshKey === undefined
      ? null
      : element("authentication", { type: "key" }, element("login", {}, textElement("keyname", request.sshKey))),
  );
}

function linkTo(action: Action, own: string): string {
  const rel = WORDS[action];
  return action === "remove"
    ? element("link", { rel, method: "delete", href: own })
    : element("link", { rel, method: "post", href: `${own}/${rel}` });
}

function overridden({ measure }: CreateRequest): readonly string[] {
  if (measure === undefined) return [];
  const property = (name: string, value: number, unit: string) =>
    element("property", { name, kind: "fixed", value, unit });
  return [
    property("cpu", measure.cpu, "count"),
    property("memory", measure.memoryMib, "MB"),
    property("storage", measure.storageGib, "GB"),
  ];
}

function address(text: string | null): string | null {
  return text === null ? null : `<address type='ipv4'>${text}</address>`;
}

/** What can't be listed whole is not listed: there are no words for a part. */
export const listInstances = reading("list", (asked, ask) => {
  const { given } = ask;
  const { machines, show, unreachableRealms } = seen(asked, {});
  if (unreachableRealms.length > 0) {
    throw new DeltacloudError(504, `The realms ${unreachableRealms.join(", ")} do not answer`);
  }
  const [id, state, realm] = ["id", "state", "realm_id"].map((name) => given.get(name));
  const shown = machines
    .map((record) => ({ record, view: show(record) }))
    .filter(({ record, view }) => {
      const isMeant = (id ?? record.id) === record.id && (realm ?? record.request.realm) === record.request.realm;
      return isMeant && (state ?? STATES[view.state]) === STATES[view.state];
    });
  return element("instances", {}, ...shown.map((each) => instanceElement(asked, each, ask)));
});

export const getInstance: Collection = {
  operation: "get",
  read: (ask) => ({
    subject: { id: param(ask, "id") },
    answer(asked) {
      const view = get(asked, param(ask, "id"));
      const record = asked.cloud.machines.get(view.id);
      if (record === undefined) throw new DeltacloudError(404, `No instance ${view.id}`);
      return { root: instanceElement(asked, { record, view }, ask) };
    },
  }),
};

/** Fields that it does not know it ignores. */
export const createInstance: Collection = {
  operation: "create",
  read(ask) {
    const { given } = ask;
    const image = given.get("image_id");
    if (image === null || image === "") throw missing("image_id");
    const [name, realm] = [given.get("name") ?? "", given.get("realm_id") ?? ""];
    return {
      subject: { ...(name === "" ? {} : { name }), ...(realm === "" ? {} : { realm }) },
      answer(asked) {
        const { id } = create(asked, requestFor(asked, given, image));
        const record = asked.cloud.machines.get(id);
        if (record === undefined) throw new DeltacloudError(500, "No instance was made");
        const root = instanceElement(asked, { record, view: machineView(record) }, ask);
        return { status: 201, location: ask.href("instances", id), root };
      },
    };
  },
};

function requestFor({ cloud }: Asked, given: URLSearchParams, image: string): CreateRequest {
  const text = (name: string): string | undefined => given.get(name) || undefined;
  const [firstRealm = ""] = cloud.realms.keys();
  const userData = text("user_data");
  const firewalls = [...given].filter(([name]) => /^firewalls\d+$/.test(name)).map(([, value]) => value);
  return {
    name: text("name") ?? `inst-${cloud.made + 1}`,
    realm: text("realm_id") ?? firstRealm,
    image,
    ...sizeFor(cloud, given),
    ...(userData === undefined ? {} : { userData: Buffer.from(userData, "base64").toString("utf8") }),
    ...(text("keyname") === undefined ? {} : { sshKey: text("keyname") ?? "" }),
    ...(firewalls.length === 0 ? {} : { securityGroups: firewalls }),
  };
}

/** The first profile unless told. Only the one that is cut to measure can be overridden; others ignore that. */
function sizeFor(
  { sizes, settings: { custom } }: Asked["cloud"],
  given: URLSearchParams,
): Pick<CreateRequest, "size" | "measure"> {
  const [first = ""] = sizes.keys();
  const size = given.get("hwp_id") ?? first;
  if (custom === null || size !== "custom") return { size };
  const amount = (name: string, { step }: { readonly step: number }): number => Number(given.get(name) ?? step);
  const cpu = amount("hwp_cpu", custom.cpu);
  const memoryMib = amount("hwp_memory", custom.memoryMib);
  return { size, measure: { cpu, memoryMib, storageGib: amount("hwp_storage", custom.storageGib) } };
}

type Act = (asked: Asked, id: string) => unknown;

/** Clouds of two steps hand no instance back: the answer says where it is. */
function acting(operation: "start" | "stop" | "reboot", act: Act): Collection {
  return {
    operation,
    read(ask) {
      const id = param(ask, "id");
      return {
        subject: { id },
        answer(asked) {
          act(asked, id);
          if (asked.cloud.settings.twoStep) return { status: 303, location: ask.href("instances", id), root: null };
          const record = asked.cloud.machines.get(id);
          if (record === undefined) throw new DeltacloudError(403, `No instance ${id}`);
          return { status: 202, root: instanceElement(asked, { record, view: machineView(record) }, ask) };
        },
      };
    },
  };
}

export const startInstance = acting("start", start);
export const stopInstance = acting("stop", stop);
export const rebootInstance = acting("reboot", reboot);

export const destroyInstance = destroying("remove", remove);
