/**
 * Loads what draws with React. React takes NODE_ENV as it is loaded for a word on which of its builds is wanted, and the
 * one for those who work on components takes three times as long. Programs that are started later do not see it.
 */
export async function withQuickReact<T>(load: () => Promise<T>): Promise<T> {
  const { env } = process;
  const before = env["NODE_ENV"];
  env["NODE_ENV"] = "production";
  try {
    return await load();
  } finally {
    if (before === undefined) delete env["NODE_ENV"];
    else env["NODE_ENV"] = before;
  }
}
