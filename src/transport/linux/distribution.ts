/** Where iproute2 keeps netem's tables of delays (get_distribution of tc/q_netem.c, get_tc_lib). @module */
import { readdirSync, readFileSync } from "node:fs";

/** TC_LIB_DIR, or what distributions have made of it: Debian's lies beside the libraries of the architecture. */
function* directories(): Generator<string> {
  const own = process.env.TC_LIB_DIR;
  if (own) yield own;
  yield* ["/usr/lib/tc", "/usr/lib64/tc", "/usr/share/tc", "/lib/tc"];
  try {
    for (const name of readdirSync("/usr/lib")) if (name.includes("-linux-")) yield `/usr/lib/${name}/tc`;
  } catch {
    // no such directory
  }
}

/** Text of `NAME.dist`, or undefined. */
export function readDistribution(name: string): string | undefined {
  for (const directory of directories())
    try {
      return readFileSync(`${directory}/${name}.dist`, "latin1");
    } catch {
      // not here
    }
  return undefined;
}
