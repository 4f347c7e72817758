import { z } from "zod";
import { Time } from "./terms.ts";

export const BLOCK_REASONS = ["capacity", "quota"] as const;

export const Block = z
  .object({
    account: z.string(),
    realm: z.string().meta({ description: "*: every realm" }),
    size: z
      .string()
      .meta({ description: "*: every size; * of DIMENSION: every size that takes of that quota of the cloud's" }),
    reason: z.enum(BLOCK_REASONS),
    text: z.string(),
    strikes: z.number().int().meta({ description: "Refusals in a row; the pause doubles with each" }),
    until: Time,
    triedBy: z.string().nullable().meta({ description: "Id of the deployment that tries it out after `until`" }),
  })
  .meta({ id: "Block", description: "A remembered refusal" });
export type Block = z.infer<typeof Block>;

export const BlockList = z.object({ blocks: z.array(Block) }).meta({ id: "BlockList" });
export type BlockList = z.infer<typeof BlockList>;
