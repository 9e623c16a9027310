/** `nlink ip netconf`. @module */
import { indexOf } from "../../api/device.ts";
import { listDump } from "../../api/dump.ts";
import { ask } from "../../api/facet.ts";
import { AF_INET, AF_INET6, AF_MPLS } from "../../api/options.ts";
import { type Netconf, netconf as schema } from "../../codec/rtnetlink/netconf.ts";
import { RTM } from "../../codec/rtnetlink/types.ts";
import { device } from "../grammar/args.ts";
import { command, group } from "../grammar/command.ts";
import { devicesOf } from "./devices.ts";
import { printNetconf } from "./netconf-print.ts";

export const netconf = group({
  name: "netconf",
  help: "forwarding and its like, by device",
  otherwise: "show",
  entries: [
    command({
      name: "show",
      also: ["list", "lst"],
      help: "show settings",
      options: { dev: { arg: device, help: "those of a device" } },
      bare: ["dev"],
      async run(context, { dev }) {
        const channel = await context.rtnetlink();
        const { family } = context.globals;
        await context.printer.list(async (item) => {
          const devices = await devicesOf(channel);
          const print = (found: Netconf) => item((out) => printNetconf(found, out, context, devices));
          if (dev !== undefined) {
            const ifindex = await indexOf(channel, dev);
            for (const one of family === undefined ? [AF_INET, AF_INET6] : [family])
              print(
                (await ask(channel, { type: RTM.getnetconf, schema, value: { family: one, ifindex } }, schema, {
                  operation: `get settings of ${dev}`,
                })) as Netconf,
              );
            return;
          }
          for (const one of family === undefined ? [AF_INET, AF_INET6, AF_MPLS] : [family])
            try {
              const found = await listDump(
                channel,
                {
                  message: { type: RTM.getnetconf, schema, value: { family: one } },
                  answer: schema,
                  map: (x) => x as Netconf,
                },
                { operation: "list settings" },
              );
              // Where the kernel has no MPLS it tells of all families.
              for (const each of found) if (each.family === one) print(each);
            } catch (e) {
              // A kernel without MPLS.
              if (family !== undefined || one !== AF_MPLS) throw e;
            }
        });
      },
    }),
  ],
});
