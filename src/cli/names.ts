/** Names of numbers: the files of /etc/iproute2, over what the kernel's headers name. @module */
import { readdirSync, readFileSync } from "node:fs";
import { addressProtocols } from "../codec/rtnetlink/address.ts";
import { routeProtocols } from "../codec/rtnetlink/route-protocol.ts";
import { routeTables } from "../codec/rtnetlink/route-table.ts";
import { scopes } from "../codec/rtnetlink/scope.ts";
import type { Names } from "../codec/schema/scalar.ts";
import { parseInteger } from "../codec/tc/words.ts";

export interface NameTable {
  /** The name of a number, or the number. */
  name(number: number): string;
  /** The number of a name, or of a number's text; undefined for what is neither. */
  number(word: string): number | undefined;
}

const hexByte = (number: number) => `0x${number.toString(16).padStart(2, "0")}`;
const DIRECTORIES = ["/etc/iproute2", "/usr/share/iproute2"];

function read(path: string, into: Map<number, string>): boolean {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch {
    return false;
  }
  for (const line of text.split("\n")) {
    const match = /^\s*(0x[\da-f]+|\d+)\s+([^\s#]+)/i.exec(line);
    if (match) into.set(Number(match[1]), match[2]!);
  }
  return true;
}

/** A table of a file, read when it is first asked; `hex` prints numbers without a name so. */
function table(
  file: string,
  builtin: Iterable<readonly [number, string]> = [],
  format: (number: number) => string = String,
): NameTable {
  let names: Map<number, string> | undefined;
  let numbers: Map<string, number> | undefined;
  const load = () => {
    if (names) return names;
    names = new Map(builtin);
    const known = names;
    DIRECTORIES.some((directory) => read(`${directory}/${file}`, known));
    for (const directory of DIRECTORIES)
      try {
        for (const name of readdirSync(`${directory}/${file}.d`).sort())
          if (name.endsWith(".conf") && !name.startsWith(".")) read(`${directory}/${file}.d/${name}`, known);
      } catch {
        // There is no such directory, as a rule.
      }
    return names;
  };
  return {
    name: (number) => load().get(number) ?? format(number),
    number(word) {
      numbers ??= new Map([...load()].map(([number, name]) => [name, number]));
      return numbers.get(word) ?? parseInteger(word);
    },
  };
}
const of = ({ values }: Names, ...without: string[]): [number, string][] =>
  Object.entries(values).flatMap(([name, number]) => (without.includes(name) ? [] : [[Number(number), name]]));

/** Numbers, whatever names there are: `-N`. */
const numeric = (table: NameTable, format: (number: number) => string = String): NameTable => ({
  name: format,
  number: table.number,
});

export const nameTables = {
  tables: table("rt_tables", of(routeTables, "unspec", "compat")),
  protocols: table("rt_protos", of(routeProtocols)),
  scopes: table("rt_scopes", of(scopes)),
  groups: table("group", [[0, "default"]]),
  dsfields: table("rt_dsfield", [], hexByte),
  realms: table("rt_realms", [[0, "unknown"]]),
  addressProtocols: table("rt_addrprotos", of(addressProtocols, "unspec")),
} as const;
export type NameTables = { readonly [K in keyof typeof nameTables]: NameTable };
export const numericTables: NameTables = {
  ...(Object.fromEntries(
    Object.entries(nameTables).map(([key, table]) => [key, numeric(table)]),
  ) as unknown as NameTables),
  dsfields: numeric(nameTables.dsfields, hexByte),
};
