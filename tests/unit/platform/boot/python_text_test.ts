import assert from "node:assert/strict";
import { EMBEDDED } from "../../../../lib/_embedded.ts";
import { withoutComments } from "../../../../lib/platform/boot/boot_files.ts";
import { testPython } from "../../../support/test_python.ts";

/** Prints, for each pair of programs, whether they are the same but for their docstrings. */
const COMPARE = `
import ast, json, sys

DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)

def shape(text):
    tree = ast.parse(text)
    for node in ast.walk(tree):
        if isinstance(node, DOCUMENTED) and ast.get_docstring(node) is not None:
            node.body[0].value.value = ""
            if len(node.body) > 1:
                del node.body[0]
    return ast.dump(tree)

print(json.dumps([shape(before) == shape(after) for before, after in json.load(sys.stdin)]))
`;

async function sameInPython(pairs: readonly (readonly [string, string])[]): Promise<boolean[]> {
  const child = new Deno.Command(testPython(), {
    args: ["-I", "-c", COMPARE],
    ...{ stdin: "piped", stdout: "piped", stderr: "inherit" },
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(JSON.stringify(pairs)));
  await writer.close();
  return JSON.parse(new TextDecoder().decode((await child.output()).stdout));
}

Deno.test("withoutComments() leaves the program of every file of python/node/ as it is", async () => {
  const programs = Object.entries(EMBEDDED).filter(([path]) => /^python\/node\/.*\.py$/.test(path));
  assert.ok(programs.length > 20);
  const same = await sameInPython(programs.map(([, text]) => [text, withoutComments(text)]));
  assert.deepEqual(programs.filter((_, i) => !same[i]).map(([path]) => path), []);
});

Deno.test("withoutComments() takes comments and docstrings away, and nothing that looks like them", async () => {
  const program = `"""What it is."""
# a comment
X = "# no comment"  # a comment

class Y(Exception):
    """All it has."""

    def f(self):
        # a comment
        return '"""', 'it\\'s # none', [
            1,  # the one
        ]
`;
  const bare = withoutComments(program);
  assert.doesNotMatch(bare, /What it is|All it has|a comment|the one|\n\n/);
  assert.match(bare, /# no comment/);
  assert.deepEqual(await sameInPython([[program, bare]]), [true]);
});
