const { el, plain } = Pincite;
const place = element.querySelector(".pc-threshold");
const SVG = "http://www.w3.org/2000/svg";

function svg(tag, attributes, ...children) {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, String(value));
  node.append(...children);
  return node;
}

function at(points, threshold) {
  return points.filter((point) => point.threshold <= threshold + 1e-9).at(-1) ?? points[0];
}

function line(points, key) {
  return points.map((point) => `${(point.threshold * 100).toFixed(2)},${((1 - point[key]) * 50).toFixed(2)}`).join(" ");
}

function draw() {
  const { points, threshold, measured_on, questions } = props.value;
  const hair = svg("line", { class: "pc-hair", y1: 0, y2: 50, "vector-effect": "non-scaling-stroke" });
  const plot = svg(
    "svg",
    { viewBox: "0 0 100 50", preserveAspectRatio: "none", role: "img", "aria-label": "Share of questions answered, and share of the answers that were right, by how sure Pincite must be" },
    svg("polyline", { class: "pc-answered", points: line(points, "answered"), "vector-effect": "non-scaling-stroke" }),
    svg("polyline", { class: "pc-right", points: line(points, "right"), "vector-effect": "non-scaling-stroke" }),
    hair,
  );
  const said = el("p", { class: "pc-said-threshold", "aria-live": "polite" });
  const slider = el("input", { type: "range", min: 0, max: 100, step: 1, value: Math.round(threshold * 100), "aria-label": "How sure to be before answering, in per cent" });
  const show = () => {
    const chosen = Number(slider.value) / 100;
    const here = at(points, chosen);
    for (const name of ["x1", "x2"]) hair.setAttribute(name, String(chosen * 100));
    said.replaceChildren(
      el("b", {}, `At least ${slider.value} % sure: `),
      `of ${questions} questions it answered ${Math.round(here.answered * 100)} %; of those answers ${Math.round(here.right * 100)} % were right.`,
    );
  };
  slider.addEventListener("input", show);
  slider.addEventListener("change", () => trigger("choose", { threshold: Number(slider.value) / 100 }));
  place.replaceChildren(
    el("h2", { class: "pc-setting" }, "How sure to be before answering"),
    el("div", { class: "pc-plot" },
      ["100 %", "50 %", "0"].map((each, i) => el("span", { class: "pc-tick", style: { top: `${i * 90 - 5}px` } }, each)), plot, slider),
    el("div", { class: "pc-legend pc-fine" },
      el("span", { class: "pc-key-answered" }, "questions answered"),
      el("span", { class: "pc-key-right" }, "answers that were right")),
    said,
    el("p", { class: "pc-fine" }, plain(measured_on)),
  );
  show();
}

watch("value", draw);
draw();
