/** `nlink ip link`. @module */
import type { Context } from "../../context.ts";
import { command, group, lazy } from "../../grammar/command.ts";
import { type LinkFilter, linkFilters, listLinks, namespacesOf } from "../list.ts";
import { type LinkView, printBrief, printLink } from "./print.ts";

/** Settings of kinds, where details are wanted: their tables load only then. */
export const detailsOf = async ({ globals }: Context): Promise<LinkView["details"]> =>
  globals.details ? (await import("./info.ts")).printInfo : undefined;

async function show(context: Context, filter: LinkFilter): Promise<void> {
  const { printer, globals } = context;
  await printer.list(async (item) => {
    const { links, devices } = await listLinks(context, filter, { oneAlone: true });
    const namespaces = await namespacesOf(context, links);
    const view: LinkView = { context, devices, namespaces, only: true, details: await detailsOf(context) };
    const print = globals.brief ? printBrief : printLink;
    for (const link of links) item((out) => print(link, out, view));
  });
}

export const link = group({
  name: "link",
  help: "network devices",
  otherwise: "show",
  // In iproute2's order: `ip l s` is `set`.
  entries: [
    lazy("add", [], "make a link", async () => (await import("./edit.ts")).addLink),
    lazy("set", ["change"], "change a link", async () => (await import("./edit.ts")).setLink),
    lazy("replace", [], "change a link, or make it", async () => (await import("./edit.ts")).replaceLink),
    lazy("delete", [], "delete a link", async () => (await import("./edit.ts")).deleteLink),
    command({
      name: "show",
      also: ["list", "lst"],
      help: "show devices",
      options: linkFilters,
      bare: ["dev"],
      run: show,
    }),
    lazy("property", [], "alternative names of links", async () => (await import("./edit.ts")).propertyGroup),
  ],
});
