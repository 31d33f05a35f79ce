import { CALL_NAMES, type Latency } from './result.ts';

const SIZE = { width: 760, height: 420 };
const FRAME = { left: 60, right: 190, top: 20, bottom: 50 };
const COLOURS = ['#0072b2', '#009e73', '#d55e00', '#cc79a7'];
const TICKS = 5;

/** Median times of the calls over the number of nodes, as an SVG. */
export function latencyPlot(latencies: readonly Latency[]): string {
  const [mostNodes, mostMs] = [
    Math.max(...latencies.map(({ nodes }) => nodes)),
    Math.max(...latencies.map(({ p50Ms }) => p50Ms)),
  ];
  const x = (nodes: number) => FRAME.left + (nodes / mostNodes) * (SIZE.width - FRAME.left - FRAME.right);
  const y = (ms: number) => SIZE.height - FRAME.bottom - (ms / mostMs) * (SIZE.height - FRAME.top - FRAME.bottom);
  const ticks = Array.from({ length: TICKS + 1 }, (_, tick) => tick / TICKS);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${SIZE.width} ${SIZE.height}" font-family="sans-serif" font-size="13">`,
    '<title>Median time of a call over the number of nodes</title>',
    `<rect width="${SIZE.width}" height="${SIZE.height}" fill="#fff"/>`,
    `<path d="M${x(0)} ${y(mostMs)}V${y(0)}H${x(mostNodes)}" fill="none" stroke="#333"/>`,
    ...ticks.map((tick) => text(x(tick * mostNodes), y(0) + 20, 'middle', String(Math.round(tick * mostNodes)))),
    ...ticks.map((tick) => text(x(0) - 8, y(tick * mostMs) + 4, 'end', (tick * mostMs).toFixed(1))),
    text(x(mostNodes / 2), SIZE.height - 10, 'middle', 'nodes'),
    text(10, FRAME.top - 6, 'start', 'p50, ms'),
    ...CALL_NAMES.flatMap((call, number) => {
      const points = latencies.filter((latency) => latency.call === call).toSorted((a, b) => a.nodes - b.nodes);
      const last = points.at(-1);
      if (last === undefined) return [];
      const [colour, line] = [COLOURS[number], points.map(({ nodes, p50Ms }) => `${x(nodes)},${y(p50Ms).toFixed(1)}`)];
      return [
        `<polyline points="${line.join(' ')}" fill="none" stroke="${colour}" stroke-width="2"/>`,
        ...points.map(
          ({ nodes, p50Ms }) => `<circle cx="${x(nodes)}" cy="${y(p50Ms).toFixed(1)}" r="3" fill="${colour}"/>`,
        ),
        text(x(last.nodes) + 10, y(last.p50Ms) + 4, 'start', call, colour),
      ];
    }),
    '</svg>',
    '',
  ].join('\n');
}

function text(x: number, y: number, anchor: string, words: string, colour = '#333'): string {
  return `<text x="${x.toFixed(0)}" y="${y.toFixed(0)}" text-anchor="${anchor}" fill="${colour}">${words}</text>`;
}
