import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useRouter, useSearch } from "@tanstack/react-router";
import { type SubmitEvent, useEffect, useState } from "react";
import { OIDC_START, type SignInRefusal } from "../../../../src/contract/identity.ts";
import { api } from "../../api.ts";
import { Button, buttonClasses } from "../../components/button.tsx";
import { Field, Input } from "../../components/field.tsx";
import { queries } from "../../queries.ts";

export function LoginPage() {
  const [token, setToken] = useState("");
  const queryClient = useQueryClient();
  const router = useRouter();
  const { to = "/deployments", refused } = useSearch({ from: "/login" });
  useEffect(() => {
    document.title = "Sign in · Slipway";
  }, []);
  const signIn = useMutation({
    mutationFn: () => api.signIn(token.trim()),
    onSuccess: (about) => {
      queryClient.setQueryData(queries.about.queryKey, about);
      router.history.push(to);
    },
  });
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    signIn.mutate();
  };
  return (
    <main className="flex min-h-dvh items-center justify-center p-4">
      <form onSubmit={submit} className="flex w-full max-w-sm flex-col gap-4 rounded-lg border bg-surface p-6">
        <div className="flex items-center gap-2.5">
          <img src="/favicon.svg" alt="" width={28} height={28} />
          <h1>Sign in to Slipway</h1>
        </div>
        <ByProvider to={to} refused={refused} />
        <Field
          label="Token"
          error={signIn.error?.message ?? null}
          hint={
            <>
              The server's first start made one for its command line, in{" "}
              <code className="font-mono">~/.config/slipway/config.json</code> there, or where{" "}
              <code className="font-mono">SLIPWAY_CONFIG</code> points. An admin makes more with{" "}
              <code className="font-mono">slipway token add NAME</code>.
            </>
          }
        >
          {(described) => (
            <Input
              {...described}
              type="password"
              autoComplete="current-password"
              autoFocus
              required
              spellCheck={false}
              value={token}
              onChange={({ target }) => setToken(target.value)}
              className="w-full font-mono"
            />
          )}
        </Field>
        <Button type="submit" kind="primary" busy={signIn.isPending}>
          Sign in
        </Button>
      </form>
    </main>
  );
}

const REFUSED: Readonly<Record<SignInRefusal, string>> = {
  away: "The provider of identities cannot be asked now. A token still signs in.",
  refused: "The provider of identities did not let you in, or what it said does not hold. Try again.",
  expired: "It took too long, or began in another browser. Try again.",
  no_role: "You are known now, and have no role yet: ask an admin for one, then sign in again.",
  locked_out: "You are locked out; ask an admin.",
};
const isRefusal = (text: string): text is SignInRefusal => Object.hasOwn(REFUSED, text);

/** Where the server has a provider of identities. */
function ByProvider({ to, refused }: { to: string; refused: string | undefined }) {
  const { data } = useQuery(queries.identities);
  return (
    <>
      {refused !== undefined && isRefusal(refused) && (
        <p role="alert" className="rounded-md border border-bad/40 bg-bad-soft px-3 py-2">
          {REFUSED[refused]}
        </p>
      )}
      {typeof data?.provider === "string" && (
        <>
          <a className={buttonClasses("primary")} href={`${OIDC_START}?${new URLSearchParams({ to })}`}>
            Sign in with {data.provider}
          </a>
          <p className="text-center text-xs text-muted">or with a token</p>
        </>
      )}
    </>
  );
}
