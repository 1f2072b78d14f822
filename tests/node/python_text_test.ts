import assert from "node:assert/strict";
import { EMBEDDED } from "../../lib/_embedded.ts";
import { withoutComments } from "../../lib/node/_python_text.ts";

/** Prints what a program is to Python, without its docstrings. */
const MEANING = `
import ast, sys
tree = ast.parse(sys.stdin.read())
for node in ast.walk(tree):
    if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)) and node.body:
        first = node.body[0]
        if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str):
            first.value.value = ""
print(ast.dump(tree))
`;

async function meaningOf(python: string): Promise<string> {
  const child = new Deno.Command(Deno.env.get("XCORE_TEST_PYTHON") ?? "python3", {
    args: ["-c", MEANING],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(python));
  await writer.close();
  const { success, stdout } = await child.output();
  assert.ok(success, python);
  return new TextDecoder().decode(stdout);
}

Deno.test("withoutComments() leaves every program of python/node the same to Python", async () => {
  const programs = Object.entries(EMBEDDED).filter(([path]) => /^python\/node\/.*\.py$/.test(path));
  assert.ok(programs.length > 5);
  for (const [path, text] of programs) {
    assert.equal(await meaningOf(withoutComments(text)), await meaningOf(text), path);
    assert.ok(withoutComments(text).length < text.length, path);
  }
});

Deno.test("withoutComments() tells comments and docstrings from what looks like them", async () => {
  const text = `"""A module's.

# no comment
"""
import os  # a comment with a "quote

URL = "http://host/#part"  # after a string
TEXT = '''one

# two''' + "\\"#"

def f(a="#"):
    '''Kept: only the usual quotes are looked for.'''
    return """
    # three"""


class Empty:
    """All it has: "a" word."""

    # the end
`;
  const bare = withoutComments(text);
  assert.equal(await meaningOf(bare), await meaningOf(text));
  for (const gone of ["A module's", "a comment", "after a string", "All it has", "the end"]) {
    assert.ok(!bare.includes(gone), gone);
  }
});
