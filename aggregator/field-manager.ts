/** Under this name the aggregator owns the fields that it applies. */
export const FIELD_MANAGER = 'netaware-aggregator';
