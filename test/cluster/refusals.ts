const WORDS = /forbidden|unauthorized|not allowed|\bcannot (get|list|watch|create|patch|update|delete)\b|x509/i;

/** Lines of a program's log that tell of something that was refused to it; not of what it refused to others. */
export function refusalsIn(log: string): string[] {
  return log.split('\n').filter((line) => WORDS.test(line) && !line.includes('"msg":"refused a '));
}
