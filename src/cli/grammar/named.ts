/** Values that have names in /etc/iproute2. @module */
import { type NameTables, nameTables } from "../names.ts";
import { oneWord } from "./args.ts";
import type { Arg } from "./command.ts";

/** A name of a table, or a number up to `max`. */
export const named = (syntax: string, table: keyof NameTables, max = 0xff): Arg<number> =>
  oneWord(
    syntax,
    (word) => {
      const number = nameTables[table].number(word);
      return number !== undefined && number >= 0 && number <= max ? number : undefined;
    },
    `not a known ${syntax.toLowerCase()}, nor a number up to ${max}`,
  );
