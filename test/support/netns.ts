/** Throw-away network namespaces for tests against a live kernel. @module */
import { execFileSync } from "node:child_process";
import { Connection } from "../../src/api/connection.ts";

/** Why the live kernel cannot be tested here, or undefined. */
export const noKernel: string | undefined =
  process.platform !== "linux" ? "not Linux" : process.getuid?.() !== 0 ? "not root" : undefined;
/** The name of a suite, with the reason why it is skipped. */
export const titled = (name: string): string => (noKernel ? `${name} (skipped: ${noKernel})` : name);

let serial = 0;
export interface Sandbox {
  readonly name: string;
  readonly nl: Connection;
  /** Output of the system's ip inside. */
  ip(...args: string[]): string;
  /** The same as JSON. */
  json(...args: string[]): Record<string, unknown>[];
  /** Output of the system's `bridge -d -j` inside. */
  bridge(...args: string[]): Record<string, unknown>[];
  /** Output of a program inside. */
  exec(program: string, ...args: string[]): string;
  /** Sets a sysctl inside: `net.ipv4.conf.all.forwarding`. */
  sysctl(name: string, value: string): void;
  close(): void;
}
/** A namespace of its own with loopback up, and a connection into it. */
export async function sandbox(): Promise<Sandbox> {
  const name = `nlt-${process.pid}-${serial++}`;
  execFileSync("ip", ["netns", "add", name]);
  const ip = (...args: string[]) => execFileSync("ip", ["-n", name, ...args], { encoding: "utf8", stdio: "pipe" });
  const exec = (program: string, ...args: string[]) =>
    execFileSync("ip", ["netns", "exec", name, program, ...args], { encoding: "utf8", stdio: "pipe" });
  ip("link", "set", "lo", "up");
  const nl = await Connection.open({ netns: name });
  return {
    name,
    nl,
    ip,
    json: (...args) => JSON.parse(ip("-j", ...args) || "[]"),
    bridge: (...args) =>
      JSON.parse(
        execFileSync("bridge", ["-d", "-j", "-n", name, ...args], { encoding: "utf8", stdio: "pipe" }) || "[]",
      ),
    exec,
    sysctl: (name, value) => void exec("sysctl", "-qw", `${name}=${value}`),
    close() {
      nl.close();
      execFileSync("ip", ["netns", "del", name]);
    },
  };
}

/** Output of the system's tc inside. */
export const tcOf =
  (box: Sandbox) =>
  (...args: string[]): string =>
    execFileSync("tc", ["-n", box.name, ...args], { encoding: "utf8", stdio: "pipe" });
