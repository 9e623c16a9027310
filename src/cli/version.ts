/** What `-V` says. @module */

/** As in package.json. */
const version = "0.1.0";

export const versionOf = (program: string): string =>
  program === "nlink" ? `nlink ${version}\n` : `${program} of nlink ${version}\n`;
