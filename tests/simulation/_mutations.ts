/**
 * Bugs that a developer could make: in which function, at which expression, and what replaces that.
 * @module
 */

/**
 * A node of a syntax tree as Deno's lint plugins hand it out; its children are nodes, or lists of
 * nodes.
 */
// deno-lint-ignore no-explicit-any
export type Syntax = Deno.lint.Node & Record<string, any>;

/** One expression or statement that is replaced. */
export interface Edit {
  /** Room and name of the function around it: `plan/scaleUp`, in a file of lib/plan. */
  readonly within: string;
  /**
   * Selector, as Deno's lint plugins take it, of the node that is replaced: exactly one in the
   * function.
   */
  readonly at: string;
  /** The text that replaces the node's. */
  readonly say: (node: Syntax, text: (node: Syntax) => string) => string;
}

/** A deliberate bug. */
export interface Mutation {
  /** What it does wrong: `counts no launch that is under way`. */
  readonly name: string;
  readonly edits: readonly Edit[];
}

/** Folders of lib/ with the functions that are changed. */
export const ROOMS = ["plan", "reconcile", "cluster", "price"];

type Say = Edit["say"];

const drop: Say = () => "";
const always: Say = () => "true";
/** To the compiler a boolean that may be true. */
const never: Say = () => "Boolean(0)";
const nothing: Say = () => "[]";
const left: Say = ({ left }, text) => text(left);
const right: Say = ({ right }, text) => text(right);
/** `list.filter(…)` → `list` */
const unfiltered: Say = ({ callee }, text) => text(callee.object);
/** True whatever it was, and a boolean to the compiler. */
const orAlways: Say = (node, text) => `Boolean(1) || (${text(node)})`;

const ACTIONS = "Property > ArrayExpression > SpreadElement";
const FILTER = 'CallExpression[callee.property.name="filter"]';

/** A bug in one place. */
function bug(name: string, within: string, at: string, say: Say): Mutation {
  return { name, edits: [{ within, at, say }] };
}

