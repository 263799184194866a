import { localContract } from "./session-shells.ts";

localContract("dash");
