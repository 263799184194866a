/** What the hosts of a group are called: *worker* and *workers*, *web host* and *web hosts*. */
export interface Noun {
  readonly one: string;
  readonly many: string;
}

/** Names of groups that say themselves what such a host is: one can say *every worker*, and not *every web*. */
const THING = new RegExp(
  `(?:[^aeiou]er|hypervisor|supervisor|monitor|executor|coordinator|operator|orchestrator|node|host|machine|box|agent|client|peer|replica|gateway|proxy|switch|firewall|primary|secondary|standby|slave|minion|vm|nas|pi|laptop|desktop|workstation|mirror)$`,
  "i",
);
/** They end in the same way, and are none. */
const NO_THING = /(?:docker|cluster|center|layer|rancher|jupyter|packer|portainer|user|customer|order|gitlab-runner)$/i;

/** @param group as the guide names it */
export function nounOf(group: string): Noun {
  if (group === "all") return { one: "host", many: "hosts" };
  if (isThing(group)) return { one: group, many: severalOf(group) };
  const one = singleOf(group);
  if (one !== group && isThing(one)) return { one, many: group };
  return { one: `${group} host`, many: `${group} hosts` };
}

/** `a` or `an`, as it is written rather than spoken. */
export function articleOf({ one }: Noun): string {
  return /^[aeiou]/i.test(one) ? "an" : "a";
}

function isThing(name: string): boolean {
  return THING.test(name) && !NO_THING.test(name);
}

function severalOf(one: string): string {
  if (/[^aeiou]y$/i.test(one)) return one.replace(/y$/i, "ies");
  return /(?:s|x|ch|sh)$/i.test(one) ? `${one}es` : `${one}s`;
}

function singleOf(many: string): string {
  return [many.replace(/ies$/i, "y"), many.replace(/es$/i, ""), many.replace(/s$/i, "")].find(isThing) ?? many;
}
