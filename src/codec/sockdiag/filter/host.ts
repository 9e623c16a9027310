/** Addresses and ports as filters write them: `[FAMILY:]ADDRESS[:PORT]`. @module */
import { parseIp } from "../../wire/ip.ts";
import { netlinkProtocols } from "../netlink.ts";
import type { AddressPrefix, Host } from "./expression.ts";
import { etherTypes, services } from "./services.ts";

/** What was expected, where a text is not what it should be. */
export interface Expected {
  readonly expected: string;
}
export const isExpected = (x: unknown): x is Expected => typeof x === "object" && x !== null && "expected" in x;
const expected = (what: string): Expected => ({ expected: what });

type Family = "inet" | "inet6" | "unix" | "packet" | "netlink" | "vsock";
const families: { readonly [prefix: string]: Family } = {
  "inet:": "inet",
  "inet6:": "inet6",
  "unix:": "unix",
  "link:": "packet",
  "netlink:": "netlink",
  "vsock:": "vsock",
};

/** Without its family prefix. A text that begins with a slash, or with `@`, is a unix address by itself. */
function split(text: string): { family: Family | undefined; rest: string } {
  for (const prefix in families)
    if (text.startsWith(prefix)) return { family: families[prefix]!, rest: text.slice(prefix.length) };
  return { family: text.startsWith("/") || text.startsWith("@") ? "unix" : undefined, rest: text };
}

const integer = (text: string, max: number): number | undefined => {
  const n = /^(\d+|0x[\da-f]+)$/i.test(text) ? Number(text) : Number.NaN;
  return n <= max ? n : undefined;
};
const any = (text: string): boolean => text === "" || text === "*";

/** What follows `src` or `dst`. */
export function parseHost(text: string): Host | Expected {
  const { family, rest } = split(text);
  if (family === "unix") return { family, pattern: rest };
  if (family === undefined || family === "inet" || family === "inet6") return inetHost(rest, family);
  const colon = rest.indexOf(":");
  const address = colon < 0 ? rest : rest.slice(0, colon);
  return named(family, address, colon < 0 ? "" : rest.slice(colon + 1));
}

/** What follows `sport` or `dport`: the same, but that there is only a port. */
export function parsePort(text: string): Host | Expected {
  const { family, rest } = split(text);
  if (family === "unix") return expected("a port: unix addresses have none");
  const port = rest.startsWith(":") ? rest.slice(1) : rest;
  if (family === "packet" || family === "netlink" || family === "vsock") return named(family, "", port);
  return inetHost(`:${port}`, family);
}

function named(family: "packet" | "netlink" | "vsock", address: string, port: string): Host | Expected {
  switch (family) {
    case "packet": {
      const protocol = any(address)
        ? undefined
        : (lookUp(etherTypes, address.toLowerCase()) ?? integer(address, 0xffff));
      if (!any(address) && protocol === undefined) return expected("an Ethernet protocol");
      return {
        family,
        ...(protocol === undefined ? {} : { protocol }),
        ...(any(port) ? {} : { port: integer(port, 0x7fffffff) ?? port }),
      };
    }
    case "netlink": {
      const protocol = any(address) ? undefined : (lookUp(netlinkProtocols.values, address) ?? integer(address, 255));
      if (!any(address) && protocol === undefined)
        return expected(`a netlink protocol (${Object.keys(netlinkProtocols.values).join(", ")})`);
      const id = any(port) ? undefined : port === "kernel" ? 0 : integer(port, 0xffffffff);
      if (!any(port) && id === undefined) return expected('a port id, or "kernel"');
      return { family, ...(protocol === undefined ? {} : { protocol }), ...(id === undefined ? {} : { port: id }) };
    }
    default: {
      const cid = any(address) ? undefined : integer(address, 0xffffffff);
      if (!any(address) && cid === undefined) return expected("a context id");
      const number = any(port) ? undefined : integer(port, 0xffffffff);
      if (!any(port) && number === undefined) return expected("a port");
      return { family, ...(cid === undefined ? {} : { cid }), ...(number === undefined ? {} : { port: number }) };
    }
  }
}
const lookUp = (table: { readonly [name: string]: number }, name: string): number | undefined =>
  Object.hasOwn(table, name) ? table[name] : undefined;

function inetHost(text: string, family: "inet" | "inet6" | undefined): Host | Expected {
  const { address, port } = halves(text);
  const out: { family?: "inet" | "inet6"; prefix?: AddressPrefix; port?: number } = family ? { family } : {};
  if (!any(address)) {
    const prefix = parsePrefix(address);
    const four = prefix?.bytes.length === 4;
    if (!prefix || (family === "inet" && !four) || (family === "inet6" && four))
      return expected(`${family === "inet" ? "an IPv4" : family === "inet6" ? "an IPv6" : "an IP"} address or prefix`);
    out.prefix = prefix;
  }
  if (!any(port)) {
    const number = integer(port, 0xffff) ?? lookUp(services, port);
    if (number === undefined) return expected("a port from 0 to 65535 or the name of a service");
    out.port = number;
  }
  return out;
}

/** `[ADDRESS/LENGTH]:PORT`, `ADDRESS/LENGTH:PORT`; an IPv6 address may stand without brackets where there is no port. */
function halves(text: string): { address: string; port: string } {
  if (text.startsWith("[")) {
    const close = text.indexOf("]");
    if (close >= 0) {
      const after = /^(\/\d*)?(?::(.*))?$/.exec(text.slice(close + 1));
      if (after) return { address: text.slice(1, close) + (after[1] ?? ""), port: after[2] ?? "" };
    }
    return { address: text, port: "" };
  }
  const slash = text.indexOf("/");
  const colon = text.lastIndexOf(":");
  const split = slash >= 0 ? colon > slash : colon >= 0 && (colon === text.indexOf(":") || text.startsWith("*"));
  return split ? { address: text.slice(0, colon), port: text.slice(colon + 1) } : { address: text, port: "" };
}

/** `10.0.0.0/8`, and as iproute2 takes it, `10/8`: the octets that are left out are zero. */
function parsePrefix(text: string): AddressPrefix | undefined {
  const slash = text.indexOf("/");
  let address = slash < 0 ? text : text.slice(0, slash);
  if (/^\d+(\.\d+){0,2}$/.test(address) && slash >= 0) address += ".0".repeat(3 - (address.match(/\./g)?.length ?? 0));
  const bytes = parseIp(address);
  if (!bytes) return undefined;
  if (slash < 0) return { bytes, length: bytes.length * 8 };
  const length = integer(text.slice(slash + 1), bytes.length * 8);
  return length === undefined ? undefined : { bytes, length };
}
