import { type Key, useApp, useInput, usePaste } from "ink";
import { useEffect, useReducer, useRef } from "react";
import { type Press, pressesOf } from "../screen/typed-keys.ts";

export interface Keyboard {
  /** A text is typed: what comes in one read is one part of it. */
  readonly writes: boolean;
  /**
   * What a key does, with the screen as it is after the one before.
   * @returns true where it did something about the run, or answered: what was typed behind it in the same read was typed
   *   before anybody could see what came of that, and is dropped
   */
  readonly press: (input: string, key: Key) => boolean;
}

/** Hears keys, one at a time, however they come. What is pasted is text for where one is typed, and never keys. */
export function useKeys({ writes, press: act }: Keyboard): void {
  const { exit } = useApp();
  // A bug in what a key does is no end of the run: it closes the screen, as one in drawing does.
  const press: Keyboard["press"] = (input, key) => {
    try {
      return act(input, key);
    } catch (bug) {
      exit(bug instanceof Error ? bug : new Error(String(bug)));
      return true;
    }
  };
  const waiting = useRef<readonly Press[]>([]);
  const [drawn, next] = useReducer((count: number) => count + 1, 0);
  const due = useRef(0);
  const take = (): void => {
    const [first, ...rest] = waiting.current;
    if (first === undefined) return;
    waiting.current = press(first.input, first.key) ? [] : rest;
    if (waiting.current.length === 0) return;
    // The next one finds the screen as this one has left it.
    due.current = drawn + 1;
    next();
  };
  useInput((input, key) => {
    const isBusy = waiting.current.length > 0;
    waiting.current = [...waiting.current, ...(writes ? [{ input, key }] : pressesOf(input, key))];
    if (!isBusy) take();
  });
  usePaste((text) => {
    if (writes) press(text, PLAIN);
  });
  useEffect(() => {
    // Effects of an older drawing may come late.
    if (drawn === due.current) take();
  });
}

const PLAIN: Key = {
  upArrow: false,
  downArrow: false,
  leftArrow: false,
  rightArrow: false,
  pageDown: false,
  pageUp: false,
  home: false,
  end: false,
  return: false,
  escape: false,
  ctrl: false,
  shift: false,
  tab: false,
  backspace: false,
  delete: false,
  meta: false,
  super: false,
  hyper: false,
  capsLock: false,
  numLock: false,
};
