import type { CallGraph } from '#benchmark/call-graph.ts';
import { SMALL, workload } from './workload.ts';

/**
 * Google's Online Boutique: calls for each request to the front under its own load generator, and the resource requests
 * of its own manifests.
 */
export const ONLINE_BOUTIQUE: CallGraph = {
  name: 'online-boutique',
  front: 'frontend',
  workloads: [
    workload('ad', { cpu: '200m', memory: '180Mi' }),
    workload('cart', { cpu: '200m', memory: '64Mi' }, { redis: 1.07 }),
    workload('checkout', SMALL, {
      currency: 0.123,
      productcatalog: 0.088,
      cart: 0.072,
      shipping: 0.072,
      payment: 0.036,
      email: 0.036,
    }),
    workload('currency', SMALL),
    workload('email', SMALL),
    workload('frontend', SMALL, {
      productcatalog: 4.66,
      currency: 2.9,
      cart: 0.89,
      recommendation: 0.72,
      ad: 0.57,
      shipping: 0.22,
      checkout: 0.036,
    }),
    workload('payment', SMALL),
    workload('productcatalog', SMALL),
    workload('recommendation', { cpu: '100m', memory: '220Mi' }, { productcatalog: 0.72 }),
    workload('redis', { cpu: '70m', memory: '200Mi' }),
    workload('shipping', SMALL),
  ],
};
