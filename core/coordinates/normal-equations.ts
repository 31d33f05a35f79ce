/**
 * A weighted least-squares step for a few unknowns: equations are added one by one, `solve` answers the unknowns. The arrays are
 * used again and again, so that a step makes no garbage.
 */
export class NormalEquations {
  readonly unknowns: number;
  /** The lower triangle, row by row in a square. */
  readonly matrix: Float64Array;
  readonly right: Float64Array;

  constructor(unknowns: number) {
    this.unknowns = unknowns;
    this.matrix = new Float64Array(unknowns * unknowns);
    this.right = new Float64Array(unknowns);
  }

  clear(): void {
    this.matrix.fill(0);
    this.right.fill(0);
  }

  /** slopes · unknowns = value, where the slopes are those of the unknowns 0 to vector.length − 1 and of one more, `extra`. */
  add(vector: Float64Array, extra: number, extraSlope: number, value: number, weight: number): void {
    const { matrix, right, unknowns } = this;
    for (let row = 0; row < vector.length; row++) {
      const slope = weight * (vector[row] as number);
      for (let column = 0; column <= row; column++) {
        matrix[row * unknowns + column] =
          (matrix[row * unknowns + column] as number) + slope * (vector[column] as number);
      }
      matrix[extra * unknowns + row] = (matrix[extra * unknowns + row] as number) + slope * extraSlope;
      right[row] = (right[row] as number) + slope * value;
    }
    this.pull(extra, value / extraSlope, weight * extraSlope * extraSlope);
  }

  /** The unknown should be `value`. */
  pull(unknown: number, value: number, weight: number): void {
    const diagonal = unknown * this.unknowns + unknown;
    this.matrix[diagonal] = (this.matrix[diagonal] as number) + weight;
    this.right[unknown] = (this.right[unknown] as number) + weight * value;
  }

  /** `one` − `other` should be `value`; `one` comes after `other`. */
  tie(one: number, other: number, value: number, weight: number): void {
    this.pull(one, value, weight);
    this.pull(other, -value, weight);
    const pair = one * this.unknowns + other;
    this.matrix[pair] = (this.matrix[pair] as number) - weight;
  }

  /** Solves by Cholesky's method, the diagonal being 1 + damping times as large (Marquardt, 1963). The array is used again. */
  solve(damping: number): Float64Array {
    const { matrix, right, unknowns } = this;
    let trace = 0;
    for (let row = 0; row < unknowns; row++) trace += matrix[row * unknowns + row] as number;
    for (let row = 0; row < unknowns; row++) {
      const diagonal = row * unknowns + row;
      // The share of the trace keeps an unknown that no equation has from dividing by 0.
      matrix[diagonal] = (matrix[diagonal] as number) * (1 + damping) + 1e-6 * trace;
      for (let column = 0; column <= row; column++) {
        let sum = matrix[row * unknowns + column] as number;
        for (let k = 0; k < column; k++) {
          sum -= (matrix[row * unknowns + k] as number) * (matrix[column * unknowns + k] as number);
        }
        matrix[row * unknowns + column] =
          row === column ? Math.sqrt(sum) : sum / (matrix[column * unknowns + column] as number);
      }
    }
    for (let row = 0; row < unknowns; row++) {
      let sum = right[row] as number;
      for (let k = 0; k < row; k++) sum -= (matrix[row * unknowns + k] as number) * (right[k] as number);
      right[row] = sum / (matrix[row * unknowns + row] as number);
    }
    for (let row = unknowns - 1; row >= 0; row--) {
      let sum = right[row] as number;
      for (let k = row + 1; k < unknowns; k++) sum -= (matrix[k * unknowns + row] as number) * (right[k] as number);
      right[row] = sum / (matrix[row * unknowns + row] as number);
    }
    return right;
  }
}
