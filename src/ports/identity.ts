// A provider of identities: who somebody is, by its word. What they may do is Slipway's own matter.

export interface Identity {
  /** The issuer and the subject there: nobody else ever has both. */
  readonly subject: string;
  /** What they are called there; it may change, and others may have had it before. */
  readonly name: string | null;
  /** Names of the groups that the provider says they are in, as of now. */
  readonly groups: readonly string[];
}

/** What is kept between the way out and the way back, so that both belong to one sign-in in one browser. */
interface Outward {
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
}

/** A sign-in on another screen: what to show, and what to ask with until it is done. */
interface DeviceCode {
  readonly deviceCode: string;
  readonly userCode: string;
  readonly verificationUri: string;
  /** With the code in it; null: the provider makes none. */
  readonly verificationUriComplete: string | null;
  readonly intervalS: number;
  readonly expiresInS: number;
}

export interface IdentityProvider {
  /** For people: its host. */
  readonly name: string;
  /** Where the browser goes, to come back at `redirectUri`. Throws IdentityFault. */
  leave(redirectUri: string): Promise<{ readonly url: string; readonly outward: Outward }>;
  /** Who came back at `url`. Throws IdentityFault. */
  arrive(url: URL, outward: Outward): Promise<Identity>;
  /** Throws IdentityFault. */
  beginDevice(): Promise<DeviceCode>;
  /** Null: not yet. Throws IdentityFault. */
  pollDevice(deviceCode: string): Promise<Identity | null>;
}

/** `away`: it cannot be asked at the moment. `refused`: it said no, or what it said does not hold. `slow_down`: asked too often. */
export class IdentityFault extends Error {
  override readonly name = "IdentityFault";
  readonly kind: "away" | "refused" | "slow_down";
  constructor(kind: IdentityFault["kind"], text: string, options?: ErrorOptions) {
    super(text, options);
    this.kind = kind;
  }
}
