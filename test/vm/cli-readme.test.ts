/**
 * Every line of the command section of nlink 0.1.2's README, as it is written, on this machine's own devices and namespaces: what it does is seen
 * by the system's tools.
 * @module
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { splitWords } from "../../src/cli/batch.ts";
import type { Io } from "../../src/cli/io.ts";
import { cli, type Ran, system } from "../support/cli.ts";
import { README_LINES, README_SETUP } from "../support/readme-lines.ts";

const outside = process.env.NLINK_VM === undefined ? " (skipped: not in the emulator, whose devices are its own)" : "";
describe.skipIf(outside !== "")(`lines of the README of nlink 0.1.2${outside}`, () => {
  const words = (line: string) => splitWords(line).map((word) => (word === "$$" ? String(process.pid) : word));
  const run = (line: string, more: Partial<Io> = {}) => cli(words(line), more);
  const must = (line: string) => {
    const { code, stderr } = system(words(line));
    expect({ line, code, stderr: stderr.replace(/^Warning: .*\n/gm, "") }).toEqual({ line, code: 0, stderr: "" });
  };
  const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
  beforeAll(() => {
    for (const line of README_SETUP) must(line);
    // Many a machine has no ping: this one says which VRF it is in.
    const bin = mkdtempSync(join(tmpdir(), "nlink-bin-"));
    writeFileSync(join(bin, "ping"), '#!/bin/sh\necho "PING $1"\nexec ip vrf identify $$\n', { mode: 0o755 });
    process.env.PATH = `${bin}:${process.env.PATH}`;
  });
  afterAll(() => {
    for (const name of ["eth0", "vrf0", "gre1", "tun0"]) system(["ip", "link", "del", name]);
    system(["ip", "rule", "del", "table", "200"]);
    execFileSync("ip", ["link", "set", "lo", "up"]);
  });

  for (const row of README_LINES)
    test(row.line, async () => {
      for (const line of row.before ?? []) must(line);
      const { code, stdout, stderr } = row.meanwhile ? await watched(row.line, row.meanwhile) : await run(row.line);
      expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
      if (row.says) expect(stdout).toMatch(row.says);
      if (row.look) expect(system(words(row.look[0])).stdout).toMatch(row.look[1]);
      if (row.gone) expect(system(words(row.gone[0])).stdout).not.toMatch(row.gone[1]);
      for (const line of row.after ?? []) must(line);
    });

  async function watched(line: string, meanwhile: string): Promise<Ran> {
    await run(line, { signal: AbortSignal.abort() });
    const ends = new AbortController();
    const watch = run(line, { signal: ends.signal });
    await pause(1000);
    must(meanwhile);
    await pause(1000);
    ends.abort();
    return watch;
  }
});
