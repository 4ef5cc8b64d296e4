/** What measures are called in full. */
const NAMES = {
  ks: "Kolmogorov–Smirnov D",
  psi: "population stability index",
  js: "Jensen–Shannon distance",
  wasserstein: "Wasserstein distance",
  hellinger: "Hellinger distance",
  chi2: "χ²",
  tv: "total variation",
  linf: "largest difference of shares",
  cramers_v: "Cramér's V",
  missing_rate: "share of missing values",
  unseen_rate: "share of unseen categories",
  out_of_range_rate: "share out of range",
  score: "standardised drift score",
  primary: "each feature's deciding measure",
  auc: "AUC",
  log_loss: "log loss",
  brier: "Brier score",
  calibration_error: "calibration error",
  accuracy: "accuracy",
  precision: "precision",
  recall: "recall",
  f1: "F1",
  rmse: "RMSE",
  mae: "MAE",
};

export function measureName(measure) {
  return NAMES[measure] ?? measure;
}
