/** IFLA_LINKINFO as `ip -d link` shows it: the kind and its settings, and those as a port of a master. @module */
import type { Link } from "../../../codec/rtnetlink/link/link.ts";
import type { Out } from "../../../codec/tc/show.ts";
import type { LinkView } from "./print.ts";

export function printInfo(link: Link, out: Out, _view: LinkView): void {
  const { linkinfo } = link;
  if (linkinfo === undefined) return;
  out.object("linkinfo", (info) => {
    if (linkinfo.kind !== undefined) info.put("info_kind", linkinfo.kind, `\n    ${linkinfo.kind} `);
    if (linkinfo.slaveKind !== undefined)
      info.put("info_slave_kind", linkinfo.slaveKind, `\n    ${linkinfo.slaveKind}_slave `);
  });
}
