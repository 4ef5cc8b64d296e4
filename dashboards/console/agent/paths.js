import { path } from "../shared/element.js";

/** The page of a feature, at a window where its end is given. A name may be an input's and an answer's. */
export function featurePath(model, { name, family }, end) {
  const search = new URLSearchParams();
  if (family === "prediction") search.set("family", family);
  if (end) search.set("window", end);
  return path("models", model, "features", name) + (search.size ? `?${search}` : "");
}
