/**
 * How delays spread around their mean: netem's tables of deviations (tabledist of net/sched/sch_netem.c), the `.dist` files that hold
 * them (iproute2's netem/), the usual ones computed from their definitions, and tables made of what was measured.
 *
 * ```ts
 * netem({ delay: "50ms", jitter: "10ms", distribution: "normal" });
 * netem({ distribution: { samplesMs: pings } });
 * ```
 * @module
 */
import { expectObject, fail, show } from "../schema/program.ts";
import { known } from "./options.ts";

/**
 * Deviations from the mean at equal steps of probability, in units of jitter/8192: integers of 16 bits, from 1 to 16384 of them. The
 * kernel draws one at random for each packet, so that no deviation is more than four times the jitter.
 */
export type DistributionTable = readonly number[];

/** NETEM_DIST_SCALE and NETEM_DIST_MAX of linux/pkt_sched.h. */
const SCALE = 8192;
const MOST = 16_384;
const LEAST_DEVIATION = -32_768;
const GREATEST_DEVIATION = 32_767;
/** Entries of the tables made here, as in those of iproute2. */
const ENTRIES = 4096;

const clip = (deviation: number): number => Math.min(GREATEST_DEVIATION, Math.max(LEAST_DEVIATION, deviation));
const entries = (at: (i: number) => number): DistributionTable =>
  Array.from({ length: ENTRIES }, (_, i) => clip(at(i)));

// ---- the usual ones ---------------------------------------------------------------------------------------------------------
/** Evenly from −jitter to +jitter, as without a table. */
const uniform = () => entries((i) => ((2 * i + 1) / ENTRIES - 1) * SCALE);
/** Of standard deviation jitter, cut off at four times that. */
const normal = () => entries(normalDeviation);
/** Of shape 3: rarely late, and then much. From −2/3 of the jitter on, the mean at 0. */
const pareto = () => entries(paretoDeviation);
/** A quarter normal, three quarters Pareto, which is what long paths look like (NIST Net). */
const paretonormal = () => entries((i) => Math.trunc((normalDeviation(i) + 3 * paretoDeviation(i)) / 4));

/**
 * The greatest x on a grid of 0.00005 whose probability is nearer to i/4096 than to the next 1/16384, as in iproute2's netem/normal.c.
 */
function normalDeviation(i: number): number {
  const GRID = 20_000;
  return Math.round((Math.floor(quantile((4 * i + 0.5) / MOST) * GRID) / GRID) * SCALE);
}
function paretoDeviation(i: number): number {
  const SHAPE = 3;
  return Math.round(Math.min(GREATEST_DEVIATION, ((1 - i / ENTRIES) ** (-1 / SHAPE) - 1.5) * (4 / 3) * SCALE));
}

/** The x below which a normal distribution is with the probability `p`, from 2^-15 on: by Newton's method. */
function quantile(p: number): number {
  if (p > 0.5) return -quantile(1 - p);
  let x = 0;
  for (;;) {
    const density = Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI);
    // The first step may overshoot far into the tail, where the density is nothing.
    const step = Math.max(-0.5, Math.min(0.5, (cumulative(x, density) - p) / density));
    x -= step;
    if (Math.abs(step) < 1e-12) return x;
  }
}
/** Φ(x) = 1/2 + φ(x) (x + x³/3 + x⁵/(3·5) + …). */
function cumulative(x: number, density: number): number {
  let term = x;
  let sum = x;
  for (let n = 3; Math.abs(term) > Math.abs(sum) * 1e-17; n += 2) {
    term *= (x * x) / n;
    sum += term;
  }
  return 0.5 + density * sum;
}

const computed = { uniform, normal, pareto, paretonormal };
export type DistributionName = keyof typeof computed;
export const DISTRIBUTIONS = Object.keys(computed) as readonly DistributionName[];
const made = new Map<DistributionName, DistributionTable>();
/** One of the usual tables: `uniform`, `normal`, `pareto` and `paretonormal`; the last three are those that iproute2 installs. */
export function distributionTable(name: DistributionName): DistributionTable {
  let table = made.get(name);
  if (table === undefined) {
    if (!Object.hasOwn(computed, name)) fail("distribution", -1, `${show(name)} is not ${DISTRIBUTIONS.join(", ")}`);
    table = computed[name]();
    made.set(name, table);
  }
  return table;
}

// ---- from what was measured ---------------------------------------------------------------------------------------------------
export interface MeasuredDistribution {
  readonly table: DistributionTable;
  /** In the unit of the samples: netem's `delay`. */
  readonly mean: number;
  /** Standard deviation, netem's `jitter`. */
  readonly deviation: number;
  /** Of each sample with the one before, from −1 to 1: netem's `correlation`, if positive. */
  readonly correlation: number;
}
/**
 * The distribution of samples, such as of round trips: the table has their quantiles, and with `mean` and `deviation` for delay and
 * jitter it gives them back. Beyond four standard deviations they are cut off.
 * @throws {CodecError} fewer than two samples, samples that are all the same, or no numbers
 */
