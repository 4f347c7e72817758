// An account at one cloud: key, quota, throttle, suspension.

import type { Operation } from "../cloud-api.ts";
import type { CompleteCloud } from "../settings.ts";
import { createCount, type Quota } from "./quota.ts";
import { type SshKey, sshKeyOf } from "./things.ts";
import { createTokenBucket, type TokenBucket } from "./token-bucket.ts";

export interface Tenant {
  readonly name: string;
  readonly key: string;
  readonly quota: Quota;
  readonly sshKeys: SshKey[];
  readonly bucket: TokenBucket | null;
  isSuspended: boolean;
  /** How often somebody logged in. */
  logins: number;
  /** How often each operation was asked for, refused or not. */
  readonly calls: Map<Operation, number>;
}

export function createTenant(settings: CompleteCloud["tenants"][number], now: number): Tenant {
  const { name, key, throttle, quota = {}, realmQuota = {}, sshKeys = [] } = settings;
  return {
    name,
    key,
    quota: {
      limits: quota,
      realmLimits: new Map(Object.entries(realmQuota)),
      count: createCount(),
      others: createCount(),
    },
    sshKeys: sshKeys.map(sshKeyOf),
    bucket: throttle === undefined ? null : createTokenBucket(throttle, now),
    isSuspended: false,
    logins: 0,
    calls: new Map(),
  };
}
