const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const YEAR = 365 * DAY;

/** A span as kubectl shows ages: two units while short, one when long (`3m20s`, `47h`, `5d`). */
export function humanDuration(milliseconds: number): string {
  if (milliseconds < -SECOND) return '<invalid>';
  const span = Math.max(milliseconds, 0);
  if (span < 2 * MINUTE) return `${Math.floor(span / SECOND)}s`;
  if (span < 10 * MINUTE) return twoUnits(span, MINUTE, 'm', SECOND, 's');
  if (span < 3 * HOUR) return `${Math.floor(span / MINUTE)}m`;
  if (span < 8 * HOUR) return twoUnits(span, HOUR, 'h', MINUTE, 'm');
  if (span < 2 * DAY) return `${Math.floor(span / HOUR)}h`;
  if (span < 8 * DAY) return twoUnits(span, DAY, 'd', HOUR, 'h');
  if (span < 2 * YEAR) return `${Math.floor(span / DAY)}d`;
  return span < 8 * YEAR ? twoUnits(span, YEAR, 'y', DAY, 'd') : `${Math.floor(span / YEAR)}y`;
}

/** The age of an RFC 3339 time; `<unknown>` where there is none. */
export function ageOf(time: unknown, now: Date): string {
  return typeof time === 'string' ? humanDuration(now.getTime() - Date.parse(time)) : '<unknown>';
}

function twoUnits(span: number, large: number, largeName: string, small: number, smallName: string): string {
  const rest = Math.floor((span % large) / small);
  return `${Math.floor(span / large)}${largeName}${rest === 0 ? '' : `${rest}${smallName}`}`;
}
