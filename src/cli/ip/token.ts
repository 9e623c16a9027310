/** `nlink ip token`: lower halves of addresses that are made from router advertisements (ip/iptoken.c). @module */
import { listDump } from "../../api/dump.ts";
import { AF_INET6 } from "../../api/options.ts";
import { linkFlags } from "../../codec/rtnetlink/link/flags.ts";
import { type Link, link as schema } from "../../codec/rtnetlink/link/link.ts";
import { RTM } from "../../codec/rtnetlink/types.ts";
import type { Context } from "../context.ts";
import { failure, usage } from "../failure.ts";
import { address, device } from "../grammar/args.ts";
import { command, group } from "../grammar/command.ts";
import { mustExist } from "./devices.ts";

const { loopback, noarp } = linkFlags.values;
/** The token of a link, where it can have one. */
function tokenOf(link: Link): string | undefined {
  if ((link.flags & (loopback | noarp)) !== 0) return undefined;
  return (link.protinfo as { inet6?: { token?: string }; token?: string } | undefined)?.token;
}
async function show(context: Context, links: readonly Link[]): Promise<void> {
  const { paint, printer } = context;
  await printer.list((item) => {
    for (const link of links) {
      const token = tokenOf(link);
      if (token === undefined) continue;
      item((out) => {
        out.put("token", token, `token ${paint("inet6", token)} `);
        out.put("ifname", link.ifname ?? "", `dev ${paint("ifname", `${link.ifname}`)}\n`);
      });
    }
  });
}
const deviceOf = async (context: Context, dev: string): Promise<number> =>
  mustExist(await context.rtnetlink(), dev, "dev is invalid");
const list = async (context: Context, index?: number): Promise<Link[]> =>
  listDump(
    await context.rtnetlink(),
    {
      message: { type: RTM.getlink, schema, value: { family: AF_INET6 } },
      answer: schema,
      map: (link) => (index === undefined || link.index === index ? (link as Link) : undefined),
    },
    { operation: "list links" },
  );

const get = async (context: Context, { dev }: { dev?: string }): Promise<void> =>
  show(context, await list(context, dev === undefined ? undefined : await deviceOf(context, dev)));

export const token = group({
  name: "token",
  help: "lower halves of addresses from router advertisements",
  otherwise: "list",
  entries: [
    command({
      name: "list",
      also: ["show", "lst"],
      help: "show tokens",
      options: { dev: { arg: device, help: "that of a device" } },
      bare: ["dev"],
      run: get,
    }),
    command({
      name: "get",
      help: "the token of a device",
      options: { dev: { arg: device, help: "the device" } },
      bare: ["dev"],
      run: get,
    }),
    command({
      name: "set",
      help: "give a device a token",
      options: { token: { arg: address, help: "::1; :: for none" }, dev: { arg: device, help: "the device" } },
      bare: ["token"],
      async run(context, { token: given, dev }) {
        if (given === undefined || dev === undefined)
          throw failure("Not enough information: token and dev are required.");
        const channel = await context.rtnetlink();
        const value = { index: await deviceOf(context, dev), afSpec: { inet6: { token: given } } };
        await channel.ack({ type: RTM.setlink, schema, value: value as never }, { operation: `set token of ${dev}` });
      },
    }),
    command({
      name: "delete",
      help: "take a device's token away",
      options: { dev: { arg: device, help: "the device" } },
      bare: ["dev"],
      async run(context, { dev }) {
        if (dev === undefined) throw usage("dev is required");
        const channel = await context.rtnetlink();
        const value = { index: await deviceOf(context, dev), afSpec: { inet6: { token: "::" } } };
        await channel.ack(
          { type: RTM.setlink, schema, value: value as never },
          { operation: `delete token of ${dev}` },
        );
      },
    }),
  ],
});
