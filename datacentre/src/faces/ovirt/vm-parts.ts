// What is changed of a VM that is there: its interfaces, and the size of its disks.

import type { Asked } from "../../desk/asked.ts";
import { findMachine } from "../../desk/machines.ts";
import { changeNetwork, createPart, detachPart, enlargeVolume, removePart } from "../../desk/parts.ts";
import type { PartRecord } from "../../state/part-record.ts";
import { param } from "../../wire/http-route.ts";
import { readReference, structure, truth, wholeNumber, word } from "./body.ts";
import { entityNotFound, NothingThere } from "./faults.ts";
import { hrefOf, reference, uuidOf } from "./names.ts";
import type { Resource } from "./resource.ts";

const NIC_FIELDS = { vnic_profile: readReference, interface: word, plugged: truth, linked: truth };
const readNic = structure({ name: word }, NIC_FIELDS);
const readNicChange = structure({}, { name: word, ...NIC_FIELDS });

/** Id of the network of a profile; null: none is named. */
function networkOf({ cloud }: Asked, profile: { readonly id?: string } | undefined): string | null {
  if (profile?.id === undefined) return null;
  const network = cloud.things.networks.find((each) => profile.id === uuidOf("profile", each.id));
  if (network === undefined) throw entityNotFound(`VnicProfile ${profile.id}`);
  return network.id;
}

/** In the network of its profile. */
export const addNic: Resource = {
  operation: "createPart",
  deed: "other",
  read(ask) {
    const id = param(ask, "id");
    const { name, vnic_profile: profile } = readNic(ask.body, "nic");
    return {
      subject: { part: "port", name },
      answer(asked) {
        const { request } = findMachine(asked, id);
        const network = networkOf(asked, profile);
        const own = network === null ? {} : { network };
        const made = createPart(asked, { kind: "port", name, realm: request.realm, stays: false, machine: id, ...own });
        return { status: 201, root: "nic", content: { href: hrefOf("vms", id, "nics", made.id), id: made.id, name } };
      },
    };
  },
};

/** One of this VM's own. */
function ownPart(
  asked: Asked,
  ids: { readonly vm: string; readonly part: string },
  kind: PartRecord["kind"],
): PartRecord {
  const found = findMachine(asked, ids.vm).parts.find((each) => each.kind === kind && each.id === ids.part);
  if (found === undefined) throw new NothingThere();
  return found;
}

export const changeNic: Resource = {
  operation: "attachPart",
  deed: "other",
  read(ask) {
    const ids = { vm: param(ask, "id"), part: param(ask, "nic") };
    const { vnic_profile: profile } = readNicChange(ask.body, "nic");
    return {
      subject: { part: "port", id: ids.part },
      answer(asked) {
        const { id } = ownPart(asked, ids, "port");
        const network = networkOf(asked, profile);
        if (network !== null) changeNetwork(asked, id, network);
        const href = hrefOf("vms", ids.vm, "nics", id);
        return {
          root: "nic",
          content: {
            href,
            id,
            ...(profile?.id === undefined ? {} : { vnic_profile: reference("vnicprofiles", profile.id) }),
          },
        };
      },
    };
  },
};

export const removeNic: Resource = {
  operation: "removePart",
  deed: "other",
  read(ask) {
    const ids = { vm: param(ask, "id"), part: param(ask, "nic") };
    return {
      subject: { part: "port", id: ids.part },
      answer(asked) {
        const { id } = ownPart(asked, ids, "port");
        detachPart(asked, id);
        removePart(asked, id);
        return { root: "action", content: { status: "complete" } };
      },
    };
  },
};

const GIB = 1_073_741_824;

const readAttachment = structure(
  {},
  { disk: structure({}, { id: word, provisioned_size: wholeNumber }), active: truth, interface: word },
);

/** A disk can be made larger, and never smaller. */
export const changeAttachment: Resource = {
  operation: "attachPart",
  deed: "other",
  read(ask) {
    const ids = { vm: param(ask, "id"), part: param(ask, "disk") };
    const { disk } = readAttachment(ask.body, "disk_attachment");
    return {
      subject: { part: "volume", id: ids.part },
      answer(asked) {
        const { id } = ownPart(asked, ids, "volume");
        if (disk?.provisioned_size !== undefined) enlargeVolume(asked, id, Math.ceil(disk.provisioned_size / GIB));
        return {
          root: "disk_attachment",
          content: { href: hrefOf("vms", ids.vm, "diskattachments", id), id, disk: reference("disks", id) },
        };
      },
    };
  },
};
