import { useMutation, type UseMutationResult, useQueryClient } from "@tanstack/react-query";
import type { PoolPatch } from "../../../../src/contract/account.ts";
import { api } from "../../api.ts";
import { queries } from "../../queries.ts";

/** Changes a pool; the list of pools is read again, whatever comes of it. */
export function usePoolChange(name: string, onDone: () => void): UseMutationResult<unknown, Error, PoolPatch> {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (patch: PoolPatch) => api.changePool(name, patch),
    onSuccess: onDone,
    onSettled: () => queryClient.invalidateQueries({ queryKey: queries.pools.queryKey }),
  });
}
