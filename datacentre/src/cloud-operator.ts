// The hands of the cloud's owner: faults, accidents, limits, offers, what others make, and a look at everything.

import type { CreateRequest, Machine } from "./cloud-api.ts";
import type { Asked } from "./desk/asked.ts";
import { createFor } from "./desk/create.ts";
import { createPart } from "./desk/parts.ts";
import { type Accidents, accidentsAt } from "./owner/accidents.ts";
import { type LimitHands, limitsAt } from "./owner/limits.ts";
import { tenantNamed } from "./owner/named.ts";
import { type OfferHands, offersAt } from "./owner/offers.ts";
import { type CloudSnapshot, snapshotOf } from "./owner/snapshot.ts";
import type { CloudState } from "./state/cloud-state.ts";
import type { Part, PartRequest } from "./tenant-api.ts";

/** What is named and not there is a CloudError `not_found`. */
export interface CloudOperator extends Accidents, LimitHands, OfferHands {
  /** A machine that somebody else made in this account: no delay, no fault, no throttle. */
  plant(tenant: string, request: CreateRequest): Machine;
  plantPart(tenant: string, request: PartRequest): Part;
  snapshot(): CloudSnapshot;
}

export function operate(cloud: CloudState): CloudOperator {
  const settled = (): CloudState => {
    cloud.agenda.settle();
    return cloud;
  };
  const somebody = (tenant: string): Asked => {
    return { cloud: settled(), tenant: tenantNamed(cloud, tenant), turn: null, correlation: null };
  };
  return {
    ...accidentsAt(settled),
    ...limitsAt(settled),
    ...offersAt(settled),
    plant: (tenant, request) => createFor(somebody(tenant), request),
    plantPart: (tenant, request) => createPart(somebody(tenant), request),
    snapshot: () => snapshotOf(settled()),
  };
}
