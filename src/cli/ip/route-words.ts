/** Words that the commands of routes share. @module */
import { indexOf } from "../../api/device.ts";
import { ask } from "../../api/facet.ts";
import type { Realm } from "../../api/route-value.ts";
import type { Vrf } from "../../codec/rtnetlink/link/kinds/vrf.ts";
import { link as linkSchema } from "../../codec/rtnetlink/link/link.ts";
import { RTM } from "../../codec/rtnetlink/types.ts";
import type { Context } from "../context.ts";
import { wrong } from "../failure.ts";
import { address, oneWord } from "../grammar/args.ts";
import type { Arg } from "../grammar/command.ts";
import { nameTables } from "../names.ts";

/** `[FAMILY] ADDRESS`: the gateway may be of another family. */
export const gateway: Arg<string> = {
  syntax: "[FAMILY] ADDRESS",
  read(parser, word) {
    if (!parser.take("inet", "inet6")) return address.read(parser, word);
    const { family } = parser.globals;
    parser.globals.family = undefined;
    const via = address.read(parser, word);
    parser.globals.family = family;
    return via;
  },
};
/** `SOURCE/DESTINATION`, or that of the destination. */
export const realms: Arg<Realm> = oneWord("[REALM/]REALM", (word) => {
  const [to, from] = word
    .split("/")
    .reverse()
    .map((name) => (name === "" ? 0 : nameTables.realms.number(name)));
  if (to === undefined || to > 0xffff || (word.includes("/") && (from === undefined || from > 0xffff)))
    return undefined;
  return word.includes("/") ? ([from!, to] as const) : to;
});
/** The routing table of a VRF. */
export async function vrfTable(context: Context, name: string): Promise<number> {
  const channel = await context.rtnetlink();
  const index = await Promise.resolve(indexOf(channel, name)).catch(() => undefined);
  if (index !== undefined) {
    const { linkinfo } = await ask(
      channel,
      { type: RTM.getlink, schema: linkSchema, value: { index, extMask: 8 } },
      linkSchema,
      {},
    );
    if (linkinfo?.kind === "vrf") return (linkinfo.data as Vrf).table!;
  }
  throw wrong(name, "Invalid VRF");
}
