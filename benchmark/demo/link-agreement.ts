/** What a lab file says of a link, and what was measured of it. Loss is of the round trip, as ping sees it. */
export interface LinkFigures {
  rttMs: number;
  lossPercent: number;
  bandwidthMbps: number;
}
export type MeasuredFigures = LinkFigures & { jitterMs: number; samples: number };

export interface LinkAgreement {
  rtt: boolean;
  loss: boolean;
  bandwidth: boolean;
}

const RTT_TOLERANCE_MS = 1;
const RTT_TOLERANCE_SHARE = 0.05;
const BANDWIDTH_TOLERANCE_SHARE = 0.25;
/** Each of about thirty links is tested: at 99.9 % all of them pass by chance in 97 of 100 runs. */
const LOSS_CONFIDENCE = 0.999;

/** RTT within 1 ms or 5 %, bandwidth within 25 %, lost pings within the binomial interval of the configured loss. */
export function compareLink(configured: LinkFigures, measured: MeasuredFigures): LinkAgreement {
  const rttDifference = Math.abs(measured.rttMs - configured.rttMs);
  const bandwidthDifference = Math.abs(measured.bandwidthMbps - configured.bandwidthMbps);
  const lost = Math.round((measured.lossPercent / 100) * measured.samples);
  return {
    rtt: rttDifference <= Math.max(RTT_TOLERANCE_MS, RTT_TOLERANCE_SHARE * configured.rttMs),
    bandwidth: bandwidthDifference <= BANDWIDTH_TOLERANCE_SHARE * configured.bandwidthMbps,
    loss: isPlausibleCount(lost, measured.samples, configured.lossPercent / 100, LOSS_CONFIDENCE),
  };
}

/** Whether `count` of `trials` lies in the central interval of the binomial distribution that holds `confidence`. */
export function isPlausibleCount(count: number, trials: number, probability: number, confidence: number): boolean {
  const tail = (1 - confidence) / 2;
  const below = binomialCumulative(count, trials, probability);
  const above = 1 - binomialCumulative(count - 1, trials, probability);
  return below > tail && above > tail;
}

/** P(X <= count) for X ~ Binomial(trials, probability); terms by their logarithms, so that many trials do not underflow. */
function binomialCumulative(count: number, trials: number, probability: number): number {
  if (count < 0) return 0;
  if (count >= trials || probability <= 0) return 1;
  if (probability >= 1) return 0;
  const logOdds = Math.log(probability) - Math.log1p(-probability);
  let logTerm = trials * Math.log1p(-probability);
  let sum = Math.exp(logTerm);
  for (let k = 1; k <= count; k++) {
    logTerm += Math.log(trials - k + 1) - Math.log(k) + logOdds;
    sum += Math.exp(logTerm);
  }
  return Math.min(1, sum);
}
