const { el, button, plain, shown, announce } = Pincite;
const place = element.querySelector(".pc-documents");
let was = null;

function size(n) {
  return n < 1000 ? `${n}` : n < 1e6 ? `${(n / 1000).toFixed(n < 1e4 ? 1 : 0)} k` : `${(n / 1e6).toFixed(1)} M`;
}

const stage = ({ stage: name }) => plain(name.charAt(0).toUpperCase() + name.slice(1));

function bar(progress) {
  const share = progress.total ? progress.done / progress.total : null;
  const count = progress.total ? `${progress.done} of ${progress.total} ${progress.unit}` : `${progress.done} ${progress.unit}`;
  return el(
    "div",
    { class: "pc-progress" },
    el("div", { class: "pc-row" },
      el("span", {}, `${stage(progress)}: ${count}`),
      button("", null, () => trigger("stop", {}), { text: "Stop", class: "pc-link" })),
    el("progress", { max: 1, value: share, "aria-label": stage(progress) }),
  );
}

function failures(all) {
  if (!all.length) return null;
  return el(
    "div",
    { class: "pc-error", role: "alert" },
    el("p", {}, all.length === 1 ? "One file could not be added:" : `${all.length} files could not be added:`),
    el("ul", {}, all.map((each) => el("li", {}, el("b", {}, shown(each.source)), " ", shown(each.reason)))),
  );
}

function table(items) {
  const columns = ["Document", "Sections", "Passages", "Characters", "State", ""];
  return el(
    "table",
    {},
    el("caption", { class: "pc-hidden" }, "Documents"),
    el("thead", {}, el("tr", {}, columns.map((each) => (each ? el("th", { scope: "col", class: /^[SPC]/.test(each) && each !== "State" ? "pc-number" : null }, each) : el("td", {}))))),
    el("tbody", {}, items.map((item) =>
      el("tr", { "data-doc": item.doc },
        el("th", { scope: "row" },
          button(item.doc, null, () => trigger("view", { doc: item.doc }), { text: item.title, class: "pc-link" }),
          el("div", { class: "pc-fine" }, shown(item.doc))),
        el("td", { "data-label": "Sections" }, size(item.sections)),
        el("td", { "data-label": "Passages" }, size(item.chunks)),
        el("td", { "data-label": "Characters" }, size(item.chars)),
        el("td", { "data-label": "State" }, item.state, item.own ? el("span", { class: "pc-tag" }, "yours") : null),
        el("td", {}, button(`Remove ${plain(item.title)}`, "remove", () => trigger("remove", { doc: item.doc }), { class: "pc-tool" }))))),
  );
}

function draw() {
  const view = props.value;
  if (!view) return;
  place.replaceChildren(
    ...[
      view.progress ? bar(view.progress) : null,
      view.message ? el("p", { class: "pc-notice", role: "status" }, plain(view.message)) : null,
      failures(view.failures),
      view.items.length ? table(view.items) : el("p", { class: "pc-fine" }, "No documents yet: drop some above."),
    ].filter(Boolean),
  );
  if (was?.progress && !view.progress) announce(view.message || "Done");
  was = view;
}

watch("value", draw);
draw();
