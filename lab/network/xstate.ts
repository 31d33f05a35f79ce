import { fileURLToPath } from 'node:url';

const WITHOUT_XSTATE = fileURLToPath(new URL('without-xstate.pl', import.meta.url));

/** Whether the processor has AMX, whose registers user-mode-linux's buffer has no room for; from /proc/cpuinfo's text. */
export function hasAmx(cpuInfo: string): boolean {
  return /^flags\s*:.*\bamx_tile\b/m.test(cpuInfo);
}

/** The command line that runs another one where ptrace has no NT_X86_XSTATE, as on a processor without it. */
export function withoutXstate(command: string, args: readonly string[]): { command: string; args: string[] } {
  return { command: 'perl', args: [WITHOUT_XSTATE, command, ...args] };
}

/**
 * For the environment of programs in a user-mode-linux that runs so. It keeps no more of vector registers then than SSE has, and
 * glibc must do with that: else its string functions miscount, and modules are refused ("Invalid parameters").
 */
export const WITHOUT_VECTORS =
  'GLIBC_TUNABLES=glibc.cpu.hwcaps=-AVX2,-AVX512F,-AVX512VL,-AVX512BW,-AVX_Fast_Unaligned_Load';
