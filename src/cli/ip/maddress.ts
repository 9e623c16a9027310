/** `nlink ip maddress`: what the kernel tells of in /proc/net only (ip/ipmaddr.c). @module */
import { readFileSync } from "node:fs";
import { AF_INET, AF_INET6 } from "../../api/options.ts";
import type { Out } from "../../codec/tc/show.ts";
import { parseHex } from "../../codec/text/hex.ts";
import { formatIp } from "../../codec/wire/ip.ts";
import { parseMac } from "../../codec/wire/mac.ts";
import type { Context } from "../context.ts";
import { failure, usage } from "../failure.ts";
import { device, text } from "../grammar/args.ts";
import { command, group } from "../grammar/command.ts";
import { familyColour } from "./route-print.ts";

interface Member {
  readonly index: number;
  readonly name: string;
  /** `link`, `inet` or `inet6`. */
  readonly family: "link" | "inet" | "inet6";
  readonly address: string;
  readonly users: number;
  readonly static: boolean;
}
const LINKS = 17;

/** The files of a namespace's /proc/net. */
async function read(context: Context, names: readonly string[]): Promise<string[]> {
  if (context.io.open) throw failure("Groups are not known of a kernel in memory.");
  const netns = context.globals.netns ?? context.io.netns;
  const all = () =>
    names.map((name) => {
      try {
        return readFileSync(`/proc/thread-self/net/${name}`, "utf8");
      } catch {
        return ""; // a kernel without it
      }
    });
  if (netns === undefined) return all();
  const { withNetns } = await import("../../transport/linux/index.ts");
  return withNetns(netns, all);
}
const colons = (hex: string): string => hex.replace(/..(?=.)/g, "$&:");

function members([links = "", igmp = "", igmp6 = ""]: readonly string[]): Member[] {
  const found: Member[] = [];
  for (const [, index, name, users, fixed, address] of links.matchAll(/^(\d+)\s+(\S+)\s+(\d+)\s+(\d+)\s+([\da-f]+)$/gm))
    found.push({
      index: Number(index),
      name: name!,
      family: "link",
      address: colons(address!),
      users: Number(users),
      static: fixed !== "0",
    });
  let of: { index: number; name: string } | undefined;
  for (const line of igmp.split("\n")) {
    const head = /^(\d+)\s+(\S+?)\s*:/.exec(line);
    if (head) of = { index: Number(head[1]), name: head[2]! };
    const group = /^\s+([\dA-F]{8})\s+(\d+)\s/.exec(line);
    // In the host's byte order.
    if (group && of)
      found.push({
        ...of,
        family: "inet",
        address: formatIp(parseHex(group[1]!)!.reverse()),
        users: Number(group[2]),
        static: false,
      });
  }
  for (const [, index, name, address, users] of igmp6.matchAll(/^(\d+)\s+(\S+)\s+([\da-f]{32})\s+(\d+)/gm))
    found.push({
      index: Number(index),
      name: name!,
      family: "inet6",
      address: formatIp(parseHex(address!)!),
      users: Number(users),
      static: false,
    });
  return found;
}

export const maddress = group({
  name: "maddress",
  help: "multicast groups that devices have joined",
  otherwise: "show",
  entries: [
    ...(["add", "delete"] as const).map((verb) =>
      command({
        name: verb,
        help: verb === "add" ? "have a device receive what is sent to an address of the link layer" : "no longer",
        options: {
          address: { arg: text("MULTIADDR"), help: "01:00:5e:00:00:05" },
          dev: { arg: device, help: "the device" },
        },
        bare: ["address"],
        async run(context, { address, dev }) {
          if (address === undefined || dev === undefined)
            throw usage('Not enough information: an address and "dev" are required.');
          if (context.io.open) throw failure("Groups are not known of a kernel in memory.");
          const bytes = parseMac(address);
          if (!bytes) throw failure(`"${address}" is invalid lladdr.`);
          const { setMulticast } = await import("../../transport/linux/index.ts");
          setMulticast(dev, bytes, verb, context.globals.netns ?? context.io.netns);
        },
      }),
    ),
    command({
      name: "show",
      also: ["list", "lst"],
      help: "show groups",
      options: { dev: { arg: device, help: "those of a device" } },
      bare: ["dev"],
      async run(context, { dev }) {
        const { globals, printer, paint } = context;
        const { family } = globals;
        const wanted = (member: Member) =>
          (dev === undefined || member.name === dev) &&
          (!family ||
            (family === LINKS ? member.family === "link" : member.family === (family === AF_INET6 ? "inet6" : "inet")));
        const all = members(await read(context, ["dev_mcast", "igmp", "igmp6"])).filter(wanted);
        const devices = new Map<number, Member[]>();
        for (const member of all) devices.set(member.index, [...(devices.get(member.index) ?? []), member]);
        const print = ({ family: of, address, users, static: fixed }: Member, out: Out) => {
          if (of === "link") out.put("link", address, `\tlink  ${paint("mac", address)}`);
          else {
            out.put("family", of, `\t${of.padEnd(5)} `);
            out.put("address", address, paint(familyColour(of === "inet" ? AF_INET : AF_INET6), address));
          }
          if (users > 1) out.put("users", users, ` users ${users}`);
          if (fixed) out.put("features", "static", " static");
          out.say("\n");
        };
        await printer.list((item) => {
          for (const [index, list] of [...devices].sort(([a], [b]) => a - b)) {
            const { name } = list[0]!;
            if (globals.oneline && !globals.json) {
              for (const member of list)
                item((out) => {
                  out.say(`${index}:\t${name}\n`);
                  print(member, out);
                });
              continue;
            }
            item((out) => {
              out.put("ifindex", index, `${index}:`);
              out.put("ifname", name, `\t${paint("ifname", name)}\n`);
              out.array("maddr", (members_) => {
                for (const member of list) members_.object("", (one) => print(member, one));
              });
            });
          }
        });
      },
    }),
  ],
});
