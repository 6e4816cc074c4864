import shippedModel from './model.json' with { type: 'json' };
import type { LinearModel } from './ridge-regression.ts';

/** The trained model as it is shipped, with how it came about and how good it is. */
export type DiabetesModel = LinearModel & {
  readonly algorithm: string;
  readonly alpha: number;
  readonly split: {
    readonly seed: number;
    readonly trainingRows: number;
    readonly heldOutRows: number;
  };
  readonly rSquared: { readonly training: number; readonly heldOut: number };
  readonly featureNames: readonly string[];
  /** Held-out rows with the predictions that are right for them. */
  readonly golden: {
    readonly data: readonly (readonly number[])[];
    readonly predictions: readonly number[];
  };
};

/** The model that the service serves: what `train.ts` wrote. */
export const diabetesModel: DiabetesModel = shippedModel;
