/** Colours of iproute2's output (lib/color.c). @module */
import { wrong } from "../failure.ts";
import type { Io } from "../io.ts";

/** What is coloured, with its escape sequence on dark and on light terminals. */
const PALETTE = {
  ifname: ["\x1b[1m\x1b[36m", "\x1b[36m"],
  mac: ["\x1b[1m\x1b[33m", "\x1b[33m"],
  inet: ["\x1b[1m\x1b[35m", "\x1b[35m"],
  inet6: ["\x1b[1m\x1b[34m", "\x1b[34m"],
  up: ["\x1b[1m\x1b[32m", "\x1b[32m"],
  down: ["\x1b[1m\x1b[31m", "\x1b[31m"],
} as const;
const RESET = "\x1b[0m";

export type Colour = keyof typeof PALETTE;
/** Puts a colour around a text. */
export type Paint = (colour: Colour | undefined, text: string) => string;

const plain: Paint = (_, text) => text;

/** `when` is the value of `-c`, which alone means always; undefined: never. */
export function painter(when: string | undefined, io: Pick<Io, "isTTY" | "env">): Paint {
  if (when === undefined || when === "never" || (when === "auto" && !io.isTTY)) return plain;
  if (when !== "always" && when !== "auto") throw wrong(when, "not always, auto or never");
  // "foreground;background", as some terminals say: 0 to 6 and 8 are dark backgrounds.
  const background = io.env.COLORFGBG?.split(";").at(-1);
  const dark = background !== undefined && /^([0-6]|8)$/.test(background);
  return (colour, text) => (colour === undefined ? text : `${PALETTE[colour][dark ? 0 : 1]}${text}${RESET}`);
}
