/** The nouns of the project: types and tables, no behaviour, no imports from elsewhere. @module */

export * from "./action.ts";
export * from "./attempt.ts";
export * from "./instance.ts";
export * from "./names.ts";
export * from "./offerings.ts";
export * from "./pool.ts";
export * from "./scheduler.ts";
export * from "./snapshot.ts";
export * from "./status.ts";
