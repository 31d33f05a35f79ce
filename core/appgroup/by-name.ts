const collator = new Intl.Collator('en', { numeric: true });

/** Sorts names by the alphabet, and numbers in them as numbers: p2 stands before p10. No two names are equal. */
export function byName(a: string, b: string): number {
  return collator.compare(a, b) || Number(a > b) - Number(a < b);
}
