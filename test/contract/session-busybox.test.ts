import { localContract } from "./session-shells.ts";

localContract("busybox");
