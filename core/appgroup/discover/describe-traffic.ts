import type { Endpoint, Measure, Traffic } from '#core/appgroup/discover/traffic.ts';

/** "cart -> redis", "shop/web -> bank/pay" */
export function describeEnds({ origin, destination }: Traffic): string {
  const isOneNamespace = origin.namespace === destination.namespace || !origin.workload || !destination.workload;
  const describe = ({ namespace, workload }: Endpoint) => {
    if (workload === '') return 'unknown';
    return isOneNamespace ? workload : `${namespace}/${workload}`;
  };
  return `${describe(origin)} -> ${describe(destination)}`;
}

/** "466 requests, 1.2 MB" */
export function describeAmounts({ amounts }: Pick<Traffic, 'amounts'>): string {
  return Object.entries(amounts)
    .filter(([, amount]) => amount > 0)
    .map(([measure, amount]) => describeAmount(amount, measure as Measure))
    .join(', ');
}

/** "466 requests", "1.2 MB" */
export function describeAmount(amount: number, measure: Measure): string {
  if (measure !== 'bytes') return `${roundShort(amount)} ${measure}`;
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  const power = amount < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(amount) / 3));
  return `${roundShort(amount / 1000 ** power)} ${units[power]}`;
}

/** Two significant digits of what is small, whole numbers of the rest. */
function roundShort(value: number): string {
  return value >= 10 ? String(Math.round(value)) : String(Number(value.toPrecision(2)));
}
