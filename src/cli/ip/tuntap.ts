/** `nlink ip tuntap`. @module */

import { NetlinkError } from "../../api/errors.ts";
import { TunTap, type TunTapInfo, type TunTapOptions } from "../../api/tuntap.ts";
import { errnoText } from "../../codec/nlmsg/errno.ts";
import type { Context } from "../context.ts";
import { failure, usage } from "../failure.ts";
import { device, oneOf, text } from "../grammar/args.ts";
import { command, group, type Options, type Values } from "../grammar/command.ts";
import { machine } from "../namespaces.ts";

const options = {
  dev: { also: ["name"], arg: device, help: "the device" },
  mode: { arg: oneOf("tun", "tap"), help: "IP packets, or Ethernet frames" },
  user: { arg: text("USER"), help: "who may attach to it" },
  group: { arg: text("GROUP"), help: "whose members may" },
  pi: { help: "packets have a header before them" },
  vnet_hdr: { help: "packets have one of virtio before them" },
  multi_queue: { help: "several may attach" },
  one_queue: { help: "of no meaning since Linux 3.8", hidden: true },
} satisfies Options;
type Given = Values<typeof options>;
async function whereOf(context: Context) {
  await machine(context.io);
  const netns = context.globals.netns ?? context.io.netns;
  return netns === undefined ? {} : { netns };
}
function modeOf({ mode }: Given): "tun" | "tap" {
  if (mode === undefined) throw failure("You failed to specify a tunnel mode");
  return mode;
}

export const tuntap = group({
  name: "tuntap",
  help: "TUN and TAP devices",
  otherwise: "show",
  entries: [
    command({
      name: "add",
      help: "make a device that stays",
      options,
      bare: ["dev"],
      async run(context, given) {
        const { dev, user, group: of, pi, vnet_hdr, multi_queue } = given;
        const settings = {
          ...(await whereOf(context)),
          mode: modeOf(given),
          name: dev,
          owner: user,
          group: of,
          pi,
          vnetHdr: vnet_hdr,
          multiQueue: multi_queue,
          persistent: true,
        };
        const said = Object.entries(settings).filter(([, value]) => value !== undefined);
        try {
          (await TunTap.create(Object.fromEntries(said) as unknown as TunTapOptions)).close();
        } catch (e) {
          if (e instanceof NetlinkError && /^find (user|group)$/.test(e.operation))
            throw usage(`invalid ${e.operation.slice(5)} "${e.operation === "find user" ? user : of}"`);
          // What the device of TUN and TAP refuses is no answer of netlink.
          if (e instanceof NetlinkError && !e.kernelMessage)
            throw failure(`ioctl(TUNSETIFF): ${errnoText(e.errno) ?? e.code}`);
          throw e;
        }
      },
    }),
    command({
      name: "delete",
      help: "delete a device",
      options,
      bare: ["dev"],
      async run(context, given) {
        modeOf(given);
        if (given.dev === undefined) throw failure("dev is required");
        await TunTap.remove(given.dev, await whereOf(context));
      },
    }),
    command({
      name: "show",
      also: ["list", "lst"],
      help: "show devices",
      options: { dev: options.dev },
      bare: ["dev"],
      async run(context, { dev }) {
        await context.printer.list(async (item) => {
          for (const info of await TunTap.list(await whereOf(context)))
            if (dev === undefined || info.name === dev)
              item((out) => {
                out.put("ifname", info.name, `${context.paint("ifname", info.name)}:`);
                const flags = flagsOf(info);
                out.put("flags", flags, flags.map((flag) => ` ${flag}`).join(""));
                if (info.owner !== undefined) out.put("user", info.owner, ` user ${info.owner}`);
                if (info.group !== undefined) out.put("group", info.group, ` group ${info.group}`);
                out.say("\n");
              });
        });
      },
    }),
  ],
});
const flagsOf = (info: TunTapInfo): string[] => [
  info.mode,
  ...(info.pi ? ["pi"] : []),
  ...(info.vnetHdr ? ["vnet_hdr"] : []),
  ...(info.multiQueue ? ["multi_queue"] : []),
  ...(info.persistent ? ["persist"] : []),
];
