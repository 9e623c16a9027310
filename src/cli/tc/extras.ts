/** What any qdisc can be given beside its options. @module */

import type { EstimatorOptions } from "../../api/tc/estimator.ts";
import type { StabOptions } from "../../api/tc/stab.ts";
import { LINKLAYER_NAMES } from "../../codec/tc/rate-spec.ts";
import { parseInteger } from "../../codec/tc/words.ts";
import { parseSize } from "../../codec/text/size.ts";
import { parseTime } from "../../codec/text/time.ts";
import { usage, wrong } from "../failure.ts";
import type { Arg } from "../grammar/command.ts";
import type { Parser } from "../grammar/parser.ts";

const US = 1000;
const time = (parser: Parser): number => {
  const word = parser.next();
  const ns = parseTime(word, US);
  if (ns === undefined || ns <= 0) throw wrong(word, "not a time");
  return ns / 1e6;
};
/** `estimator 1s 8s` (parse_estimator of iproute2's tc/tc_estimator.c). */
export const estimator: Arg<EstimatorOptions> = {
  syntax: "INTERVAL AVERAGE",
  read: (parser) => ({ intervalMs: time(parser), averageMs: time(parser) }),
};

const bytes = (word: string) => parseSize(word, 1);
const STAB: { readonly [word: string]: (word: string) => number | string | undefined } = {
  mtu: bytes,
  mpu: bytes,
  tsize: bytes,
  overhead: parseInteger,
  linklayer: (word) => LINKLAYER_NAMES.find((name) => name === word),
};
/** `stab linklayer atm overhead 4` (parse_size_table of tc/tc_stab.c). */
export const stab: Arg<StabOptions> = {
  syntax: `{ ${Object.keys(STAB).join(" | ")} } VALUE …`,
  read(parser) {
    const options: Record<string, number | string> = {};
    for (;;) {
      const word = parser.take(...Object.keys(STAB));
      if (word === undefined) break;
      const text = parser.next();
      const value = STAB[word]!(text);
      if (value === undefined) throw wrong(text, `invalid ${word} of stab`);
      options[word] = value;
    }
    if (Object.keys(options).length > 0) return options;
    throw usage('Command line is not complete. Try option "help"');
  },
};
