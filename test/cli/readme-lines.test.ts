/** Every line of the command section of nlink 0.1.2's README, on a virtual kernel. @module */
import { beforeAll, describe, expect, test } from "vitest";
import { splitWords } from "../../src/cli/batch.ts";
import type { Io } from "../../src/cli/io.ts";
import { VirtualKernel } from "../../src/transport/virtual/index.ts";
import { cli, type Ran } from "../support/cli.ts";
import { README_LINES, README_SETUP, type ReadmeLine } from "../support/readme-lines.ts";

describe("lines of the README of nlink 0.1.2, on a virtual kernel", () => {
  const kernel = new VirtualKernel();
  const world: Partial<Io> = {
    open: ({ netns, receiveBufferSize }) => kernel.open({ netns, receiveBufferSize }),
    namespaces: {
      list: () => kernel.listNetns(),
      create: (name) => kernel.createNetns(name),
      remove: (name) => kernel.deleteNetns(name),
    },
  };
  const run = (line: string, more: Partial<Io> = {}): Promise<Ran> => cli(splitWords(line), { ...world, ...more });
  const must = async (line: string) => {
    expect({ line, ...(await run(line)) }).toMatchObject({ line, code: 0, stderr: "" });
  };
  beforeAll(async () => {
    for (const line of README_SETUP) await must(line);
  });

  const title = ({ line, live }: ReadmeLine) => (live === undefined ? line : `${line} (skipped: ${live})`);
  for (const row of README_LINES)
    test.skipIf(row.live !== undefined)(title(row), async () => {
      for (const line of row.before ?? []) await must(line);
      const { code, stdout, stderr } = row.meanwhile ? await watched(row.line, row.meanwhile) : await run(row.line);
      expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
      if (row.says) expect(stdout).toMatch(row.says);
      if (row.look) expect((await run(row.look[0])).stdout).toMatch(row.look[1]);
      if (row.gone) expect((await run(row.gone[0])).stdout).not.toMatch(row.gone[1]);
      for (const line of row.after ?? []) await must(line);
    });

  async function watched(line: string, meanwhile: string): Promise<Ran> {
    // Once for its modules to be loaded: what happens before it listens is not told.
    await run(line, { signal: AbortSignal.abort() });
    const ends = new AbortController();
    const watch = run(line, { signal: ends.signal });
    await new Promise((resolve) => setTimeout(resolve, 50));
    await must(meanwhile);
    await new Promise((resolve) => setTimeout(resolve, 50));
    ends.abort();
    return watch;
  }
});
