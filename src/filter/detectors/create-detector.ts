/** Detectors by the names of their kinds. */

import type { DetectorKind } from "../../model/filter.ts";
import { AgileDetector } from "./agile.ts";
import { BasicDetector } from "./basic.ts";
import type { Detector, DetectorSettings } from "./detector.ts";
import { EnsembleDetector } from "./ensemble.ts";
import type { SurpriseDetector } from "./outcome.ts";
import { RateDetector } from "./rate.ts";
import { RobustDetector } from "./robust.ts";
import { ThresholdDetector } from "./threshold.ts";

/** A detector that goes on from a saved state, or that begins anew because there is none it understands. */
export interface RestoredDetector {
  readonly detector: Detector;
  /** False: the state was of another kind or version, or damaged, and the detector learns from the beginning. */
  readonly isRestored: boolean;
}

/** Makes a detector that has seen nothing yet. */
export function createDetector(kind: DetectorKind, settings: DetectorSettings = {}): Detector {
  return build(kind, settings);
}

/**
 * Makes a detector that goes on where the one that was saved had come to.
 *
 * Shape: what `save` of a detector of this kind gave.
 */
export function restoreDetector(kind: DetectorKind, settings: DetectorSettings, bytes: Uint8Array): RestoredDetector {
  const detector = build(kind, settings);
  return { detector, isRestored: detector.restore(bytes) };
}

function build(kind: DetectorKind, settings: DetectorSettings): SurpriseDetector {
  switch (kind) {
    case "basic":
      return new BasicDetector(settings);
    case "agile":
      return new AgileDetector(settings);
    case "robust":
      return new RobustDetector(settings);
    case "threshold":
      return new ThresholdDetector(settings);
    case "rate":
      return new RateDetector(settings);
    case "ensemble":
      return new EnsembleDetector(settings);
  }
}
