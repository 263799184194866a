/*
 * Why a login may not be another user by sudo(8), in words for the operator. sudo's own are those of its C locale
 * (its messages are in plugins/sudoers/check.c, auth/sudo_auth.c and logging.c); the agent sees to that.
 */

/** sudo would not let the login user be another. Nothing of what was to be done has been. */
export class SudoRefused extends Error {
  override readonly name = "SudoRefused";
}

/** Of what others say, what is shown. */
const SAID_CHARACTERS = 300;

/** sudo 1.8 to 1.9.13, and later ones as well as sudo-rs. */
const PASSWORD = /a password is required|interactive authentication is required/;
const INCIDENT = /\s*This incident (will be|has been) reported.*$/;

/** Whether `sudo -n` was refused for want of a password only. */
export function wantsPassword(lines: readonly string[]): boolean {
  return lines.some((line) => PASSWORD.test(line));
}

/** Whether a password was tried and did not do. */
export function isWrong(lines: readonly string[]): boolean {
  return lines.some((line) => /^Sorry, try again|incorrect (password|authentication) attempt/.test(line));
}

/** Whether it did not wait until somebody had typed the password (`passwd_timeout` of sudoers(5)). */
export function isLate(lines: readonly string[]): boolean {
  return lines.some((line) => line.includes("timed out reading password"));
}

/** What sudo said, or else the shell that did not find it. `code`: what it ended with. */
export function sudoWords(lines: readonly string[], code: number | undefined): string {
  const own = lines.filter((line) => /^sudo: |sudoers|may not run sudo|is not allowed to/.test(line));
  const said = (own.length > 0 ? own : lines.slice(-1)).map((line) => line.replace(INCIDENT, "")).join("; ");
  const words = shorten(said) || `sudo ended with ${code}`;
  return /must have a tty/.test(words)
    ? `${words} (\`Defaults !requiretty\` in a file in /etc/sudoers.d lifts that)`
    : words;
}

const NONE = "and none was given";

export function passwordMissing(user: string): SudoRefused {
  return new SudoRefused(
    `sudo asks for the password of ${user}, ${NONE} (--sudo-password-from COMMAND prints it, or a person types it at a terminal)`,
  );
}

/** @param lines what was said besides, an account that is locked for instance */
export function passwordWrong(user: string, lines: readonly string[] = []): SudoRefused {
  const besides = lines.filter(
    (line) => !isWrong([line]) && !/^sudo: no password was provided|^sudo: a password is/.test(line),
  );
  const said = besides.length === 0 ? "" : `: ${shorten(besides.join("; "))}`;
  return new SudoRefused(
    `sudo did not take the password given for ${user}${said} (it is not tried again; --sudo-password-from COMMAND prints another, or a person types it at a terminal)`,
  );
}

/** It asks what is no password, or waits for what nobody can do from here: a finger on a reader. */
export function questionUnknown(text: string): SudoRefused {
  const said = shorten(text);
  return new SudoRefused(
    said === ""
      ? "sudo neither began nor asked for a password"
      : `sudo asks “${said}”, which cannot be answered from here (let it ask for a password only, or for none)`,
  );
}

/** Whether steps fail there for want of a password, or of the right one; read from the reason that they give. */
export function passwordTrouble(reason: string): "missing" | "wrong" | undefined {
  if (reason.includes(NONE)) return "missing";
  return reason.startsWith("sudo did not take the password") ? "wrong" : undefined;
}

function shorten(text: string): string {
  const plain = text.replace(/\s+/g, " ").trim();
  return plain.length <= SAID_CHARACTERS ? plain : `${plain.slice(0, SAID_CHARACTERS)}…`;
}