/** All of them. */
export const MUTATIONS: readonly Mutation[] = [
  bug(
    "counts no launch that is under way",
    "plan/missing",
    'ReturnStatement > BinaryExpression[operator="-"]',
    left,
  ),
  bug(
    "gives a name that is under way",
    "plan/scaleUp",
    "ArrayExpression > SpreadElement:nth-child(2) > *",
    nothing,
  ),
  bug(
    "does not count what is stopping, where that costs",
    "plan/isCounted",
    "ReturnStatement > *",
    (_node) => 'instance.state !== "stopping"',
  ),
  bug(
    "does not count what was told to end",
    "plan/missing",
    'CallExpression[callee.name="isCounted"]',
    (_node) => 'worker.state !== "stopping"',
  ),
  bug("launches before it has a whole listing", "plan/scaleUp", "IfStatement:has(> UnaryExpression)", drop),
  bug(
    "believes the first listing that lacks an instance",
    "plan/isGone",
    "ReturnStatement > CallExpression",
    always,
  ),
  {
    name: "believes a partial listing",
    edits: [
      { within: "plan/withListing", at: "VariableDeclarator > LogicalExpression", say: right },
      { within: "plan/isGone", at: "IfStatement > LogicalExpression", say: left },
    ],
  },
  bug(
    "uses a token again",
    "reconcile/launch",
    "SpreadElement + Property > CallExpression",
    () => 'spec.names.join("-")',
  ),
  bug(
    "makes a lost call again with another token",
    "reconcile/replay",
    "VariableDeclarator > AwaitExpression > CallExpression",
    ({ callee, arguments: [deps, attempt] }, text) =>
      `${text(callee)}(${text(deps)}, { ...${text(attempt)}, id: ${text(deps)}.random.hex(12) })`,
  ),
  bug(
    "does not write a launch down first",
    "reconcile/launch",
    "VariableDeclaration:first-child + ExpressionStatement > AwaitExpression",
    drop,
  ),
  bug(
    "takes the refusal of the second call for the first one's",
    "reconcile/replay",
    "IfStatement > ThrowStatement",
    (refuse, text) =>
      `{ await deps.history.closeAttempt(attempt.id, { launched: [], error: "refused" }); ${text(refuse)} }`,
  ),
  bug(
    "closes a call that had no answer",
    "reconcile/call",
    "ReturnStatement > ConditionalExpression",
    () => '{ refusal: error instanceof XcoreError ? error : new XcoreError(String(error), "") }',
  ),
  bug(
    "makes a call again that there is no room for",
    "plan/fits",
    'IfStatement > BinaryExpression[operator=">"]',
    never,
  ),
  bug("makes a call again whose names others have", "plan/fits", "IfStatement:has(> CallExpression)", drop),
  bug(
    "makes a call again before it has a whole listing",
    "plan/fits",
    "IfStatement:has(> UnaryExpression)",
    drop,
  ),
  bug("closes no lost call", "plan/isPast", "IfStatement > LogicalExpression", orAlways),
  bug(
    "closes a lost call that may be under way",
    "plan/isPast",
    'ReturnStatement > BinaryExpression > BinaryExpression[operator="+"]',
    left,
  ),
  bug(
    "takes a launch that the cloud took back for a boot that failed",
    "reconcile/closeRefused",
    'LogicalExpression[operator="??"]',
    (refused, text) => `(${text(refused)}).slice(0, 0)`,
  ),
  bug(
    "counts no worker against the hourly limit",
    "plan/pricesOf",
    'ArrayExpression > SpreadElement > CallExpression[callee.property.name="map"]',
    nothing,
  ),
  bug(
    "counts no call in flight against the hourly limit",
    "plan/pricesOf",
    'ArrayExpression > SpreadElement > CallExpression[callee.property.name="flatMap"]',
    nothing,
  ),
  bug(
    "launches what it does not know the price of",
    "plan/affordable",
    "VariableDeclarator > CallExpression",
    (price, text) => `${text(price)} ?? 1`,
  ),
  bug(
    "launches as many as wanted, whatever they cost",
    "plan/scaleUp",
    'CallExpression[callee.property.name="min"]',
    ({ arguments: [lacking] }, text) => text(lacking),
  ),
  bug(
    "makes a call again that there is no money for",
    "plan/fits",
    'ReturnStatement > BinaryExpression[operator=">="]',
    always,
  ),
  bug(
    "launches more workers than a budget pays for",
    "plan/affordable",
    'CallExpression[callee.property.name="min"]',
    ({ arguments: [perHour] }, text) => text(perHour),
  ),
  bug(
    "takes no budget for used up",
    "plan/reachedBudget",
    "ReturnStatement > ConditionalExpression",
    () => "null",
  ),
  bug(
    "lets workers with tasks go on when a budget is used up",
    "plan/overBudget",
    "VariableDeclarator > ConditionalExpression",
    () => "{}",
  ),
  bug(
    "drains no worker when a budget is used up",
    "plan/overLimit",
    "IfStatement:has(> BinaryExpression)",
    drop,
  ),
  bug(
    "forgets that a cloud bills a minute at least",
    "price/costOf",
    "IfStatement IfStatement > ExpressionStatement",
    () => "{}",
  ),
  bug(
    "goes on counting at the price at which a machine began to run",
    "price/seen",
    "IfStatement > LogicalExpression",
    (node, text) =>
      `${text(node)} || (before !== undefined && before.machineUsd !== 0 && rate.machineUsd !== 0)`,
  ),
  bug(
    "counts a machine as running until it is gone",
    "reconcile/livesAfter",
    'VariableDeclarator[id.name="stopsNow"] > LogicalExpression',
    (node, text) => `${text(node)} && Boolean(0)`,
  ),
  bug(
    "does not tell the scheduler what is left of the budget",
    "reconcile/budgetOf",
    "ReturnStatement > CallExpression",
    () => "undefined",
  ),
  bug(
    "tells the scheduler that there is no budget while the sum of costs cannot be read",
    "plan/budgetTerms",
    'ReturnStatement > Identifier[name="undefined"]',
    () => "null",
  ),
  bug("acts on what it was told long ago", "reconcile/isFresh", "ReturnStatement > BinaryExpression", always),
  bug("acts without the lease", "plan/plan", "IfStatement > LogicalExpression", left),
  bug(
    "acts on a listing from before it had the lease",
    "reconcile/observe",
    "Property > LogicalExpression > LogicalExpression",
    left,
  ),
  bug(
    "forgets at its start what was launched just before",
    "reconcile/readHistory",
    "Property > CallExpression",
    nothing,
  ),
  {
    name: "forgets at its start what was written down an hour ago, by the clock",
    edits: [
      {
        within: "reconcile/readHistory",
        at: "ObjectPattern:first-child",
        say: (pattern, text) => text(pattern).replace(" }", ", clock }"),
      },
      {
        within: "reconcile/readHistory",
        at: "IfStatement ~ VariableDeclaration AwaitExpression",
        say: (read, text) =>
          `(${text(read)}).filter(({ attempt }) => attempt.atMs >= clock.nowMs() - 3600_000)`,
      },
    ],
  },
  bug("takes an instance that is there for one that is gone", "reconcile/tick", FILTER, unfiltered),
  bug(
    "terminates what is late without asking the scheduler",
    "reconcile/terminate",
    "VariableDeclarator > ConditionalExpression",
    () => 'await Promise.resolve({ busy: [""], kept: [""] })',
  ),
  bug(
    "terminates what the scheduler calls busy",
    "reconcile/retire",
    `AwaitExpression ${FILTER}`,
    unfiltered,
  ),
  bug(
    "tells no instance a second time to end",
    "plan/terminations",
    `${ACTIONS}:nth-child(3) > CallExpression`,
    nothing,
  ),
  bug(
    "tells no instance again to end whose call failed",
    "plan/terminations",
    `${ACTIONS}:nth-child(2) > CallExpression`,
    nothing,
  ),
  bug(
    "asks the worker to retire that has the name of an instance that ends",
    "reconcile/isAnothersName",
    "ReturnStatement > *",
    () => "false",
  ),
  bug(
    "takes a call that has ended nothing for the end of a run",
    "reconcile/withoutStop",
    "ReturnStatement > *",
    () => "life",
  ),
  bug("never gives an instance up", "plan/terminations", `${ACTIONS}:nth-child(4) > CallExpression`, nothing),
  bug("leaves what is powered off", "plan/terminations", `${ACTIONS}:nth-child(1) > CallExpression`, nothing),
  bug(
    "keeps workers of a pool that is no more",
    "plan/scaleDown",
    "VariableDeclarator > ArrayExpression > SpreadElement:nth-child(2) > *",
    nothing,
  ),
  bug(
    "never gives results up",
    "plan/giveUpResults",
    'IfStatement > BinaryExpression[left.name="holdResultsS"]',
    orAlways,
  ),
  bug(
    "does not see that a worker cannot retire",
    "plan/isKept",
    "ReturnStatement > LogicalExpression",
    never,
  ),
  bug(
    "remembers for ever that there was no capacity",
    "plan/rememberNoCapacity",
    'BinaryExpression[operator="+"]',
    () => "Infinity",
  ),
  bug(
    "forgives nothing",
    "plan/clearFailures",
    "ReturnStatement > ObjectExpression",
    ({ properties: [before] }, text) => `{ ...${text(before.argument)} }`,
  ),
  bug(
    "does not see a client that waits to send its input",
    "plan/demandOf",
    'BinaryExpression[operator=">"][left.property.name="pendingScatters"]',
    never,
  ),
  bug("does not see a client that waits for workers", "plan/countsAsOne", "ReturnStatement > *", never),
  bug(
    "launches nothing that is asked for",
    "plan/demandOf",
    'LogicalExpression[operator="??"]:has(> ChainExpression)',
    right,
  ),
  bug(
    "takes a worker for an earlier one of its name",
    "plan/updateMemory",
    "CallExpression > ConditionalExpression",
    ({ consequent }, text) => text(consequent),
  ),
  bug(
    "retires workers that are asked for",
    "plan/surplusOf",
    'BinaryExpression[left.name="ableCount"]',
    left,
  ),
  bug(
    "throws when the history cannot be written",
    "reconcile/record",
    "CatchClause > BlockStatement",
    () => "{ throw error; }",
  ),
  bug(
    "calls it a shutdown when the first listing is empty",
    "cluster/endWorkers",
    "IfStatement > LogicalExpression > CallExpression",
    always,
  ),
  bug(
    "calls it a shutdown when a part of the cloud is silent",
    "cluster/endWorkers",
    "VariableDeclarator > LogicalExpression:has(> BinaryExpression)",
    left,
  ),
  bug(
    "shuts down beside a daemon that launches again",
    "cluster/keepOthersOut",
    "IfStatement > LogicalExpression",
    ({ left, right }, text) => `${text(left)} || Boolean(1) || ${text(right)}`,
  ),
];
