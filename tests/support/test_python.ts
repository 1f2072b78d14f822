/** The Python that tests may use. */

/**
 * A Python with the packages of tests/requirements.txt; the test runner says which.
 * @throws {Error} it did not
 */
export function testPython(): string {
  const python = Deno.env.get("XCORE_TEST_PYTHON");
  if (!python) {
    throw new Error(
      "XCORE_TEST_PYTHON is not set: run `deno task test`, or name a Python that has distributed",
    );
  }
  return python;
}
