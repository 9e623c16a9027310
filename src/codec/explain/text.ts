/** Explanations as text. @module */
import type { Explained } from "./node.ts";

export interface ExplainTextOptions {
  /** Lines of 16 bytes that are printed of one value; what is longer says how much more there is. 4 by default. */
  readonly lines?: number | undefined;
}

const PER_LINE = 16;
/** Four words and the blanks between. */
const WIDTH = PER_LINE * 2 + 3;

/**
 * A tree in lines: offset, bytes in words of four, name, meaning, and in brackets the type and the kernel's constant. Attributes of one
 * piece stand on one line with their header; what is wrong is marked with `!`.
 */
export function explainText(node: Explained, { lines = 4 }: ExplainTextOptions = {}): string {
  const out: string[] = [];
  print(node, 0);
  return out.join("\n");

  function print(at: Explained, depth: number): void {
    const [length, type] = at.parts ?? [];
    const attribute = length?.name === "nla_len" && type?.name === "nla_type" ? type : undefined;
    const own = at.parts?.filter((part) => !attribute || (part !== length && part !== type)) ?? [];
    const single = attribute !== undefined && own.every(({ name }) => name === "value" || name === "padding");
    const shown = single ? own.find(({ name }) => name === "value") : undefined;
    const bytes = !at.parts ? at.hex : single ? at.parts.map(({ hex }) => hex).join("") : attribute && headerOf(at);
    const constant = attribute?.meaning?.match(/^[A-Z]\w*/)?.[0];
    row(at.offset, bytes ?? "", depth, said(at, constant), at.error ?? shown?.error);
    if (!single) for (const part of own) print(part, depth + 1);
  }
  function row(offset: number, hex: string, depth: number, text: string, error: string | undefined): void {
    const rows = hex.match(new RegExp(`.{1,${PER_LINE * 2}}`, "g")) ?? [""];
    const most = rows.slice(0, lines);
    most.forEach((bytes, i) => {
      const words = (bytes.match(/.{1,8}/g) ?? []).join(" ").padEnd(WIDTH);
      const at = String(offset + i * PER_LINE).padStart(5);
      out.push((i === 0 ? `${at}  ${words}  ${"  ".repeat(depth)}${text}` : `${at}  ${words}`).trimEnd());
    });
    const more = hex.length / 2 - most.length * PER_LINE;
    if (more > 0) out.push(`${" ".repeat(7)}and ${more} more bytes`);
    if (error !== undefined) out.push(`${" ".repeat(WIDTH + 9)}${"  ".repeat(depth)}! ${error}`);
  }
}

const headerOf = ({ parts }: Explained): string => `${parts![0]!.hex}${parts![1]!.hex}`;

function said({ name, type, meaning }: Explained, constant: string | undefined): string {
  if (type === "message" || type === "messages" || type === "pad") return name;
  const kind = constant === undefined ? type : `${type}, ${constant}`;
  return meaning === undefined ? `${name}  (${kind})` : `${name} = ${meaning}  (${kind})`;
}
