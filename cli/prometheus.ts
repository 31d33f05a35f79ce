import { z } from 'zod';
import { fetchText, type RequestOptions } from '#cli/http.ts';
import type { Sample } from '#core/appgroup/discover/traffic.ts';
import { AppError } from '#core/errors.ts';
import { parseJson } from '#core/json.ts';
import { parseInput } from '#core/validation.ts';

/** Far more pairs of workloads than an AppGroup takes; whoever has more narrows the question. */
const MAX_BYTES = 10_000_000;

const value = z.tuple([z.number(), z.string()]);
const scalar = z.object({ data: z.object({ resultType: z.literal('scalar'), result: value }) });
const instantVector = z.object({
  data: z.object({
    resultType: z.literal('vector'),
    result: z.array(z.object({ metric: z.record(z.string(), z.string()), value })),
  }),
  warnings: z.array(z.string()).optional(),
});

/** What Prometheus itself says where it refuses. */
const refusal = z.object({ status: z.literal('error'), error: z.string() });

/** A Prometheus, or what answers as it does. */
export interface PrometheusAddress {
  /** Its path ends in "/". */
  base: URL;
  request: RequestOptions;
}

/** The time of its clock, in seconds: several questions about one moment have answers that fit together. */
export async function prometheusTime(address: PrometheusAddress): Promise<number> {
  const { data } = await ask(address, { query: 'time()' }, scalar);
  return Number(data.result[1]);
}

/**
 * The value of an expression at a time. `warnings` are its own, such as that an answer is partial. Throws AppError with one line
 * where there is no answer that can be used.
 */
export async function queryPrometheus(
  address: PrometheusAddress,
  query: string,
  time: number,
): Promise<{ samples: Sample[]; warnings: string[] }> {
  const { data, warnings = [] } = await ask(address, { query, time: String(time) }, instantVector);
  const samples = data.result.map(({ metric, value: [, text] }) => ({ labels: metric, value: Number(text) }));
  return { samples, warnings: warnings.map(oneLine) };
}

async function ask<Schema extends z.ZodType>(
  { base, request }: PrometheusAddress,
  parameters: Record<string, string>,
  schema: Schema,
): Promise<z.output<Schema>> {
  const url = new URL('api/v1/query', base);
  url.search = String(new URLSearchParams(parameters));
  const source = `${url.origin}${url.pathname}`;
  const { status, text } = await fetchText(url, { ...request, maxBytes: MAX_BYTES });
  const body = parseJson(text);
  const refused = refusal.safeParse(body);
  if (refused.success) throw new AppError('FAILED', `${source}: ${oneLine(refused.data.error)}`);
  if (status !== 200) throw new AppError('FAILED', `${source}: answered ${status}${HINTS[status] ?? ''}`);
  if (body !== undefined) return parseInput(schema, body, source);
  const start = oneLine(text).slice(0, 40);
  throw new AppError('FAILED', `${source}: wanted JSON, found "${start}": is a Prometheus there?`);
}

const HINTS: Readonly<Record<number, string>> = {
  301: ', another address',
  302: ', another address: is there a login before it?',
  401: ': it wants to know who asks (--bearer-token-file, --client-certificate)',
  403: ': whoever asks may not',
  404: ': no Prometheus is there; its path may be missing in --prometheus',
};

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}
