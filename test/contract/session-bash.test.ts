import { localContract } from "./session-shells.ts";

localContract("bash");
