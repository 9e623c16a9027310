/** Names of numbers: the files of /etc/iproute2, over what the kernel's headers name. @module */
import { readdirSync, readFileSync } from "node:fs";
import { addressProtocols } from "../codec/rtnetlink/address.ts";
import { routeProtocols } from "../codec/rtnetlink/route-protocol.ts";
import { routeTables } from "../codec/rtnetlink/route-table.ts";
import { scopes } from "../codec/rtnetlink/scope.ts";
import type { Names } from "../codec/schema/scalar.ts";
import { parseInteger } from "../codec/tc/words.ts";
import { ipProtocols } from "../codec/text/ip-protocol.ts";

export interface NameTable {
  /** The name of a number, or the number. */
  name(number: number): string;
  /** The number of a name, or of a number's text; undefined for what is neither. */
  number(word: string): number | undefined;
}

const ipProtocolText = (number: number) => `ipproto-${number}`;
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

/** A table that `load` brings when it is first asked; numbers without a name are written by `format`. */
function lazyTable(load: () => Map<number, string>, format: (number: number) => string = String): NameTable {
  let names: Map<number, string> | undefined;
  let numbers: Map<string, number> | undefined;
  return {
    name(number) {
      names ??= load();
      return names.get(number) ?? format(number);
    },
    number(word) {
      names ??= load();
      numbers ??= new Map([...names].map(([number, name]) => [name, number]));
      return numbers.get(word) ?? parseInteger(word);
    },
  };
}
/** A table of a file of /etc/iproute2, and of the files in the directory beside it. */
function table(file: string, builtin: Iterable<readonly [number, string]> = [], format?: (number: number) => string) {
  return lazyTable(() => {
    const names = new Map(builtin);
    DIRECTORIES.some((directory) => read(`${directory}/${file}`, names));
    for (const directory of DIRECTORIES)
      try {
        for (const name of readdirSync(`${directory}/${file}.d`).sort())
          if (name.endsWith(".conf") && !name.startsWith(".")) read(`${directory}/${file}.d/${name}`, names);
      } catch {
        // There is no such directory, as a rule.
      }
    return names;
  }, format);
}
/** /etc/protocols, where the name comes first. */
function protocolNames(): Map<number, string> {
  const names = new Map(Object.entries(ipProtocols).map(([name, number]) => [number, name]));
  try {
    for (const line of readFileSync("/etc/protocols", "utf8").split("\n").reverse()) {
      const match = /^([^\s#]+)\s+(\d+)/.exec(line);
      if (match) names.set(Number(match[2]), match[1]!);
    }
  } catch {
    // Not there: the best known have names here.
  }
  return names;
}
const of = ({ values }: Names, ...without: string[]): [number, string][] =>
  Object.entries(values).flatMap(([name, number]) => (without.includes(name) ? [] : [[Number(number), name]]));

/** Numbers are hexadecimal, with 0x or without: `tos 10` is 16 (rtnl_dsfield_a2n). */
function hexadecimal(table: NameTable): NameTable {
  return {
    name: table.name,
    number: (word) => (/^(0x)?[\da-f]{1,8}$/i.test(word) ? Number.parseInt(word, 16) : table.number(word)),
  };
}
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
  dsfields: hexadecimal(table("rt_dsfield", [], hexByte)),
  realms: table("rt_realms", [[0, "unknown"]]),
  ipProtocols: lazyTable(protocolNames, ipProtocolText),
  addressProtocols: table("rt_addrprotos", of(addressProtocols, "unspec")),
} as const;
export type NameTables = { readonly [K in keyof typeof nameTables]: NameTable };
export const numericTables: NameTables = {
  ...(Object.fromEntries(
    Object.entries(nameTables).map(([key, table]) => [key, numeric(table)]),
  ) as unknown as NameTables),
  dsfields: numeric(nameTables.dsfields, hexByte),
  ipProtocols: numeric(nameTables.ipProtocols, ipProtocolText),
};
