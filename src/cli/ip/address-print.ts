/** An address as `ip address show` has it (print_addrinfo in ip/ipaddress.c). @module */
import { type Address, addressFlags } from "../../codec/rtnetlink/address.ts";
import type { Out } from "../../codec/tc/show.ts";
import type { Context } from "../context.ts";
import type { Devices } from "./devices.ts";

/** IFAPROT_KERNEL_LO, _RA and _LL. */
const OWN = 3;
const FOREVER = 0xffffffff;
const { secondary, permanent, deprecated } = addressFlags.values;
/** In the order that they are printed in. */
const FLAGS = [
  "secondary", "nodad", "optimistic", "dadfailed", "home", "deprecated", "tentative", "permanent", "mngtmpaddr", "noprefixroute",
  "autojoin", "stable-privacy",
] as const; // biome-ignore format: a table

/** `named`: the line says the device. */
export function printAddress(
  address: Address,
  out: Out,
  context: Context,
  devices: Devices,
  named: boolean,
  deleted = false,
): void {
  const { paint, names, globals } = context;
  const brief = Boolean(globals.brief);
  if (deleted) out.put("deleted", true, "Deleted ");
  const { family } = address;
  const colour = family === 2 ? "inet" : family === 10 ? "inet6" : undefined;
  if (!brief) {
    if (named) {
      out.put("index", address.index, `${address.index}: `);
      out.put("dev", devices.name(address.index), paint("ifname", devices.name(address.index)));
    }
    const name = family === 2 ? "inet" : family === 10 ? "inet6" : undefined;
    if (name) out.put("family", name, `    ${name} `);
    else out.put("family_index", family, `    family ${family} `);
  }
  const local = address.local ?? address.address;
  if (local !== undefined) {
    out.put("local", local, paint(colour, local));
    const peer = address.address ?? local;
    if (peer !== local) out.put("address", peer, ` peer ${paint(colour, peer)}`);
    out.put("prefixlen", address.prefixlen, `/${address.prefixlen} `);
  }
  if (address.rtPriority !== undefined) out.put("metric", address.rtPriority, `metric ${address.rtPriority} `);
  if (brief) return;
  if (address.broadcast !== undefined)
    out.put("broadcast", address.broadcast, `brd ${paint(colour, `${address.broadcast} `)}`);
  if (address.anycast !== undefined) out.put("anycast", address.anycast, `any ${paint(colour, `${address.anycast} `)}`);
  out.put("scope", names.scopes.name(address.scope), `scope ${names.scopes.name(address.scope)} `);
  const flags = address.allFlags ?? address.flags;
  printFlags(flags, family, out);
  // What the kernel set by itself goes without saying, as with iproute2 before 6.3.
  if (address.proto !== undefined && (address.proto > OWN || (globals.details ?? 0) > 1)) {
    const proto = names.addressProtocols.name(address.proto);
    out.put("protocol", proto, `proto ${proto} `);
  }
  if (address.label !== undefined) out.put("label", address.label, address.label);
  if (address.cacheinfo) {
    const { valid, preferred } = address.cacheinfo;
    // An address that is deprecated may have had its time.
    const left = (flags & deprecated) !== 0 && preferred !== FOREVER ? preferred | 0 : preferred;
    const text = (seconds: number) => (seconds === FOREVER ? "forever" : `${seconds}sec`);
    out.put("valid_life_time", valid, `\n       valid_lft ${text(valid)}`);
    out.put("preferred_life_time", left, ` preferred_lft ${text(left)}`);
  }
  out.say("\n");
}

function printFlags(flags: number, family: number, out: Out): void {
  let rest = flags;
  for (const name of FLAGS) {
    const bit = addressFlags.values[name];
    rest &= ~bit;
    if (bit === permanent) {
      if ((flags & bit) === 0) out.put("dynamic", true, "dynamic ");
    } else if ((flags & bit) !== 0) {
      const word = bit === secondary && family === 10 ? "temporary" : name;
      out.put(word, true, `${word} `);
    }
  }
  if (rest !== 0) {
    const hex = (rest >>> 0).toString(16).padStart(2, "0");
    out.put("ifa_flags", hex, `flags ${hex} `);
  }
}
