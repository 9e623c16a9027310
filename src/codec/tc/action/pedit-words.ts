/** tc's words of pedit: `[ex] munge ip ttl set 64 …` (parse_pedit of iproute2's tc/m_pedit.c). @module */
import { show } from "../../schema/program.ts";
import { parseIp } from "../../wire/ip.ts";
import { parseMac } from "../../wire/mac.ts";
import type { Words } from "../words.ts";
import {
  FIELD_SYNONYMS,
  FIELDS,
  HEADERS,
  isAddress,
  type PeditEdit,
  type PeditField,
  type PeditHeader,
} from "./pedit-fields.ts";

const OPERATIONS = ["set", "add", "clear", "invert", "decrement", "preserve"] as const;
const WIDTHS = { u8: 8, u16: 16, u32: 32 } as const;
const LAYERS = ["ip", "ip6", "eth", "tcp", "udp", "icmp"];

export function parsePedit(words: Words, out: Record<string, unknown>): void {
  if (!words.take("ex")) out.extended = false;
  const edits: PeditEdit[] = [];
  while (words.take("munge")) edits.push(parseMunge(words));
  if (edits.length === 0) words.unknown(words.next("pedit", "munge"), ["ex", "munge", "index"]);
  out.edits = edits;
}

function parseMunge(words: Words): PeditEdit {
  if (words.ahead === "offset") return parseOffset(words, "network");
  const layer = words.oneOf("munge", LAYERS);
  if (words.ahead === "offset" && HEADERS.includes(layer as PeditHeader))
    return parseOffset(words, layer as PeditHeader);
  const name = `${layer}.${words.next(layer, "a field")}`;
  const field = FIELD_SYNONYMS[name] ?? (FIELDS.find((known) => known === name) as PeditField | undefined);
  const own = FIELDS.filter((known) => known.startsWith(`${layer}.`)).map((known) => known.slice(layer.length + 1));
  if (field === undefined)
    return words.fail(
      `munge: ${show(name.replace(".", " "))} is not known; ${layer} has ${own.join(", ") || "no fields"}`,
    );
  return { field, ...parseOperation(words, name, field) } as PeditEdit;
}
function parseOffset(words: Words, header: PeditHeader): PeditEdit {
  words.next();
  const edit: Record<string, unknown> = { offset: words.integer("offset", 0x7fffffff, -0x80000000) };
  if (header !== "network") edit.header = header;
  const width = WIDTHS[words.oneOf("offset", ["u8", "u16", "u32"])];
  if (width !== 32) edit.width = width;
  if (words.take("at")) {
    edit.at = words.integer("at");
    // The mask is in hexadecimal with or without a prefix; its name and that of the shift are optional.
    words.take("offmask");
    edit.offmask = words.value("at", "a mask in hexadecimal", (w) =>
      /^(0x)?[0-9a-f]{1,8}$/i.test(w) ? Number.parseInt(w, 16) : undefined,
    );
    words.take("shift");
    edit.shift = words.integer("at", 31);
  }
  return { ...edit, ...parseOperation(words, "offset") } as unknown as PeditEdit;
}
function parseOperation(words: Words, after: string, field?: PeditField): Record<string, unknown> {
  const operation = words.oneOf(after, OPERATIONS);
  const out: Record<string, unknown> = {};
  if (operation !== "set" && operation !== "add") out[operation] = true;
  else
    out[operation] =
      operation === "set" && field !== undefined && isAddress(field)
        ? words.value(operation, "an address", (w) =>
            (field.startsWith("eth.") ? parseMac(w) : parseIp(w)) ? w : undefined,
          )
        : words.integer(operation);
  if (words.take("retain")) out.retain = words.integer("retain");
  return out;
}

/** Bits to keep and bits to flip, which tc cannot say in one, become two edits of the same word. */
export function peditWords({
  edits,
  extended,
}: {
  readonly edits: readonly PeditEdit[];
  readonly extended?: false;
}): string[] {
  return [...(extended === false ? [] : ["ex"]), ...edits.flatMap((edit) => ["munge", ...editWords(edit)])];
}
function editWords(edit: PeditEdit): string[] {
  if ("mask" in edit) return maskWords(edit);
  const operation =
    OPERATIONS.find((name) => edit[name] !== undefined && (edit[name] as unknown) !== false) ?? "preserve";
  const value = edit[operation];
  const tail = [
    operation,
    ...(typeof value === "boolean" || value === undefined
      ? []
      : [typeof value === "number" && !("field" in edit) ? hex(value) : String(value)]),
    ...(edit.retain === undefined ? [] : ["retain", hex(edit.retain)]),
  ];
  if ("field" in edit) return [...edit.field.split("."), ...tail];
  const { header = "network", offset, width = 32, at, offmask = 0, shift = 0 } = edit;
  return [
    ...(header === "network" ? [] : [header]),
    ...["offset", String(offset), `u${width}`],
    ...(at === undefined ? [] : ["at", String(at), offmask.toString(16), String(shift)]),
    ...tail,
  ];
}
const hex = (x: number): string => `0x${x.toString(16)}`;
function maskWords({
  header = "network",
  offset,
  mask,
  value,
}: {
  readonly header?: PeditHeader | undefined;
  readonly offset: number;
  readonly mask: number;
  readonly value: number;
}): string[] {
  const start = [...(header === "network" ? [] : [header]), "offset", String(offset), "u32"];
  const changed = ~mask >>> 0;
  return [
    ...start,
    "set",
    hex((value & changed) >>> 0),
    "retain",
    hex(changed),
    "munge",
    ...start,
    "invert",
    "retain",
    hex((value & mask) >>> 0),
  ];
}
