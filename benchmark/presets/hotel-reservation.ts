import type { CallGraph } from '#benchmark/call-graph.ts';
import { SMALL, workload } from './workload.ts';

/**
 * DeathStarBench's HotelReservation under its own mixed load, from its sources. MongoDB is left out: it is asked on misses
 * of the caches and on writes only, in shares that the sources do not tell.
 */
export const HOTEL_RESERVATION: CallGraph = {
  name: 'hotel-reservation',
  front: 'frontend',
  workloads: [
    workload('frontend', SMALL, { search: 0.6, reservation: 0.605, profile: 0.99, recommendation: 0.39, user: 0.01 }),
    workload('search', SMALL, { geo: 0.6, rate: 0.6 }),
    workload('geo', SMALL),
    workload('rate', SMALL, { 'memcached-rate': 0.6 }),
    workload('memcached-rate', SMALL),
    workload('profile', SMALL, { 'memcached-profile': 0.99 }),
    workload('memcached-profile', SMALL),
    workload('reservation', SMALL, { 'memcached-reserve': 1.2 }),
    workload('memcached-reserve', SMALL),
    workload('recommendation', SMALL),
    workload('user', SMALL),
  ],
};
