import type { CallGraph } from '#benchmark/call-graph.ts';

/**
 * Google's Online Boutique: calls for each request to the front under its own load generator, and the resource requests
 * of its own manifests. CPU time and response size are one small figure for all: this preset is about the network.
 */
export const ONLINE_BOUTIQUE: CallGraph = {
  name: 'online-boutique',
  front: 'frontend',
  workloads: [
    workload('ad', '200m', '180Mi'),
    workload('cart', '200m', '64Mi', { redis: 1.07 }),
    workload('checkout', '100m', '64Mi', {
      currency: 0.123,
      productcatalog: 0.088,
      cart: 0.072,
      shipping: 0.072,
      payment: 0.036,
      email: 0.036,
    }),
    workload('currency', '100m', '64Mi'),
    workload('email', '100m', '64Mi'),
    workload('frontend', '100m', '64Mi', {
      productcatalog: 4.66,
      currency: 2.9,
      cart: 0.89,
      recommendation: 0.72,
      ad: 0.57,
      shipping: 0.22,
      checkout: 0.036,
    }),
    workload('payment', '100m', '64Mi'),
    workload('productcatalog', '100m', '64Mi'),
    workload('recommendation', '100m', '220Mi', { productcatalog: 0.72 }),
    workload('redis', '70m', '200Mi'),
    workload('shipping', '100m', '64Mi'),
  ],
};

function workload(
  name: string,
  cpu: string,
  memory: string,
  callsPerRequest: Record<string, number> = {},
): CallGraph['workloads'][number] {
  return { name, requests: { cpu, memory }, cpuMicroseconds: 200, responseBytes: 2048, callsPerRequest };
}
