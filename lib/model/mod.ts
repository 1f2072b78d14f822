/** The nouns of the project: types and tables. @module */

export * from "./action.ts";
export * from "./instance.ts";
export * from "./life.ts";
export * from "./problem.ts";
export * from "./sample.ts";
export * from "./scheduler.ts";
export * from "./status.ts";
