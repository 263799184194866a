import { expect, test } from "vitest";
import { ChannelSlots } from "../../../src/transport/ssh-channel-slots.ts";

/** Asks for `count` slots, and keeps a list of who was served, in order. */
function ask(slots: ChannelSlots, count: number): { readonly served: number[] } {
  const served: number[] = [];
  for (let index = 1; index <= count; index++) {
    void slots.take().then(({ ticket }) => served.push(ticket));
  }
  return { served };
}

const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

test("no more than the limit are out at once, and whoever asked first is next", async () => {
  const slots = new ChannelSlots(2);
  const { served } = ask(slots, 5);
  await settled();
  expect(served).toEqual([1, 2]);
  slots.opened();
  slots.closed();
  await settled();
  expect(served).toEqual([1, 2, 3]);
});

test("a refusal lowers the limit to what is open, and the refused keep their place", async () => {
  const slots = new ChannelSlots(4);
  const first = await slots.take();
  const second = await slots.take();
  const third = await slots.take();
  const { served } = ask(slots, 3);
  await settled();
  expect(served).toEqual([4]);
  expect([first, second, third].map(({ ticket }) => ticket)).toEqual([1, 2, 3]);
  slots.opened();
  const again: number[] = [];
  // The host opened the first and refused the others, the third before the second.
  void slots.refused(third).then(({ ticket }) => again.push(ticket));
  void slots.refused(second).then(({ ticket }) => again.push(ticket));
  void slots.refused({ ticket: 4 }).then(({ ticket }) => again.push(ticket));
  await settled();
  expect(again).toEqual([]);
  slots.closed();
  await settled();
  expect(again).toEqual([2]);
  slots.opened();
  slots.closed();
  await settled();
  expect(again).toEqual([2, 3]);
});

test("a slot that is given back serves the next", async () => {
  const slots = new ChannelSlots(1);
  const { served } = ask(slots, 2);
  await settled();
  slots.abandon();
  await settled();
  expect(served).toEqual([1, 2]);
});

test("when the connection is lost, all who wait are turned away", async () => {
  const slots = new ChannelSlots(1);
  await slots.take();
  const waiting = slots.take();
  slots.dismiss(new Error("gone"));
  await expect(waiting).rejects.toThrow("gone");
});
