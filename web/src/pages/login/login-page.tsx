import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useRouter, useSearch } from "@tanstack/react-router";
import { type SubmitEvent, useEffect, useState } from "react";
import { api } from "../../api.ts";
import { Button } from "../../components/button.tsx";
import { Field, Input } from "../../components/field.tsx";
import { queries } from "../../queries.ts";

export function LoginPage() {
  const [token, setToken] = useState("");
  const queryClient = useQueryClient();
  const router = useRouter();
  const { to = "/deployments" } = useSearch({ from: "/login" });
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
