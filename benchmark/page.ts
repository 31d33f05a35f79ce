/** Puts the text where the page says that a command writes it. Throws where the page has no such place. */
export function writtenBy(command: string, page: string, text: string): string {
  const [beginMark, endMark] = ['begin', 'end'].map((mark) => `<!-- ${mark}: written by ${command} -->`) as [
    string,
    string,
  ];
  const [begin, end] = [page.indexOf(beginMark), page.indexOf(endMark)];
  if (begin === -1 || end < begin) throw new Error(`the page has no ${beginMark} … ${endMark}`);
  return `${page.slice(0, begin + beginMark.length)}\n\n${text}\n\n${page.slice(end)}`;
}
