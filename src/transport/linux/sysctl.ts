/** Settings of the network under /proc/sys/net: each namespace has its own, and who opens the file decides whose they are. @module */
import { readFileSync, writeFileSync } from "node:fs";
import { NetlinkError } from "../netlink-error.ts";
import { errno } from "./errno.ts";
import { failure, systemFailure } from "./failure.ts";
import { type NetnsSpec, withNetns } from "./netns.ts";

/**
 * Value of a setting, such as `"net.ipv4.ip_forward"`, without the newline at its end.
 * @throws {NamespaceNotFound} @throws {NetlinkError} `ENOENT`: there is no such setting there
 */
export function getSysctl(spec: NetnsSpec, name: string): string {
  const path = pathOf(name);
  return withNetns(spec, () => read(name, path));
}

/**
 * Sets several; when one cannot be, those before it get their values back.
 * @throws {NamespaceNotFound} @throws {NetlinkError} `ENOENT` @throws {TransportError} `EINVAL` for a value that cannot be, `EACCES` for what cannot be set
 */
export function setSysctls(spec: NetnsSpec, values: { readonly [name: string]: string | number }): void {
  const settings = Object.entries(values).map(([name, value]) => ({
    name,
    path: pathOf(name),
    value: textOf(name, value),
  }));
  withNetns(spec, () => {
    const before: (() => void)[] = [];
    try {
      for (const { name, path, value } of settings) {
        const old = settings.length > 1 ? read(name, path) : undefined;
        attemptOf(name, () => writeFileSync(path, value, { flag: "r+" }));
        if (old !== undefined) before.push(() => writeFileSync(path, old, { flag: "r+" }));
      }
    } catch (error) {
      for (const restore of before.reverse()) restore();
      throw error;
    }
  });
}

const read = (name: string, path: string): string =>
  attemptOf(name, () => readFileSync(path, "utf8").replace(/\n$/, ""));

function attemptOf<T>(name: string, call: () => T): T {
  try {
    return call();
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code !== "ENOENT" && code !== "ENOTDIR" && code !== "EISDIR") throw systemFailure(cause, name);
    throw new NetlinkError(
      { code: "ENOENT", errno: errno.ENOENT, operation: "find sysctl", cause },
      `sysctl not found: ${name}`,
    );
  }
}

/**
 * As sysctl(8) has it, the first separator says which it is: `net.ipv4.conf.eth0/1.forwarding` and `net/ipv4/conf/eth0.1/forwarding` are of
 * the device eth0.1.
 */
function pathOf(name: string): string {
  const text = String(name);
  const dotted = /^[^/]*\./.test(text);
  const path = dotted ? text.replace(/[./]/g, (c) => (c === "." ? "/" : ".")) : text;
  const parts = path.split("/");
  if (parts[0] === "net" && parts.length > 1 && parts.every((part) => !/^\.{0,2}$/.test(part) && !part.includes("\0")))
    return `/proc/sys/${path}`;
  throw failure(
    "sysctl",
    errno.EINVAL,
    `${JSON.stringify(name)} is not the name of a network setting, such as net.ipv4.ip_forward`,
  );
}

function textOf(name: string, value: unknown): string {
  if (typeof value === "string" || (typeof value === "number" && Number.isFinite(value))) return String(value);
  throw failure("sysctl", errno.EINVAL, `${name}: ${JSON.stringify(value)} is not a number or a text`);
}
