/**
 * Compiles a shell glob as Python's fnmatch reads it (https://docs.python.org/3/library/fnmatch.html), which is what
 * Ansible's patterns are made of: `*`, `?`, `[seq]`, `[!seq]`; case matters. No name has a `]`, so no set has one.
 *
 * @returns undefined when a set is empty or never closed, or a range in it runs backwards
 */
export function compileGlob(glob: string): RegExp | undefined {
  let source = "";
  for (let index = 0; index < glob.length; index++) {
    const char = glob.charAt(index);
    if (char === "*") source += ".*";
    else if (char === "?") source += ".";
    else if (char === "[") {
      const negated = glob.charAt(index + 1) === "!";
      const first = index + (negated ? 2 : 1);
      const end = glob.indexOf("]", first);
      if (end <= first) return undefined;
      source += `[${negated ? "^" : ""}${glob.slice(first, end).replaceAll(/[\\^[]/g, String.raw`\$&`)}]`;
      index = end;
    } else source += char.replace(/[\\^$.|+(){}\]]/, String.raw`\$&`);
  }
  try {
    return new RegExp(`^(?:${source})$`, "s");
  } catch {
    return undefined;
  }
}
