/** `nlink ip address`. @module */
import { Addresses, type AddressOptions } from "../../api/addresses.ts";
import type { Context } from "../context.ts";
import { failure } from "../failure.ts";
import { device, address as ip, oneWord, text } from "../grammar/args.ts";
import { command, group, type Options, type Values } from "../grammar/command.ts";
import { named } from "../grammar/named.ts";

const lifetime = oneWord(
  "{ SECONDS | forever }",
  (word) => (word === "forever" ? word : /^\d+$/.test(word) ? Number(word) : undefined),
  "not a number of seconds, or forever",
  ["forever"],
);
const flag = (help: string) => ({ help, key: "flags", many: true }) as const;
const options = {
  local: { arg: text("ADDRESS/LENGTH"), help: "the address" },
  dev: { short: "d", arg: device, help: "the device that has it" },
  peer: { also: ["remote"], arg: text("ADDRESS[/LENGTH]"), help: "the other end of a point-to-point link" },
  broadcast: { also: ["brd"], arg: text("{ ADDRESS | + | - }"), help: "broadcast address; +: the last of the prefix" },
  anycast: { arg: ip, help: "anycast address" },
  label: { arg: text("LABEL"), help: "the device's name and more, for IPv4" },
  scope: { arg: named("SCOPE", "scopes"), help: "where the address is valid" },
  metric: { also: ["priority", "preference"], arg: oneWord("METRIC", number), help: "of the prefix's route" },
  valid_lft: { arg: lifetime, help: "until the address goes" },
  preferred_lft: { arg: lifetime, help: "until it is deprecated" },
  proto: { arg: named("PROTOCOL", "addressProtocols"), help: "who sets it" },
  home: { ...flag("a home address (Mobile IPv6)"), value: "home" },
  nodad: { ...flag("no duplicate address detection"), value: "nodad" },
  mngtmpaddr: { ...flag("temporary addresses are made from it"), value: "mngtmpaddr" },
  noprefixroute: { ...flag("no route for the prefix"), value: "noprefixroute" },
  autojoin: { ...flag("join the multicast group"), value: "autojoin" },
  optimistic: { ...flag("use it during detection"), value: "optimistic" },
} satisfies Options;
function number(word: string): number | undefined {
  return /^\d+$/.test(word) ? Number(word) : undefined;
}

async function edit(
  context: Context,
  verb: "add" | "change" | "replace" | "remove",
  values: Values<typeof options>,
): Promise<void> {
  const { dev, local, valid_lft, preferred_lft, proto, ...rest } = values;
  if (dev === undefined) throw failure('Not enough information: "dev" argument is required.');
  if (local === undefined) throw failure("Not enough information: an address is required.");
  const settings: AddressOptions = {
    ...rest,
    ...(valid_lft === undefined ? {} : { validLifetime: valid_lft }),
    ...(preferred_lft === undefined ? {} : { preferredLifetime: preferred_lft }),
    ...(proto === undefined ? {} : { protocol: proto }),
  };
  await new Addresses(await context.rtnetlink())[verb](dev, local, settings);
}

const bare = ["local"] as const;
export const address = group({
  name: "address",
  help: "addresses of devices",
  entries: [
    command({
      name: "add",
      help: "give a device an address",
      options,
      bare,
      run: (context, values) => edit(context, "add", values),
    }),
    command({
      name: "change",
      also: ["chg"],
      help: "change an address's lifetimes and flags",
      options,
      bare,
      run: (context, values) => edit(context, "change", values),
    }),
    command({
      name: "replace",
      help: "change an address, or add it",
      options,
      bare,
      run: (context, values) => edit(context, "replace", values),
    }),
    command({
      name: "delete",
      help: "take an address away",
      options,
      bare,
      run: (context, values) => edit(context, "remove", values),
    }),
  ],
});
