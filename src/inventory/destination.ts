/** `[user@]address[:port]`, as after `ssh -J` and `--host GROUP=`. */
export interface Destination {
  readonly user?: string;
  /** An IPv6 address without its brackets. */
  readonly address: string;
  readonly port?: number;
}

export type ParsedDestination =
  | { readonly ok: true; readonly destination: Destination }
  | { readonly ok: false; readonly message: string; readonly hint?: string };

/** Reads a destination. An IPv6 address must be in brackets. */
export function parseDestination(text: string): ParsedDestination {
  const [, user, bracketed, plain, port] = /^(?:([^@]*)@)?(?:\[([^\]]*)\]|([^:]*))(?::(.*))?$/.exec(text) ?? [
    undefined,
    undefined,
    undefined,
    "",
    "?",
  ];
  const address = bracketed ?? plain ?? "";
  if (bracketed === undefined && port?.includes(":")) {
    return { ok: false, message: "an IPv6 address must be in brackets", hint: "Write `[::1]` or `[::1]:22`." };
  }
  if (address === "") return { ok: false, message: "the address is missing" };
  if (user === "") return { ok: false, message: "the user before `@` is missing" };
  if (port !== undefined && !isPort(port)) {
    return { ok: false, message: `\`${port}\` is not a port`, hint: "A port is a number from 1 to 65535." };
  }
  return {
    ok: true,
    destination: {
      ...(user === undefined ? {} : { user }),
      address,
      ...(port === undefined ? {} : { port: Number(port) }),
    },
  };
}

export function isPort(text: string): boolean {
  return /^\d{1,5}$/.test(text) && Number(text) >= 1 && Number(text) <= 65_535;
}
