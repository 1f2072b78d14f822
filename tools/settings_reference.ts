/**
 * `deno task settings`: writes docs/settings.md from the table of settings. A test holds it to
 * that.
 * @module
 */

import { fileFormOf } from "../lib/config/initial_config.ts";
import {
  concerns,
  defaultOn,
  descriptionOn,
  POOL_SETTINGS,
  type ProviderName,
  PROVIDERS,
  type Setting,
  SETTINGS,
} from "../lib/config/settings.ts";
import { factsOf } from "../lib/config/value_type.ts";
import { flowOf } from "../lib/config/yaml_file.ts";

const TARGET = new URL("../docs/settings.md", import.meta.url);

const HEAD = `# Settings

<!-- Made by \`deno task settings\` from lib/config/settings.ts; edit that file, not this one. -->

Every setting of a cluster's \`config.yaml\`, in the order of the file. \`xcore config set KEY VALUE\` changes one and keeps
your comments; so does an editor, which completes and checks the file by the \`config.schema.json\` beside it (VS Code with
the YAML extension, for example). The daemon applies a change within seconds, except where it says *restart*.
`;

/** The text of docs/settings.md for the settings as they are now. */
export function settingsReference(): string {
  const parts = Object.entries<Setting>(SETTINGS).map(([key, setting]) => {
    const title = setting.title === undefined ? "" : `## ${setting.title}\n\n`;
    return title + entry(key, setting) + (key === "pools" ? poolEntries() : "");
  });
  return `${HEAD}\n${parts.join("\n")}`;
}

function poolEntries(): string {
  const rows = Object.entries<Setting>(POOL_SETTINGS).map(([key, setting]) =>
    `| \`${key}\` | ${setting.description} | ${factsOf(setting.type).allowed} | ${defaults(setting)} |`
  );
  return [
    "",
    "Each pool has these keys; where one is `null`, the setting of the same name outside `pools` applies.",
    "",
    "| key | meaning | value | default |",
    "|---|---|---|---|",
    ...rows,
    "",
  ].join("\n");
}

function entry(key: string, setting: Setting): string {
  const providers = PROVIDERS.filter((provider) => concerns(setting, provider));
  const remarks = [
    `Value: ${key === "pools" ? "a list of pools" : factsOf(setting.type).allowed}.`,
    `Default: ${defaults(setting)}.`,
    ...providers.length < PROVIDERS.length ? [`Only on ${providers.join(" and ")}.`] : [],
    ...setting.identity === true ? ["Never changed."] : setting.scheduler === true ? ["*Restart.*"] : [],
  ];
  return `### \`${key}\`\n\n${descriptions(setting, providers)}\n\n${remarks.join(" ")}\n`;
}

/** The description; where providers' differ, a line for each. */
function descriptions(setting: Setting, providers: readonly ProviderName[]): string {
  const texts = Map.groupBy(providers, (provider) => descriptionOn(setting, provider));
  if (texts.size === 1) return [...texts.keys()].join();
  return [...texts].map(([text, on]) => `* ${on.join(" and ")}: ${text}`).join("\n");
}

function defaults(setting: Setting): string {
  const providers = PROVIDERS.filter((provider) => concerns(setting, provider));
  const texts = Map.groupBy(providers, (provider) => {
    const usual = defaultOn(setting, provider);
    return usual === undefined ? "none, it is required" : `\`${flowOf(fileFormOf(setting.type, usual))}\``;
  });
  if (texts.size === 1) return [...texts.keys()].join();
  return [...texts].map(([text, on]) => `${text} on ${on.join(" and ")}`).join(", ");
}

if (import.meta.main) Deno.writeTextFileSync(TARGET, settingsReference());
