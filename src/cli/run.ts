/** Runs a line: the one way in, of the program, batches, serve mode and tests. @module */
import { contextOf, Sockets } from "./context.ts";
import { described } from "./failure.ts";
import type { Globals } from "./globals.ts";
import { type Command, type Group, isGroup } from "./grammar/command.ts";
import type { Bag } from "./grammar/parser.ts";
import { resolve, statusesOf } from "./grammar/resolve.ts";
import type { Io } from "./io.ts";
import { nlink } from "./nlink.ts";
import { versionOf } from "./version.ts";

/** Runs `nlink ARGV`; resolves to its exit status. What goes wrong is told on `io.stderr`: it does not throw. */
export async function run(argv: readonly string[], io: Io): Promise<number> {
  const sockets = new Sockets(io);
  try {
    return await runWith(argv, io, sockets);
  } finally {
    sockets.close();
  }
}

/** The same over sockets that last longer. */
export const runWith = (argv: readonly string[], io: Io, sockets: Sockets): Promise<number> =>
  runLine(nlink, argv, {}, io, sockets);

async function runLine(root: Group, argv: readonly string[], globals: Bag, io: Io, sockets: Sockets): Promise<number> {
  try {
    const resolved = await resolve(root, argv, globals);
    const { path, help } = resolved;
    const last = path.at(-1)!;
    if (resolved.globals.version) {
      io.stdout(versionOf(last.name));
      return 0;
    }
    const { virtual } = resolved.globals as Globals;
    if (virtual !== undefined && virtual !== io.virtual && !help) {
      const { onVirtualKernel } = await import("./virtual.ts");
      return await onVirtualKernel(virtual, io, (own, sockets) => runLine(root, argv, globals, own, sockets));
    }
    // Lines of a batch begin where the program does: behind `nlink ip`.
    const program = path.find((node, i): node is Group => isGroup(node) && (i === 1 || path.length === 1)) ?? root;
    const context = contextOf(io, resolved.globals, sockets, (words) =>
      runLine(program, words, { ...resolved.globals, batch: undefined }, io, sockets),
    );
    if (help || (isGroup(last) && !last.run)) {
      const { helpOf } = await import("./grammar/help.ts");
      const text = await helpOf(path, root === nlink ? [] : [nlink.name]);
      if (help === "out") io.stdout(text);
      else io.stderr(text);
      return help === "out" ? 0 : statusesOf(path).help;
    }
    try {
      const status = await (last as Command).run(context, resolved.values as never);
      return status ?? 0;
    } finally {
      context.printer.flush();
    }
  } catch (e) {
    const { message, status } = described(e);
    io.stderr(`${message}\n`);
    return status;
  }
}