export function distributionOf(samples: readonly number[]): MeasuredDistribution {
  if (!Array.isArray(samples) || samples.length < 2 || !samples.every((x) => Number.isFinite(x)))
    return fail("distribution", -1, "is made of two samples at least, which are numbers");
  const mean = samples.reduce((sum, x) => sum + x, 0) / samples.length;
  const off = samples.map((x) => x - mean);
  const squares = off.reduce((sum, d) => sum + d * d, 0);
  if (squares === 0)
    return fail("distribution", -1, "is made of samples that are all the same: a delay without jitter");
  const deviation = Math.sqrt(squares / (samples.length - 1));
  const products = off.reduce((sum, d, i) => sum + (i === 0 ? 0 : d * off[i - 1]!), 0);
  const sorted = Float64Array.from(off).sort();
  const table = entries((i) => {
    const at = ((i + 0.5) / ENTRIES) * sorted.length - 0.5;
    const low = Math.min(sorted.length - 1, Math.max(0, Math.floor(at)));
    const high = Math.min(sorted.length - 1, low + 1);
    const between = Math.min(1, Math.max(0, at - low));
    return Math.round(((sorted[low]! + (sorted[high]! - sorted[low]!) * between) / deviation) * SCALE);
  });
  return { table, mean, deviation, correlation: products / squares };
}

// ---- files --------------------------------------------------------------------------------------------------------------------
/** The table in a `.dist` file: numbers, and lines that begin with `#`. @throws {CodecError} names the line */
export function parseDistribution(text: string): DistributionTable {
  const table: number[] = [];
  text.split("\n").forEach((line, i) => {
    if (line.startsWith("#")) return;
    for (const word of line.split(/\s+/)) {
      if (word === "") continue;
      const deviation = /^[+-]?\d+$/.test(word) ? Number(word) : Number.NaN;
      if (!(deviation >= LEAST_DEVIATION && deviation <= GREATEST_DEVIATION))
        fail("distribution", -1, `line ${i + 1}: ${show(word)} is not an integer of 16 bits`);
      table.push(deviation);
    }
  });
  return checkTable(table);
}
/** A `.dist` file, which tc reads when it lies as NAME.dist in /usr/lib/tc. `comment` becomes its first line. */
export function formatDistribution(table: DistributionTable, comment?: string): string {
  const lines = comment === undefined ? [] : comment.split("\n").map((line) => `# ${line}`);
  for (let i = 0; i < table.length; i += 8) lines.push(` ${table.slice(i, i + 8).join(" ")}`);
  return `${lines.join("\n")}\n`;
}

// ---- as an option -------------------------------------------------------------------------------------------------------------
/** What was measured, in milliseconds: delay and jitter follow from it where they are not given. */
export interface Samples {
  readonly samplesMs: readonly number[];
}
/**
 * One of the usual by name, a table, or samples. Other names, such as `experimental`, are of iproute2's files, and need one that reads
 * them: connections to Linux and the command line do.
 */
export type Distribution = DistributionName | (string & {}) | DistributionTable | Samples;

/** Reads the `.dist` file of a name; undefined where there is none. */
export type ReadDistribution = (name: string) => string | undefined;

/** The table of an option, and what else samples say. @throws {CodecError} whose path is the option */
export function resolveDistribution(
  distribution: Distribution,
  read: ReadDistribution | undefined,
): { readonly table: DistributionTable; readonly measured?: MeasuredDistribution } {
  if (typeof distribution === "string") return { table: namedTable(distribution, read) };
  if (Array.isArray(distribution)) return { table: checkTable(distribution) };
  const samples = expectObject(distribution, "distribution") as unknown as Samples;
  known(samples, { samplesMs: true });
  const measured = distributionOf(samples.samplesMs);
  return { table: measured.table, measured };
}
function namedTable(name: string, read: ReadDistribution | undefined): DistributionTable {
  if (Object.hasOwn(computed, name)) return distributionTable(name as DistributionName);
  const text = /^[\w.-]+$/.test(name) ? read?.(name) : undefined;
  if (text !== undefined) return parseDistribution(text);
  return fail("distribution", -1, `${show(name)} is not known; there are ${DISTRIBUTIONS.join(", ")}`);
}
function checkTable(table: readonly unknown[]): DistributionTable {
  const whole = (x: unknown) =>
    Number.isInteger(x) && (x as number) >= LEAST_DEVIATION && (x as number) <= GREATEST_DEVIATION;
  if (table.length === 0 || table.length > MOST || !table.every(whole))
    return fail("distribution", -1, `is not a table of 1 to ${MOST} integers of 16 bits`);
  return table as DistributionTable;
}
