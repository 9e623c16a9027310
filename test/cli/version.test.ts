/** -V of every program. @module */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { cli } from "../support/cli.ts";

const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));

test.each([
  ["-V", `nlink ${version}`],
  ["--version", `nlink ${version}`],
  ["ip -V", `ip of nlink ${version}`],
  ["ip -Version link", `ip of nlink ${version}`],
  ["-V tc", `nlink ${version}`],
  ["tc --version", `tc of nlink ${version}`],
  ["ss -V", `ss of nlink ${version}`],
])("%s", async (line, said) => {
  expect(await cli(line.split(" "))).toEqual({ code: 0, stdout: `${said}\n`, stderr: "" });
});
