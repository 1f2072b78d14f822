/** What an instance runs when it boots, facts in, user data out, and what it then says of itself; pure. @module */

export * from "./boot_facts.ts";
export { hostKeysIn, kindOfKey } from "./host_keys.ts";
export { minorVersion } from "./requirements.ts";
export { PRELOAD_FILES } from "./preload_files.ts";
export {
  imageScript,
  schedulerScript,
  schedulerUserData,
  workerScript,
  workerUserData,
} from "./user_data.ts";
