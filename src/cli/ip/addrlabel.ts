/** `nlink ip addrlabel`. @module */
import { AddressLabels } from "../../api/address-labels.ts";
import type { Context } from "../context.ts";
import { EXIT, failure, refusedAs, usage } from "../failure.ts";
import { device, integer, prefix } from "../grammar/args.ts";
import { command, commandsOf, group, type Options, type Values } from "../grammar/command.ts";
import { mustExist } from "./devices.ts";

const options = {
  prefix: { arg: prefix, help: "addresses that have the label" },
  dev: { arg: device, help: "on this device only" },
  label: { arg: integer("NUMBER", 0xfffffffe), help: "the label" },
} satisfies Options;
async function edit(
  context: Context,
  verb: "add" | "remove",
  { prefix: given, dev, label }: Values<typeof options>,
): Promise<void> {
  if (given === undefined) throw failure('"prefix" is required');
  if (verb === "add" && label === undefined) throw failure('"label" is required');
  const channel = await context.rtnetlink();
  if (dev !== undefined) await mustExist(channel, dev, "dev is invalid");
  const labels = new AddressLabels(channel);
  const where = { prefix: given, ...(dev === undefined ? {} : { dev }) };
  await (verb === "add" ? labels.add({ ...where, label: label! }) : labels.remove(where));
}

const editing = commandsOf(options, ["prefix"], edit);
export const addrlabel = group({
  name: "addrlabel",
  help: "labels that IPv6 chooses source addresses by",
  otherwise: "list",
  entries: [
    command({
      name: "list",
      also: ["show"],
      help: "show labels",
      async run(context) {
        const { paint, globals, printer } = context;
        if (globals.family === 2) throw usage("Labels are of IPv6.");
        await printer.list(async (item) => {
          for (const { message } of await new AddressLabels(await context.rtnetlink()).list())
            item((out) => {
              const address = message.address ?? "::";
              out.put("address", address, `prefix ${paint("inet6", address)}`);
              out.put("prefixlen", message.prefixlen, `/${message.prefixlen} `);
              const dev = message.index;
              if (dev) out.put("ifname", `if${dev}`, `dev if${dev} `);
              out.put("label", message.label ?? 0, `label ${message.label} `);
              out.say("\n");
            });
        });
      },
    }),
    editing("add", "add", "add a label"),
    editing("delete", "remove", "remove a label"),
    command({
      name: "flush",
      help: "remove all labels",
      run: async (context) =>
        void (await refusedAs(EXIT.failure, new AddressLabels(await context.rtnetlink()).flush())),
    }),
  ],
});
