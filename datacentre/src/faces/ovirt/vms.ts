// VMs: found, looked at, started, stopped, removed.

import { CloudError } from "../../cloud-api.ts";
import type { Asked } from "../../desk/asked.ts";
import { seen } from "../../desk/lists.ts";
import { findMachine, get, reboot, remove, start, stop } from "../../desk/machines.ts";
import { downRealms } from "../../state/cloud-state.ts";
import { param } from "../../wire/http-route.ts";
import { anything, truth, word, structure } from "./body.ts";
import type { Fields, Told } from "./document.ts";
import { entityNotFound, failed, EngineFault, NothingThere } from "./faults.ts";
import { hrefOf, uuidOf } from "./names.ts";
import { type Ask, type Memory, reading, type Resource } from "./resource.ts";
import { type Facets, found, queryIn } from "./search.ts";
import { attachmentsOf, devicesOf, nicsOf, type Shown, statisticsOf, statusOf, tagsOf, vmView } from "./vm-view.ts";

/** Status words have no underscore in a search. */
function facetsFor({ cloud }: Asked, { tagged }: Memory): Facets<Shown> {
  return {
    name: ({ record }) => record.request.name,
    id: ({ record }) => record.id,
    status: (shown) => statusOf(shown).replaceAll("_", ""),
    comment: ({ record }) => record.request.labels?.["comment"] ?? "",
    description: ({ record }) => record.request.labels?.["description"] ?? "",
    cluster: ({ record }) => record.request.realm,
    datacenter: () => cloud.settings.name,
    template: ({ record }) => record.request.image,
    tag: ({ record }) => [...(tagged.get(record.id) ?? [])],
  };
}

/** By name. What the engine can't list whole it does not list: it has no words for a part. */
function allShown(asked: Asked): readonly Shown[] {
  const { machines, show, unreachableRealms } = seen(asked, {});
  const isShown = asked.cloud.settings.downReads === "partial";
  const down = isShown ? downRealms(asked.cloud) : [];
  if (unreachableRealms.some((realm) => !down.includes(realm))) throw new EngineFault(500, "[Internal Engine Error]");
  return machines
    .map((record) => ({ record, view: show(record) }))
    .toSorted((a, b) => (a.record.request.name < b.record.request.name ? -1 : 1));
}

export const listVms = reading("list", (asked, { query }, memory) => {
  const follow = followIn(query);
  // What is followed comes without pages.
  const wanted = follow.length === 0 ? queryIn(query) : { ...queryIn(query), max: null };
  const shown = found(allShown(asked), wanted, facetsFor(asked, memory));
  return { root: "vms", content: { vm: shown.map((each) => vmView(asked, each, { follow, memory })) } };
});

function followIn(query: URLSearchParams): readonly string[] {
  return (query.get("follow") ?? "").split(",").filter((name) => name !== "");
}

function shownVm(asked: Asked, id: string): Shown {
  const view = get(asked, id);
  const record = asked.cloud.machines.get(id);
  if (record === undefined) throw new NothingThere();
  return { record, view };
}

interface Around {
  readonly ask: Ask;
  readonly memory: Memory;
}

function looking(root: string, look: (asked: Asked, shown: Shown, around: Around) => Fields): Resource {
  return {
    operation: "get",
    deed: "other",
    read: (ask, memory) => ({
      subject: { id: param(ask, "id") },
      answer: (asked) => ({ root, content: look(asked, shownVm(asked, param(ask, "id")), { ask, memory }) }),
    }),
  };
}

export const getVm = looking("vm", (asked, shown, { ask, memory }) =>
  vmView(asked, shown, { follow: followIn(ask.query), memory }),
);
export const listNics = looking("nics", (_, { record }) => ({ nic: nicsOf(record) }));
export const listAttachments = looking("disk_attachments", (_, { record }, { ask }) => ({
  disk_attachment: attachmentsOf(record, followIn(ask.query)),
}));
export const listDevices = looking("reported_devices", (asked, shown) => ({
  reported_device: devicesOf(asked, shown),
}));
export const listStatistics = looking("statistics", (_, { record }) => ({ statistic: statisticsOf(record) }));
export const listVmTags = looking("tags", (_, { record }, { memory }) => ({ tag: tagsOf(record, memory) }));

const readAction = structure(
  {},
  {
    use_cloud_init: truth,
    use_sysprep: truth,
    use_ignition: truth,
    async: truth,
    force: truth,
    reason: word,
    pause: truth,
    vm: anything,
    correlation_id: word,
    grace_period: anything,
  },
);

type Act = (asked: Asked, id: string) => unknown;

function acting(operation: "start" | "stop" | "reboot", act: Act): Resource {
  const deed = operation === "start" ? "run" : operation;
  return {
    operation,
    deed,
    isAction: true,
    read(ask) {
      const id = param(ask, "id");
      const body = readAction(ask.body, "action");
      return {
        subject: { id },
        answer(asked) {
          try {
            act(asked, id);
          } catch (error) {
            if (!(error instanceof CloudError) || error.code !== "not_found") throw error;
            if (body.vm !== undefined) throw entityNotFound(`VM ${id}`);
            throw failed(400, `Cannot ${deed} VM. VM is not found.`);
          }
          return doneAction(asked, id, body.reason === undefined ? {} : { reason: body.reason });
        },
      };
    },
  };
}

function doneAction({ cloud }: Asked, id: string, sent: Fields): Told {
  const operation = cloud.machines.get(id)?.operation?.id;
  const job =
    operation === undefined
      ? {}
      : { job: { href: hrefOf("jobs", uuidOf("job", operation)), id: uuidOf("job", operation) } };
  return { root: "action", content: { ...job, ...sent, status: "complete" } };
}

export const startVm = acting("start", start);
/** Of one that is down it is skipped. */
export const stopVm = acting("stop", (asked, id) => {
  if (findMachine(asked, id).state !== "stopped") stop(asked, id);
});
export const rebootVm = acting("reboot", reboot);

export const removeVm: Resource = {
  operation: "remove",
  deed: "remove",
  read(ask) {
    const id = param(ask, "id");
    const keepsDisks = ask.query.get("detach_only") === "true";
    return {
      subject: { id },
      answer(asked) {
        findMachine(asked, id);
        if (keepsDisks)
          throw failed(409, "Cannot remove VM. Disks of a VM that depends on a template can't be detached.");
        remove(asked, id);
        return { root: "action", content: { status: "complete" } };
      },
    };
  },
};

const readTag = structure({}, { id: word, name: word, description: word });

export const tagVm: Resource = {
  operation: "get",
  deed: "other",
  read(ask, { tags, tagged }) {
    const wanted = readTag(ask.body, "tag");
    return {
      subject: { id: param(ask, "id") },
      answer(asked) {
        const { record } = shownVm(asked, param(ask, "id"));
        const name = [...tags].find(([own, id]) => own === wanted.name || id === wanted.id)?.[0];
        if (name === undefined) throw entityNotFound(`Tag ${wanted.name ?? wanted.id ?? ""}`);
        tagged.set(record.id, (tagged.get(record.id) ?? new Set()).add(name));
        for (const id of tagged.keys()) if (!asked.cloud.machines.has(id)) tagged.delete(id);
        const id = tags.get(name) ?? "";
        return { status: 201, root: "tag", content: { href: hrefOf("vms", record.id, "tags", id), id, name } };
      },
    };
  },
};
