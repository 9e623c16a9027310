/** `nlink completion bash|zsh`: scripts that complete words, written from the grammar. @module */
import { oneOf } from "../grammar/args.ts";
import { type Arg, type Command, command, type Group, isGroup, type Options } from "../grammar/command.ts";
import { loaded } from "../grammar/resolve.ts";

/** What can follow: words, and what only the system knows, as `@device`. */
interface Place {
  /** The words that lead here: `"tc qdisc add"`. */
  readonly path: string;
  /** Names of entries, with their other names: how the path goes on. */
  readonly entries: readonly string[];
  readonly words: readonly string[];
  /** Of words that take a value: what it can be. */
  readonly values: readonly (readonly [word: string, completions: string])[];
}

const completions = ({ complete }: Arg): string[] =>
  typeof complete === "string" ? [`@${complete}`] : complete ? [...complete] : [];
const valuesOf = (options: Options, form: (name: string) => string): [string, string][] =>
  Object.entries(options).flatMap(([key, { arg, also = [], short }]) => {
    const found = arg ? completions(arg).join(" ") : "";
    if (found === "") return [];
    return [...[key, ...also].map(form), ...(short ? [`-${short}`] : [])].map((word): [string, string] => [
      word,
      found,
    ]);
  });
const dashed = (name: string): string => `-${name}`;
const long = (name: string): string => `--${name}`;

async function walk(node: Group | Command, path: string, globals: Options, places: Place[]): Promise<void> {
  if (!isGroup(node)) {
    const form = node.clusters ? long : (name: string) => name;
    const bare = node.bare.flatMap((key) => (node.options[key]?.arg ? completions(node.options[key].arg) : []));
    const named = Object.entries(node.options).flatMap(([key, option]) =>
      option.hidden || (node.bare.includes(key) && node.clusters) ? [] : [form(key)],
    );
    places.push({
      path,
      entries: [],
      words: [...named, ...bare, ...Object.keys(globals).map(dashed)],
      values: [...valuesOf(node.options, form), ...valuesOf(globals, dashed)],
    });
    return;
  }
  const all = { ...globals, ...node.globals };
  const children = node.entries.map((entry) => [entry, [entry.name, ...(entry.also ?? [])]] as const);
  const names = node.entries.map(({ name }) => name);
  places.push({
    path,
    entries: children.flatMap(([, words]) => words),
    words: [...names, "help", ...Object.keys(all).map(dashed)],
    values: valuesOf(all, dashed),
  });
  for (const [entry, words] of children) {
    const child = await loaded(entry);
    for (const word of words) await walk(child, `${path} ${word}`.trim(), all, places);
  }
}

/** A word of the shell, whatever is in it. */
const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;
/** Those of the same text together: a line of each would be twice as long as a shell takes for an argument. */
function cases(rows: readonly (readonly [string, string])[]): string {
  const patterns = new Map<string, string[]>();
  for (const [pattern, text] of rows) patterns.set(text, [...(patterns.get(text) ?? []), quoted(pattern)]);
  return [...patterns].map(([text, all]) => `    ${all.join("|")}) echo ${quoted(text)} ;;`).join("\n");
}

/** Functions that both shells run: what follows a path, its entries, and values of a word. */
function tables(places: readonly Place[]): string {
  const once = (words: readonly string[]) => [...new Set(words)].join(" ");
  return `_nlink_words() {
  case "$1" in
${cases(places.map(({ path, words }) => [path, once(words)]))}
  esac
}
_nlink_entries() {
  case "$1" in
${cases(places.filter(({ entries }) => entries.length > 0).map(({ path, entries }) => [path, once(entries)]))}
  esac
}
_nlink_values() {
  case "$1" in
${cases(places.flatMap(({ path, values }) => values.map(([word, found]): [string, string] => [`${path} ${word}`.trim(), found])))}
  esac
}
_nlink_known() {
  case "$1" in
    @device|@vrf) ls /sys/class/net 2>/dev/null ;;
    @netns) ls /run/netns 2>/dev/null ;;
    @*) ;;
    *) echo "$1" ;;
  esac
}
`;
}

const PROGRAMS = "nlink nlink-ip nlink-tc nlink-ss";
const BASH = `_nlink() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]}
  local path= word entry found files= i
  local name=\${COMP_WORDS[0]##*/}
  [[ $name == nlink-* ]] && path=\${name#nlink-}
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=\${COMP_WORDS[i]}
    [[ $word == -* ]] && continue
    for entry in $(_nlink_entries "$path"); do
      # Whole words first, then the beginning of one.
      [[ $entry == "$word" ]] && { path="\${path:+$path }$entry"; continue 2; }
    done
    for entry in $(_nlink_entries "$path"); do
      [[ $entry == "$word"* ]] && { path="\${path:+$path }$entry"; continue 2; }
    done
  done
  found=$(_nlink_values "\${path:+$path }$prev")
  [[ -z $found && $prev == --* ]] && found=$(_nlink_values "\${path:+$path }\${prev#--}" && _nlink_values "\${path:+$path }\${prev#-}")
  [[ -z $found ]] && found=$(_nlink_words "$path")
  local words=
  for word in $found; do
    [[ $word == @file ]] && files=1
    [[ $cur == --* && $word != @* && $word != --* ]] && word="--\${word#-}"
    words+=" $(_nlink_known "$word")"
  done
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
  [[ -n $files ]] && COMPREPLY+=($(compgen -f -- "$cur"))
}
complete -F _nlink ${PROGRAMS}
`;
const ZSH = `_nlink() {
  emulate -L zsh
  local cur=\${words[CURRENT]} prev=\${words[CURRENT-1]}
  local at= word entry found i
  local name=\${words[1]:t}
  [[ $name == nlink-* ]] && at=\${name#nlink-}
  for ((i = 2; i < CURRENT; i++)); do
    word=\${words[i]}
    [[ $word == -* ]] && continue
    found=
    for entry in $(_nlink_entries "$at"); do [[ $entry == "$word" ]] && { found=$entry; break }; done
    [[ -z $found ]] && for entry in $(_nlink_entries "$at"); do [[ $entry == "$word"* ]] && { found=$entry; break }; done
    [[ -n $found ]] && at="\${at:+$at }$found"
  done
  found=$(_nlink_values "\${at:+$at }$prev")
  [[ -z $found && $prev == --* ]] && found=$(_nlink_values "\${at:+$at }\${prev#--}" && _nlink_values "\${at:+$at }\${prev#-}")
  [[ -z $found ]] && found=$(_nlink_words "$at")
  local -a all
  for word in \${=found}; do
    [[ $word == @file ]] && _files
    [[ $cur == --* && $word != @* && $word != --* ]] && word="--\${word#-}"
    all+=(\${(f)"$(_nlink_known "$word")"})
  done
  compadd -- $all
}
compdef _nlink ${PROGRAMS}
`;

export const completion = command({
  name: "completion",
  help: "words for the shell to complete: source <(nlink completion bash)",
  options: { shell: { arg: oneOf("bash", "zsh"), help: "the shell" } } satisfies Options,
  bare: ["shell"],
  async run({ io }, { shell = "bash" }) {
    const { nlink } = await import("../nlink.ts");
    const places: Place[] = [];
    await walk(nlink, "", {}, places);
    const head = shell === "zsh" ? `#compdef ${PROGRAMS}\n` : "";
    io.stdout(
      `${head}# Completion of nlink for ${shell}, written by nlink completion ${shell}.\n${tables(places)}${shell === "zsh" ? ZSH : BASH}`,
    );
  },
});
