import type { Nodes } from "mdast";

/** Every node, parents before their children, with what stands before it at its place. */
export function* nodesOf(node: Nodes, before?: Nodes): Generator<{ readonly node: Nodes; readonly before?: Nodes }> {
  yield { node, ...(before && { before }) };
  if (!("children" in node)) return;
  for (const [index, child] of node.children.entries()) {
    yield* nodesOf(child, node.children[index - 1]);
  }
}
