/** What has a name of its own beside `worker-0` and the others. @module */

/** The scheduler. */
export const SCHEDULER = "scheduler";

/** The daemon. */
export const DAEMON = "daemon";
