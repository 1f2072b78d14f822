/**
 * What Deno 2.7's bundler makes of packages that were written for Node, repaired in its output.
 * @module
 */

/** Repairs every file of a bundle. */
export async function repairBundle(folder: string): Promise<void> {
  const paths: string[] = [];
  for await (const { name } of Deno.readDir(folder)) paths.push(`${folder}/${name}`);
  const texts = await Promise.all(paths.map((path) => Deno.readTextFile(path)));
  const services = servicesIn(texts);
  await Promise.all(texts.map((text, i) => Deno.writeTextFile(paths[i]!, repaired(text, services))));
}

/**
 * One file of a bundle, repaired; `services` are what the whole bundle looks up in Google's protocol
 * descriptions.
 */
export function repaired(text: string, services: ReadonlySet<string>): string {
  return namingItsFolder(withPrunedProtos(importingAsNodeDoes(text), services));
}

/**
 * tslib's module takes `default` of its CommonJS half: in Node that is the whole of it. The bundler
 * looks for a property of that name, finds none, and @peculiar/x509, which uses tslib, cannot be
 * loaded. gaxios looks for the agent that speaks to a proxy by its name: in Node a CommonJS module
 * has its exports so, in the bundle by `default` alone.
 */
function importingAsNodeDoes(text: string): string {
  return text.replaceAll(/__toESM\((require_tslib\d*\(\))\)/g, "__toESM($1, 1)")
    .replaceAll(/(\(await import\("[^"]+"\)\))\.HttpsProxyAgent\b/g, "$1.default.HttpsProxyAgent");
}

/** A CommonJS module knows its folder by a variable that a bundle, being an ES module, has not. */
function namingItsFolder(text: string): string {
  return /\b__dirname\b/.test(text) ? `const __dirname = import.meta.dirname;\n${text}` : text;
}

/**
 * The services of Google's protocol descriptions that clients in these files look up, by their full
 * names.
 */
export function servicesIn(texts: readonly string[]): Set<string> {
  return new Set(
    texts.flatMap((text) => [...text.matchAll(/\blookupService\("([\w.]+)"\)/g)].map(([, name]) => name!)),
  );
}

/**
 * A protocol description as protobufjs writes it: a tree of names, at whose leaves are services and
 * messages.
 */
export interface Proto {
  readonly nested?: Readonly<Record<string, Proto>>;
  readonly methods?: Readonly<
    Record<string, { readonly requestType: string; readonly responseType: string }>
  >;
  readonly fields?: Readonly<Record<string, { readonly type: string }>>;
}

const PROTOS =
  /(\/@google-cloud\/compute\/[^"]*\/protos\.json"\(exports, module\) \{\n\s*module\.exports = )(\{[\s\S]*?\n {4}\})(;\n)/;

/**
 * A client of Google's loads the description of all of the Compute API, and resolves every name in
 * it: 12 MB of program, 130 MB of memory and a third of a second. Only what the bundled clients can
 * reach is kept.
 */
function withPrunedProtos(text: string, services: ReadonlySet<string>): string {
  return text.replace(PROTOS, (_whole, before: string, literal: string, after: string) => {
    const all = new Function(`return ${literal}`)() as Proto;
    return before + JSON.stringify(pruned(all, services)) + after;
  });
}

/**
 * The description with only the named services of the Compute API, and what their messages consist
 * of.
 */
export function pruned(all: Proto, services: ReadonlySet<string>): Proto {
  const api = ["google", "cloud", "compute", "v1"];
  const whole = api.reduce<Proto>((node, name) => node.nested?.[name] ?? {}, all);
  const v1 = whole.nested ?? {};
  const kept = new Set<string>();
  const waiting = [...services].map((name) => name.split(".").at(-1)!);
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    const found = v1[name];
    if (found === undefined || kept.has(name)) continue; // a scalar, or a message of another package
    kept.add(name);
    waiting.push(...typesIn(found));
  }
  const nested = Object.fromEntries(Object.entries(v1).filter(([name]) => kept.has(name)));
  return replaced(all, api, { ...whole, nested });
}

function typesIn({ methods = {}, fields = {}, nested = {} }: Proto): string[] {
  return [
    ...Object.values(methods).flatMap(({ requestType, responseType }) => [requestType, responseType]),
    ...Object.values(fields).map(({ type }) => type),
    ...Object.values(nested).flatMap(typesIn),
  ];
}

/**
 * The tree with another node at a path, and none beside it in its last folder: other versions of
 * the API are unused.
 */
function replaced(node: Proto, [head, ...rest]: readonly string[], by: Proto): Proto {
  const inner = rest.length === 0 ? by : replaced(node.nested?.[head!] ?? {}, rest, by);
  const siblings = rest.length === 0 ? {} : node.nested;
  return { ...node, nested: { ...siblings, [head!]: inner } };
}
