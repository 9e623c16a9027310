/** Tests of the API that run on the virtual kernel (project unit) and on the live one (project kernel), from the same file. @module */
import { execFileSync } from "node:child_process";
import { describe, test } from "vitest";
import { Connection, type ConnectionOptions } from "../../src/api/connection.ts";
import { VirtualKernel } from "../../src/transport/virtual/index.ts";
import { noKernel } from "./netns.ts";

/** A namespace of its own with loopback up. */
export interface Box {
  readonly name: string;
  readonly nl: Connection;
  /** Another connection into it. */
  open(): Promise<Connection>;
  sysctl(name: string, value: number): void;
  /** Output of the system's ip inside, and the same as JSON: on a live kernel alone. */
  ip(...args: string[]): string;
  json(...args: string[]): Record<string, unknown>[];
  close(): void;
}
export interface TestKernel {
  readonly live: boolean;
  /** A test that needs the system's tools, or what only a live kernel has: skipped on the virtual one. */
  readonly liveTest: typeof test;
  box(): Promise<Box>;
}

/** Which kernel this run is on: vitest.config.ts says it by project; by hand, `NLINK_KERNEL=live`. */
const LIVE = process.env.NLINK_KERNEL === "live";

let serial = 0;
async function liveBox(): Promise<Box> {
  const { createNetns, deleteNetns, setSysctls } = await import("../../src/transport/linux/index.ts");
  const name = `nlt-${process.pid}-k${serial++}`;
  createNetns(name);
  const open = (options: ConnectionOptions = {}) => Connection.open({ netns: name, ...options });
  const nl = await open();
  await nl.links.set("lo", { up: true });
  const ip = (...args: string[]) => execFileSync("ip", ["-n", name, ...args], { encoding: "utf8", stdio: "pipe" });
  return {
    name,
    nl,
    open: () => open(),
    sysctl: (setting, value) => setSysctls(name, { [setting]: value }),
    ip,
    json: (...args) => JSON.parse(ip("-j", ...args) || "[]"),
    close() {
      nl.close();
      deleteNetns(name);
    },
  };
}
async function virtualBox(kernel: VirtualKernel): Promise<Box> {
  const name = `box-${serial++}`;
  kernel.createNetns(name);
  const open = () => Connection.open({ transport: kernel.open({ netns: name }) });
  const nl = await open();
  await nl.links.set("lo", { up: true });
  return {
    name,
    nl,
    open,
    sysctl: (setting, value) => kernel.setSysctl(setting, value, name),
    ip: noTools,
    json: noTools,
    close() {
      nl.close();
      kernel.deleteNetns(name);
    },
  };
}

const noTools = (): never => {
  throw new Error("the system's tools do not see the virtual kernel");
};

/** `test.skip`, which says why. */
const WHY = " (skipped: it needs the system's tools, or what is not modelled)";
const skipped = Object.assign((title: string, run: () => void) => test.skip(title + WHY, run), {
  each: (rows: readonly unknown[]) => (title: string, run: () => void) => test.skip.each(rows)(title + WHY, run),
}) as unknown as typeof test;

/** A suite that runs on whichever kernel the project is for. */
export function describeKernels(name: string, body: (kernel: TestKernel) => void): void {
  if (!LIVE) {
    const kernel = new VirtualKernel();
    describe(`${name} on the virtual kernel`, () =>
      body({ live: false, liveTest: skipped, box: () => virtualBox(kernel) }));
    return;
  }
  const title = `${name} on the live kernel`;
  describe.skipIf(noKernel)(noKernel ? `${title} (skipped: ${noKernel})` : title, () =>
    body({ live: true, liveTest: test, box: liveBox }),
  );
}
