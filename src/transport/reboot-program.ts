import { encodeLine, quote } from "./agent-protocol.ts";

/*
 * What an agent of root's does to reboot its host, unless that runs in another boot than it was meant for. Not part of
 * the agent: few ever need it. The boot is named as in agent-program.ts; who may not see process 1 does not know when
 * that was started.
 */
const REBOOT_PROGRAM = `
if [ "\${wm_boot%%:*}" != "\${wm_x%%:*}" ]; then
  wm_y=rebooted
else
  wm_y=going
  case \${wm_boot#*:}/\${wm_x#*:} in
  /* | */) ;;
  *) [ "$wm_boot" = "$wm_x" ] || wm_y=rebooted ;;
  esac
fi
if [ "$wm_y" = going ]; then
  wm_y= wm_z='there is no program for that'
  for wm_c in 'systemctl reboot' reboot 'shutdown -r now' 'busybox reboot'; do
    [ "$wm_c" != 'systemctl reboot' ] || [ -d /run/systemd/system ] || continue
    set -- $wm_c
    wm_i=$(PATH=$PATH:/usr/sbin:/usr/bin:/sbin:/bin; command -v "$1") || continue
    shift
    wm_settled
    if wm_z=$("$wm_i" "$@" </dev/null 2>&1); then
      wm_y=going
      break
    fi
    wm_z="$wm_c: \${wm_z##*"$wm_nl"}"
  done
  [ -n "$wm_y" ] || wm_y="refused $wm_z"
fi
wm_reply "$wm_y"`;

/** The bytes that make an agent do that. @param boot as a session names it */
export function rebootRequest(boot: string): Buffer {
  return encodeLine(Buffer.from(`wm_x=${quote(boot)}; eval ${quote(REBOOT_PROGRAM)}\n`));
}
