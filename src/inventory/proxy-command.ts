/** Options of ssh(1) that change nothing about where it goes. */
const IDLE = /^-[aknqTx46C]+$/;

/**
 * The host that a `ProxyCommand` goes through, `[user@]address[:port]`, where it does just what a `ProxyJump` does:
 * `ssh -W %h:%p gate` and, from before there was that, `ssh gate nc %h %p`.
 */
export function jumpOfProxyCommand(command: string): string | undefined {
  const words = command.trim().split(/\s+/);
  if (words[0] === "exec") words.shift();
  if (!/^(?:\/\S*\/)?ssh$/.test(words.shift() ?? "")) return undefined;
  let [host, user, port]: (string | undefined)[] = [];
  let isForwarded = false;
  while (words.length > 0) {
    const word = words.shift() ?? "";
    if (IDLE.test(word)) continue;
    if (word === "-W") {
      if (!/^(?:%h|\[%h\]):%p$/.test(words.shift() ?? "")) return undefined;
      isForwarded = true;
    } else if (word === "-l") user = words.shift();
    else if (word === "-p") port = words.shift();
    else if (word.startsWith("-") || word.includes("%")) return undefined;
    else if (host === undefined) host = word;
    else if (!isForwarded && /^(?:exec )?(?:nc|netcat) %h %p$/.test([word, ...words].join(" "))) {
      isForwarded = true;
      words.length = 0;
    } else return undefined;
  }
  if (host === undefined || !isForwarded) return undefined;
  return `${user === undefined ? "" : `${user}@`}${host}${port === undefined ? "" : `:${port}`}`;
}
