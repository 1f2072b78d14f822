/** Adapter of the schema package: does a single value fit its kind? Imported lazily, as it takes some 20 ms. @module */

import * as z from "npm:zod@4.6.7";
import type { Kind } from "./kinds.ts";
import { isFirstOfRange } from "./_range.ts";

/** The kinds whose values are one scalar. */
export type ScalarKind = Extract<Kind, { is: "text" | "number" | "flag" | "choice" | "range" }>;

const schemas = new WeakMap<ScalarKind, z.ZodType>();

/** Whether the value is one of this kind. */
export function fits(kind: ScalarKind, value: unknown): boolean {
  const schema = schemas.get(kind) ?? schemaOf(kind);
  schemas.set(kind, schema);
  return schema.safeParse(value).success;
}

function schemaOf(kind: ScalarKind): z.ZodType {
  switch (kind.is) {
    case "text":
      return z.string().regex(kind.pattern);
    case "number": {
      const number = z.number().min(kind.min).max(kind.max);
      return kind.whole ? number.int() : number;
    }
    case "flag":
      return z.boolean();
    case "choice":
      return z.enum(kind.of);
    case "range":
      return z.union([z.literal("auto"), z.cidrv4().refine(isFirstOfRange)]);
  }
}
