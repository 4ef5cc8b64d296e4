/** What an alert of a kind says, in words. */
export const KINDS = {
  data: "Inputs drift",
  prediction: "Answers drift",
  quality: "Data is bad",
  concept: "Answers get worse",
  skew: "Serving differs from training",
};
