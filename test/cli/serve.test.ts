/** `nlink serve`, without a kernel: what is asked and what is answered. @module */
import { expect, test } from "vitest";
import { cli } from "../support/cli.ts";

async function served(...lines: string[]) {
  const { code, stdout, stderr } = await cli(["serve"], {
    stdin: (async function* () {
      yield lines.join("\n");
    })(),
  });
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  return stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
}
const DONE = "10000000030000000100000000000000";

test("answers come in order, each on a line, with what standard input said", async () => {
  const answers = await served(
    JSON.stringify({ argv: ["decode", "--hex", DONE] }),
    "",
    JSON.stringify({ argv: ["decode", "--hex", "-"], stdin: `${DONE}\n` }),
    JSON.stringify({ argv: ["nosuch"] }),
    JSON.stringify({ argv: [] }),
  );
  expect(answers).toEqual([
    { code: 0, stdout: "done\n", stderr: "" },
    { code: 0, stdout: "done\n", stderr: "" },
    { code: 1, stdout: "", stderr: 'Object "nosuch" is unknown, try "nlink help".\n' },
    { code: 255, stdout: "", stderr: expect.stringContaining("Usage: nlink") },
  ]);
});

test.each<[string, string]>([
  ["{", "not JSON: "],
  ["7", "not an object"],
  ["[]", "not an object"],
  ["{}", '"argv" must be a list of strings'],
  ['{"argv":"ip"}', '"argv" must be a list of strings'],
  ['{"argv":[1]}', '"argv" must be a list of strings'],
  ['{"argv":[],"netns":7}', '"netns" must be a string'],
  ['{"argv":[],"stdin":{}}', '"stdin" must be a string'],
  ['{"argv":[],"timeout":"x"}', '"timeout" must be a number of milliseconds'],
  ['{"argv":[],"nosuch":1}', '"nosuch" is not known; there are argv, netns, stdin, timeout'],
])("%s is answered, and the next one too", async (line, reason) => {
  const [wrong, right] = await served(line, JSON.stringify({ argv: ["decode", "--hex", DONE] }));
  expect(wrong).toEqual({ code: 255, stdout: "", stderr: expect.stringMatching(/^Error: .*\n$/) });
  expect(wrong.stderr).toContain(reason);
  expect(right).toMatchObject({ code: 0, stdout: "done\n" });
});
