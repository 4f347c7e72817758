// OpenID Connect by openid-client: authorization code with PKCE for the page, device code (RFC 8628) for the command line. Tokens of the provider
// are read once, for who somebody is, and kept nowhere.

import * as oidc from "openid-client";
import { IdentityFault, type Identity, type IdentityProvider } from "../ports/identity.ts";

export interface OidcSettings {
  readonly issuer: string;
  readonly clientId: string;
  /** Null: a client without one. */
  readonly clientSecret: string | null;
  readonly scope: string;
  /** Name of the claim with the groups. */
  readonly groupsClaim: string;
}

const TIMEOUT_S = 10;
/** By how much two machines' clocks may differ. */
const CLOCK_TOLERANCE_S = 60;
const DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code";
const GROUPS_MOST = 500;

export function oidcProvider(settings: OidcSettings): IdentityProvider {
  const { issuer, scope } = settings;
  const configured = discovering(settings);
  return {
    name: new URL(issuer).host,
    leave: (redirectUri) =>
      faulted(async () => {
        const config = await configured();
        const [state, nonce, verifier] = [oidc.randomState(), oidc.randomNonce(), oidc.randomPKCECodeVerifier()];
        const url = oidc.buildAuthorizationUrl(config, {
          redirect_uri: redirectUri,
          scope,
          state,
          nonce,
          code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
          code_challenge_method: "S256",
        });
        return { url: url.href, outward: { state, nonce, verifier } };
      }),
    arrive: (url, { state, nonce, verifier }) =>
      faulted(async () => {
        const tokens = await oidc.authorizationCodeGrant(await configured(), url, {
          expectedState: state,
          expectedNonce: nonce,
          pkceCodeVerifier: verifier,
          idTokenExpected: true,
        });
        return identityOf(tokens, settings);
      }),
    beginDevice: () =>
      faulted(async () => {
        const begun = await oidc.initiateDeviceAuthorization(await configured(), { scope });
        return {
          deviceCode: begun.device_code,
          userCode: begun.user_code,
          verificationUri: begun.verification_uri,
          verificationUriComplete: begun.verification_uri_complete ?? null,
          intervalS: begun.interval ?? 5,
          expiresInS: begun.expires_in,
        };
      }),
    pollDevice: (deviceCode) =>
      faulted(async () => {
        try {
          const asked = { device_code: deviceCode };
          return identityOf(await oidc.genericGrantRequest(await configured(), DEVICE_GRANT, asked), settings);
        } catch (error) {
          if (error instanceof oidc.ResponseBodyError && error.error === "authorization_pending") return null;
          throw error;
        }
      }),
  };
}

/** What the provider says of itself, asked for when it is first needed, and again as long as that fails. */
function discovering({ issuer, clientId, clientSecret }: OidcSettings): () => Promise<oidc.Configuration> {
  let known: Promise<oidc.Configuration> | null = null;
  const url = new URL(issuer);
  const isOwn = url.protocol === "http:";
  const metadata = { [oidc.clockTolerance]: CLOCK_TOLERANCE_S };
  const discover = async (): Promise<oidc.Configuration> => {
    const auth = clientSecret === null ? oidc.None() : oidc.ClientSecretBasic(clientSecret);
    const config = await oidc.discovery(url, clientId, metadata, auth, {
      timeout: TIMEOUT_S,
      // The configuration takes http:// for this machine alone.
      execute: isOwn
        ? [oidc.allowInsecureRequests, oidc.enableNonRepudiationChecks]
        : [oidc.enableNonRepudiationChecks],
    });
    return config;
  };
  return async () => {
    known ??= discover();
    try {
      return await known;
    } catch (error) {
      known = null;
      throw error;
    }
  };
}

function identityOf(
  tokens: oidc.TokenEndpointResponse & oidc.TokenEndpointResponseHelpers,
  settings: OidcSettings,
): Identity {
  const claims = tokens.claims();
  if (claims === undefined) throw new IdentityFault("refused", "it sent no ID token");
  const { preferred_username: preferred, email } = claims;
  const name = [preferred, email].find((one) => typeof one === "string" && one !== "");
  return {
    subject: `${claims.iss} ${claims.sub}`,
    name: typeof name === "string" ? name : null,
    groups: groupsIn(claims[settings.groupsClaim]),
  };
}

/** A list of names, or one. What is anything else is none. */
function groupsIn(claim: unknown): string[] {
  const all: readonly unknown[] = Array.isArray(claim) ? claim : [claim];
  return all
    .filter((one) => typeof one === "string" && one !== "" && one.length <= 200)
    .map(String)
    .slice(0, GROUPS_MOST);
}

async function faulted<T>(act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    throw faultOf(error);
  }
}

/** Of the provider's own texts only the code is told: what else it writes may be made by whoever asks. */
function faultOf(error: unknown): Error {
  if (error instanceof IdentityFault || !(error instanceof Error))
    return error instanceof Error ? error : new Error(String(error));
  if (error instanceof oidc.ResponseBodyError) {
    if (error.error === "slow_down") return new IdentityFault("slow_down", "it was asked too often", { cause: error });
    if (error.status >= 500) return new IdentityFault("away", `it answered with ${error.status}`, { cause: error });
    return new IdentityFault("refused", `it refused: ${codeText(error.error)}`, { cause: error });
  }
  if (error instanceof oidc.AuthorizationResponseError) {
    return new IdentityFault("refused", `it refused: ${codeText(error.error)}`, { cause: error });
  }
  const isAway = error instanceof TypeError || error.name === "TimeoutError" || codeOf(error) === "OAUTH_TIMEOUT";
  if (isAway || codeOf(error) === "OAUTH_RESPONSE_IS_NOT_CONFORM") {
    return new IdentityFault("away", "it does not answer as a provider of identities does", { cause: error });
  }
  return new IdentityFault("refused", "what it said does not hold", { cause: error });
}

const codeText = (code: string): string => (/^[\w.-]{1,60}$/.test(code) ? code : "an unknown code");

function codeOf(error: Error): unknown {
  return "code" in error ? error.code : null;
}
