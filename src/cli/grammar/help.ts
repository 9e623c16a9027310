/** Help, written from the declarations. @module */
import { type Command, type Group, isGroup, type Option } from "./command.ts";

const WIDTH = 100;

/** Help on the last of a path; `before` are the words before it. */
export async function helpOf(path: readonly (Group | Command)[], before: readonly string[] = []): Promise<string> {
  const last = path.at(-1)!;
  const words = [...before, ...path.map(({ name }) => name)].join(" ");
  const globals = path.flatMap((node) => (isGroup(node) && node.globals ? Object.entries(node.globals) : []));
  const parts = [`${isGroup(last) ? groupHelp(last, words) : commandHelp(last, words)}`];
  if (globals.length > 0) parts.push(`Anywhere in the line:\n${table(globals.filter(shown).map(globalRow))}`);
  return `${parts.join("\n\n")}\n`;
}

function groupHelp(node: Group, words: string): string {
  const rows = node.entries.map(({ name, also, help }): [string, string] => [
    [name, ...(also ?? [])].join(", "),
    name === node.otherwise ? `${help} (where none is named)` : help,
  ]);
  return `Usage: ${words} COMMAND …\n${capital(node.help)}.\n\n${table(rows)}`;
}

function commandHelp(node: Command, words: string): string {
  const options = Object.entries(node.options).filter(shown);
  const bare = new Set(node.bare);
  const usage = options.map(([name, option]) => {
    const form = bare.has(name)
      ? `[${name}] ${option.arg!.syntax}`
      : `${name}${option.arg ? ` ${option.arg.syntax}` : ""}`;
    return `[ ${form} ]${option.many ? "…" : ""}`;
  });
  const rows = options.map(([name, option]): [string, string] => [forms(name, option), option.help]);
  return [
    wrap(`Usage: ${words}`, [...usage, ...(node.details ? [node.details] : [])]),
    `${capital(node.help)}.`,
    ...(rows.length > 0 ? ["", table(rows)] : []),
  ].join("\n");
}

const shown = ([, option]: readonly [string, Option]): boolean => !option.hidden;
const forms = (name: string, { also, short, arg }: Option): string =>
  `${[name, ...(also ?? [])].join(", ")}${short ? `, -${short}` : ""}${arg ? ` ${arg.syntax}` : ""}`;
const globalRow = ([name, { also, short, arg, help }]: readonly [string, Option]): [string, string] => [
  `${[name, ...(also ?? []), ...(short ? [short] : [])].map((word) => `-${word}`).join(", ")}${arg ? ` ${arg.syntax}` : ""}`,
  help,
];
const capital = (text: string): string => `${text[0]?.toUpperCase() ?? ""}${text.slice(1)}`;

/** Two columns; a left one that is too long has a line of its own. */
function table(rows: readonly (readonly [string, string])[]): string {
  const width = Math.min(34, Math.max(...rows.map(([left]) => left.length)));
  return rows
    .map(([left, right]) =>
      left.length > width ? `  ${left}\n  ${" ".repeat(width)}  ${right}` : `  ${left.padEnd(width)}  ${right}`,
    )
    .join("\n");
}
function wrap(head: string, words: readonly string[]): string {
  const lines = [head];
  for (const word of words) {
    if (lines.at(-1)!.length + word.length + 1 > WIDTH) lines.push(" ".repeat(8) + word);
    else lines[lines.length - 1] += ` ${word}`;
  }
  return lines.join("\n");
}
