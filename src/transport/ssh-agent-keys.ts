import { connect } from "node:net";
import ssh2 from "ssh2";

/* The SSH agent protocol, draft-ietf-sshm-ssh-agent: a length, a type, and what belongs to it. */
const REQUEST_IDENTITIES = 11;
const IDENTITIES_ANSWER = 12;
/** What OpenSSH's own agent allows. */
const LARGEST = 256 * 1024;
/** For an agent to name its keys. */
const ANSWER_MS = 5000;

/** The keys of one agent. */
interface Listing {
  readonly keys: readonly ssh2.ParsedKey[];
  /** Types of those that cannot be used: of security keys (FIDO), certificates. */
  readonly others: readonly string[];
}

/** An SSH agent, during one login. Owns what it said it has: it is asked once. */
export class AgentKeys {
  readonly path: string;
  #listing: Promise<Listing> | undefined;

  /** @param path of its socket */
  constructor(path: string) {
    this.path = path;
  }

  /** @throws when it does not answer */
  list(): Promise<Listing> {
    return (this.#listing ??= ask(this.path).then(parseListing));
  }

  /** Whether it has the private half of this key. */
  async has(publicKey: ssh2.ParsedKey): Promise<boolean> {
    const { keys } = await this.list().catch(() => ({ keys: [] }));
    return keys.some((key) => key.getPublicSSH().equals(publicKey.getPublicSSH()));
  }

  /** The agent as ssh2 knows it, with these keys only. */
  withKeys(keys: readonly ssh2.ParsedKey[]): ssh2.BaseAgent {
    const agent = ssh2.createAgent(this.path);
    agent.getIdentities = (callback) => callback(null, [...keys]);
    return agent;
  }
}

/** @returns what follows the type of its answer */
function ask(path: string): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    socket.setTimeout(ANSWER_MS, () => socket.destroy(new Error("no answer")));
    let answer = Buffer.alloc(0);
    socket.once("connect", () => socket.write(Buffer.from([0, 0, 0, 1, REQUEST_IDENTITIES])));
    socket.on("data", (chunk: Buffer) => {
      answer = Buffer.concat([answer, chunk]);
      const length = answer.length < 4 ? 0 : answer.readUInt32BE(0);
      if (length > LARGEST) socket.destroy(new Error("no SSH agent"));
      if (length === 0 || answer.length < 4 + length) return;
      if (answer[4] === IDENTITIES_ANSWER) resolve(answer.subarray(5, 4 + length));
      socket.destroy();
    });
    socket.once("error", reject);
    socket.once("close", () => reject(new Error("no answer")));
  });
}

function parseListing(answer: Buffer): Listing {
  const keys: ssh2.ParsedKey[] = [];
  const others: string[] = [];
  let at = 0;
  const field = (): Buffer => {
    const from = at + 4;
    at = from + answer.readUInt32BE(at);
    return answer.subarray(from, at);
  };
  const count = answer.readUInt32BE(0);
  at += 4;
  for (let n = 0; n < count; n++) {
    const blob = field();
    field();
    const key: unknown = ssh2.utils.parseKey(blob);
    if (key instanceof Error) others.push(blob.toString("latin1", 4, 4 + blob.readUInt32BE(0)));
    else keys.push(key as ssh2.ParsedKey);
  }
  return { keys, others };
}
