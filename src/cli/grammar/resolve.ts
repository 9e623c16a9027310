/** From the words of a line to the command that they mean. @module */
import { CommandError, EXIT } from "../failure.ts";
import { type Command, type Group, isGroup, isLazy, type Node } from "./command.ts";
import { type Bag, isDashed, Parser } from "./parser.ts";

export interface Resolved {
  /** The groups that lead to it, and it. */
  readonly path: readonly (Group | Command)[];
  readonly globals: Bag;
  readonly values: Bag;
  /** `out`: the user asked by `--help`; `err`: by iproute2's `help`, which writes to standard error and ends with 255. */
  readonly help?: "out" | "err" | undefined;
}

export const loaded = (node: Node): Promise<Command | Group> | Command | Group => (isLazy(node) ? node.load() : node);

/** Finds an entry: its whole name first, then the beginning of one, in the order of declaration as iproute2 compares. */
export function entryOf({ entries }: Group, word: string): Node | undefined {
  const names = ({ name, also }: Node) => [name, ...(also ?? [])];
  return (
    entries.find((entry) => names(entry).includes(word)) ??
    entries.find((entry) => names(entry).some((name) => name.startsWith(word)))
  );
}

/** Reads a line that begins in `root`. `globals` are those that hold already. @throws {CommandError} */
export async function resolve(root: Group, words: readonly string[], globals: Bag = {}): Promise<Resolved> {
  const bag: Bag = { ...globals };
  const parser = new Parser(words, bag);
  const path: (Group | Command)[] = [];
  const values: Bag = {};
  const result = (help?: "out" | "err"): Resolved => ({ path, globals: bag, values, help });
  const help = () => (parser.take("--help") ? "out" : parser.take("help", "-help") ? ("err" as const) : undefined);

  let at: Group | Command = root;
  path.push(at);
  const enter = ({ globals: known }: Group) => {
    if (known) parser.add(known, bag, { global: true });
  };
  enter(root);
  while (isGroup(at)) {
    const asked = help();
    if (asked) return result(asked);
    const word: string | undefined = parser.ahead;
    if (word !== undefined && isDashed(word)) {
      parser.one();
      if (bag.version) return result();
      continue;
    }
    const wanted: string | undefined = word ?? at.otherwise;
    if (wanted === undefined) return result();
    const entry: Node | undefined = entryOf(at, wanted);
    if (!entry) throw unknown(path as Group[], wanted);
    if (word !== undefined) parser.next();
    at = await loaded(entry);
    if (isGroup(at)) enter(at);
    path.push(at);
  }
  const clusters = at.clusters ?? false;
  parser.add(at.options, values, { bare: at.bare, global: clusters });
  parser.clusters = clusters;
  const asked = clusters ? undefined : help();
  if (asked) return result(asked);
  while (!parser.done) {
    if (parser.take("--help")) return result("out");
    parser.one();
  }
  return result();
}

/** iproute2 tells a program's objects from their commands, by the exit status too. */
function unknown(path: readonly Group[], word: string): CommandError {
  const names = path.slice(1).map(({ name }) => name);
  return names.length < 2
    ? new CommandError(
        statusesOf(path).unknown,
        `Object "${word}" is unknown, try "${names[0] ?? path[0]!.name} help".`,
      )
    : new CommandError(
        path.at(-1)!.statuses?.unknown ?? EXIT.usage,
        `Command "${word}" is unknown, try "${names.join(" ")} help".`,
      );
}
/** Exit statuses by the innermost group that has its own. */
export function statusesOf(path: readonly (Group | Command)[]): NonNullable<Command["statuses"]> {
  return (
    path.findLast(({ statuses }) => statuses !== undefined)?.statuses ?? { unknown: EXIT.failure, help: EXIT.usage }
  );
}
