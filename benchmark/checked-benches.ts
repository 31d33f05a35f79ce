import { parseInput } from '#core/validation.ts';
import { figuresOf as aggregatorFigures } from './aggregator/figures.ts';
import { aggregatorResult } from './aggregator/result.ts';
import { figuresOf as burstFigures } from './burst/figures.ts';
import { burstResult } from './burst/result.ts';
import { figuresOf as estimationFigures } from './estimation/figures.ts';
import { estimationResult } from './estimation/result.ts';
import { figuresOf as extenderFigures } from './extender/figures.ts';
import { extenderResult } from './extender/result.ts';
import type { Figures } from './goals.ts';
import { figuresOf as placementFigures } from './placement/figures.ts';
import { placementResult } from './placement/result.ts';
import { figuresOf as planFigures } from './plan/figures.ts';
import { planResult } from './plan/result.ts';
import { figuresOf as schedulerFigures } from './scheduler/figures.ts';
import { benchResult } from './scheduler/result.ts';
import { figuresOf as slicesFigures } from './slices/figures.ts';
import { slicesResult } from './slices/result.ts';
import { figuresOf as strategiesFigures } from './strategies/figures.ts';
import { strategiesResult } from './strategies/result.ts';

/** Reads the figures out of a result file's content. Throws AppError INVALID_INPUT where it is not such a result. */
type ReadFigures = (result: unknown, source: string) => Figures;

/** The benchmarks that goals are set for. */
export const BENCHES: Record<string, ReadFigures> = {
  'aggregator-bench': (result, source) => aggregatorFigures(parseInput(aggregatorResult, result, source)),
  'burst-bench': (result, source) => burstFigures(parseInput(burstResult, result, source)),
  'extender-bench': (result, source) => extenderFigures(parseInput(extenderResult, result, source)),
  'estimation-bench': (result, source) => estimationFigures(parseInput(estimationResult, result, source)),
  'placement-bench': (result, source) => placementFigures(parseInput(placementResult, result, source)),
  'plan-bench': (result, source) => planFigures(parseInput(planResult, result, source)),
  'scheduler-bench': (result, source) => schedulerFigures(parseInput(benchResult, result, source)),
  'slices-bench': (result, source) => slicesFigures(parseInput(slicesResult, result, source)),
  'strategies-bench': (result, source) => strategiesFigures(parseInput(strategiesResult, result, source)),
};
