import { fileScriptContract } from "./file-script.contract.ts";

fileScriptContract("bash");
