const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
const DAY_CHARACTERS = '2026-01-01T'.length;

/**
 * As Date.parse, for many timestamps (RFC 3339) of a few days: most of the work of reading a large network would be that. Only
 * those in UTC with whole seconds or milliseconds, the usual ones, are read here.
 */
export function createTimestampParser(): (timestamp: string) => number {
  let day = '';
  let dayMs = 0;
  return (timestamp) => {
    const { length } = timestamp;
    const isUsual = (length === 20 || (length === 24 && timestamp[19] === '.')) && timestamp[length - 1] === 'Z';
    if (!isUsual) return Date.parse(timestamp);
    if (day === '' || !timestamp.startsWith(day)) {
      day = timestamp.slice(0, DAY_CHARACTERS);
      dayMs = Date.parse(`${day}00:00:00Z`);
    }
    const two = (position: number) => 10 * digit(timestamp, position) + digit(timestamp, position + 1);
    const millis = length === 20 ? 0 : 10 * two(20) + digit(timestamp, 22);
    return dayMs + two(11) * HOUR_MS + two(14) * MINUTE_MS + two(17) * 1000 + millis;
  };
}

function digit(text: string, position: number): number {
  return text.charCodeAt(position) - 48;
}
