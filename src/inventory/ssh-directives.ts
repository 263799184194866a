/** What an ssh config says about one host: values by keyword in lower case, in their order (ssh_config(5)). */
export type SshDirectives = ReadonlyMap<string, readonly string[]>;

/** Reads what `ssh -G` prints (ssh(1)): a line for each value, the keyword in lower case, a blank, the value. */
export function parseSshG(output: string): SshDirectives {
  const directives = new Map<string, string[]>();
  for (const line of output.split(/\r?\n/)) {
    const [, keyword, value] = /^(\S+) (.*)$/.exec(line) ?? [];
    if (keyword === undefined || value === undefined) continue;
    const key = keyword.toLowerCase();
    const values = directives.get(key);
    if (values === undefined) directives.set(key, [value]);
    else values.push(value);
  }
  return directives;
}

/** Several file names on one line, each of them quoted where it has blanks. */
export function splitWords(value: string): readonly string[] {
  return [...value.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? "");
}
