/** ss's filter expressions. @module */
import { stateSets } from "../state.ts";
import { FilterError } from "./error.ts";
import { type Expression, type Host, join, negate, type Side, TRUE } from "./expression.ts";
import { isExpected, parseHost, parsePort } from "./host.ts";
import { type Token, tokens } from "./lexer.ts";

const MAX_DEPTH = 200;
const predicates = [
  "src",
  "dst",
  "sport",
  "dport",
  "dev",
  "fwmark",
  "cgroup",
  "autobound",
  "state",
  "exclude",
] as const;
type Predicate = (typeof predicates)[number];
const isPredicate = (text: string): text is Predicate => (predicates as readonly string[]).includes(text);

/**
 * Reads a filter in the syntax of ss: predicates, joined by `and`, `or`, `not` (or `&`, `&&`, `|`, `||`, `!`) and parentheses. Two
 * side by side are joined by `and`. As ss's manual says, `not` binds closest and `or` least (ss 6.1 itself goes from left to right).
 *
 * | predicate | holds for |
 * | --- | --- |
 * | `src 10.0.0.0/8`, `dst [::1]:80`, `src *:ssh`, `dst unix:/run/*`, `src netlink:rtnl:kernel`, `src link:ip:eth0`, `src vsock:2:22` | that address, prefix, name, port |
 * | `sport = :22`, `dport > 1024`, `sport 22` | a port that compares so: `= == eq`, `!= ne neq`, `< lt`, `<= le leq`, `> gt`, `>= ge geq` |
 * | `dev eth0`, `dev != 3` | bound to the device |
 * | `fwmark = 0x1/0xff` | that mark under that mask (needs CAP_NET_ADMIN) |
 * | `cgroup = /user.slice` | in the cgroup |
 * | `autobound` | a local port that was not asked for: chosen by the kernel, or inherited from a listening socket |
 * | `state connected`, `exclude listening`, `state != time-wait` | states, and ss's sets of them; unlike in ss, anywhere in the expression |
 *
 * Signs need no blanks around them. A word with special characters is quoted, `"…"`, or they are, with a backslash.
 * @throws {FilterError} with the position, and what was expected there
 */
export function parseFilter(text: string): Expression {
  const list = tokens(text);
  let next = 0;
  const peek = (): Token => list[next]!;
  const fail = (token: Token, expected: string): never => {
    throw new FilterError(text, token.at, token.text, expected);
  };

  const disjunction = (depth: number): Expression => {
    const items = [conjunction(depth)];
    while (peek().kind === "or") {
      next++;
      items.push(conjunction(depth));
    }
    return join("or", items);
  };
  const conjunction = (depth: number): Expression => {
    const items = [unary(depth)];
    for (;;) {
      const { kind } = peek();
      if (kind === "and") next++;
      else if (kind !== "word" && kind !== "(" && kind !== "not") break;
      items.push(unary(depth));
    }
    return join("and", items);
  };
  const unary = (depth: number): Expression => {
    const token = peek();
    if (depth > MAX_DEPTH) return fail(token, `no more than ${MAX_DEPTH} levels`);
    if (token.kind === "not") {
      next++;
      return negate(unary(depth + 1));
    }
    if (token.kind === "(") {
      next++;
      const inside = disjunction(depth + 1);
      if (peek().kind !== ")") fail(peek(), '")", or "and", "or" and more');
      next++;
      return inside;
    }
    if (token.kind !== "word" || token.quoted || !isPredicate(token.text))
      return fail(token, `one of ${predicates.join(", ")}, "not" or "("`);
    next++;
    return predicate(token.text);
  };

  const operators = ["=", "!=", "<", "<=", ">", ">="] as const;
  type Operator = (typeof operators)[number];
  const isOperator = (kind: Token["kind"]): kind is Operator => (operators as readonly string[]).includes(kind);
  /** The operator, `=` if there is none. */
  const operator = (allowed: readonly Operator[], what: string): Operator => {
    const token = peek();
    if (!isOperator(token.kind)) return "=";
    if (!allowed.includes(token.kind)) fail(token, `${allowed.map((o) => `"${o}"`).join(", ")} or ${what}`);
    next++;
    return token.kind;
  };
  const word = (what: string): Token => {
    const token = peek();
    // Words such as "le" may name a device.
    if (token.kind !== "word" && (token.kind === "end" || !/^\w/.test(token.text))) fail(token, what);
    next++;
    return token;
  };
  const equality = ["=", "!="] as const;
  const signed = (op: Operator, leaf: Expression): Expression => (op === "!=" ? negate(leaf) : leaf);
  const value = <T>(what: string, parse: (text: string) => T | undefined): T => {
    const token = word(what);
    const parsed = parse(token.text);
    return parsed === undefined ? fail(token, what) : parsed;
  };
  const hostValue = (what: string, parse: typeof parseHost): Host => {
    const token = word(what);
    const host = parse(token.text);
    return isExpected(host) ? fail(token, host.expected) : host;
  };

  const predicate = (name: Predicate): Expression => {
    switch (name) {
      case "src":
      case "dst": {
        const op = operator(equality, "an address");
        return signed(op, { kind: "host", side: name, host: hostValue("an address", parseHost) });
      }
      case "sport":
      case "dport": {
        const op = operator(operators, "a port");
        const token = peek();
        const host = hostValue("a port", parsePort);
        return comparison(name === "sport" ? "src" : "dst", op, host, token);
      }
      case "dev": {
        const op = operator(equality, "a device");
        const device = word("a device").text;
        return signed(op, { kind: "device", device: /^\d+$/.test(device) ? Number(device) : device });
      }
      case "fwmark": {
        const op = operator(equality, "a mark");
        return signed(op, value("a mark, MARK or MARK/MASK", parseMark));
      }
      case "cgroup": {
        const op = operator(equality, "the path of a cgroup");
        return signed(op, { kind: "cgroup", cgroup: word("the path of a cgroup").text });
      }
      case "autobound":
        return { kind: "autobound" };
      default: {
        const op = operator(equality, "a state");
        const known = Object.keys(stateSets).join(", ");
        const states = value(`one of ${known}`, (text) =>
          Object.hasOwn(stateSets, text) ? stateSets[text] : undefined,
        );
        const leaf: Expression = { kind: "state", states };
        return name === "exclude" ? negate(signed(op, leaf)) : signed(op, leaf);
      }
    }
  };
  const comparison = (side: Side, op: Operator, host: Host, token: Token): Expression => {
    if (op === "=" || op === "!=") return signed(op, { kind: "host", side, host });
    if (!("port" in host) || typeof host.port !== "number") return fail(token, "the number of a port to compare with");
    const least = op === ">=" || op === "<";
    const leaf: Expression = { kind: "port", side, op: least ? "ge" : "le", port: host.port };
    return op === "<" || op === ">" ? negate(leaf) : leaf;
  };

  if (peek().kind === "end") return TRUE;
  const whole = disjunction(0);
  if (peek().kind !== "end") fail(peek(), '"and", "or", a predicate or the end');
  return whole;
}

function parseMark(text: string): Expression | undefined {
  const [mark, mask, more] = text.split("/").map((part) => (/^(\d+|0x[\da-f]+)$/i.test(part) ? Number(part) : -1));
  if (more !== undefined || mark === undefined || mark < 0 || mark > 0xffffffff) return undefined;
  if (mask !== undefined && (mask < 0 || mask > 0xffffffff)) return undefined;
  return { kind: "mark", mark, mask: mask ?? 0xffffffff };
}
