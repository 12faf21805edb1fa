const { el, button, plain, shown, announce, scrollWithin } = Pincite;
const head = element.querySelector(".pc-source-head");
const side = element.querySelector(".pc-outline");
const text = element.querySelector(".pc-text");
let mode = "text";
let shownDoc = null;
let found = null;

function piece(each) {
  if (!each.marks.length) return shown(each.text);
  const numbered = each.marks.filter((n) => n > 0);
  const style = numbered.length ? `pc-mark-${((numbered[0] - 1) % 6) + 1}` : "pc-mark-passage";
  return el("mark", { class: `pc-mark ${style}`, "data-marks": each.marks.join(" ") }, shown(each.text));
}

// Before the first piece of each mark stands its number.
function pieces(all, seen) {
  return all.flatMap((each) => {
    const fresh = each.marks.filter((n) => n > 0 && !seen.has(n));
    fresh.forEach((n) => seen.add(n));
    const labels = fresh.map((n) => el("span", { class: `pc-label pc-mark-${((n - 1) % 6) + 1}`, "data-label": n, "aria-hidden": "true" }, String(n)));
    return [...labels, piece(each)].flat();
  });
}

function section(each, seen) {
  const level = Math.min(6, each.level + 2);
  return el(
    "section",
    { id: `pc-section-${each.id}`, "data-section": each.id },
    each.heading.length ? el(`h${level}`, { class: `pc-h${Math.min(each.level, 4)}` }, pieces(each.heading, seen)) : null,
    each.body.length ? el("div", { class: "pc-body" }, pieces(each.body, seen)) : null,
  );
}

function page(view, each) {
  const address = `pincite/page?${new URLSearchParams({ doc: view.doc, page: each.number })}`;
  return el(
    "figure",
    { class: "pc-page", "data-page": each.number },
    el(
      "div",
      { class: "pc-sheet", style: { "aspect-ratio": `${each.width} / ${each.height}` } },
      el("img", { src: address, alt: `Page ${each.number}`, loading: "lazy" }),
      each.boxes.map((box) =>
        el("div", {
          class: `pc-box ${box.n ? `pc-mark-${((box.n - 1) % 6) + 1}` : "pc-mark-passage"}`,
          "data-box": box.n,
          style: { left: `${box.x * 100}%`, top: `${box.y * 100}%`, width: `${box.w * 100}%`, height: `${box.h * 100}%` },
        })),
    ),
    el("figcaption", {}, `Page ${each.number}`),
  );
}

function goTo(id) {
  const target = text.querySelector(`[data-section="${CSS.escape(String(id))}"]`);
  if (target) scrollWithin(text, target, "start");
  else {
    const entry = props.value.outline.find((each) => each.id === id);
    trigger("move", { doc: props.value.doc, at: entry.start, marks: props.value.marks });
  }
}

function drawOutline(view) {
  const hits = found && found.words ? new Set(found.sections) : null;
  const entries = view.outline.filter((each) => !hits || hits.has(each.id));
  side.replaceChildren(
    el("div", { class: "pc-outline-title" }, hits ? `${entries.length} of ${view.outline.length} sections` : "Sections"),
    el("ul", {}, entries.map((each) =>
      el("li", { style: { "--level": each.level - 1 } },
        button(each.title, null, () => goTo(each.id), { text: each.title })))),
  );
}

function drawHead(view) {
  const pdf = view.pages.length > 0 && view.kind === "application/pdf";
  const input = el("input", { type: "search", placeholder: "Filter passages", "aria-label": "Filter passages", value: found?.words });
  let waiting = null;
  input.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => filter(input.value), 200);
  });
  head.replaceChildren(
    el("div", { class: "pc-source-title" },
      el("h2", {}, shown(view.title)),
      el("span", { class: "pc-fine" }, shown(view.doc))),
    el("div", { class: "pc-row" },
      input,
      pdf ? el("div", { class: "pc-switch", role: "group", "aria-label": "Show as" },
        ["text", "page"].map((each) =>
          button(each, null, () => { mode = each; draw(true); }, { text: each === "text" ? "Text" : "Pages", "aria-pressed": mode === each ? "true" : "false" }))) : null,
      button("Sections", null, () => {
        const open = element.querySelector(".pc-source").classList.toggle("pc-with-outline");
        outlineButton.setAttribute("aria-expanded", open ? "true" : "false");
      }, { text: "Sections", class: "pc-link pc-outline-button", "aria-expanded": "false" }),
      button("Close the source", "close", () => Pincite.tell("close-source"), { class: "pc-tool pc-close" })),
  );
  const outlineButton = head.querySelector(".pc-outline-button");
}

async function filter(words) {
  const view = props.value;
  found = words.trim() ? { words, sections: await server.find_sections({ doc: view.doc, words }) } : null;
  drawOutline(view);
  applyFilter();
  if (found) announce(`${found.sections.length} sections`);
}

function applyFilter() {
  const hits = found ? new Set(found.sections) : null;
  for (const node of text.querySelectorAll("[data-section]")) node.hidden = hits !== null && !hits.has(Number(node.dataset.section));
  if (!CSS.highlights) return;
  CSS.highlights.delete("pc-found");
  if (!found) return;
  const ranges = [];
  const words = found.words.toLowerCase().split(/\s+/).filter(Boolean);
  const walker = document.createTreeWalker(text, NodeFilter.SHOW_TEXT);
  while (walker.nextNode() && ranges.length < 2000) {
    const low = walker.currentNode.data.toLowerCase();
    if (low.length !== walker.currentNode.data.length) continue;
    for (const word of words) {
      for (let at = low.indexOf(word); at >= 0; at = low.indexOf(word, at + word.length)) {
        const range = new Range();
        range.setStart(walker.currentNode, at);
        range.setEnd(walker.currentNode, at + word.length);
        ranges.push(range);
      }
    }
  }
  CSS.highlights.set("pc-found", new Highlight(...ranges));
  if (ranges.length) text.scrollTop += ranges[0].getBoundingClientRect().top - text.getBoundingClientRect().top - text.clientHeight / 3;
}

function scrollToFocus(view) {
  const target = mode === "page"
    ? text.querySelector(`[data-box="${view.focus}"]`)
    : text.querySelector(`[data-label="${view.focus}"]`) || text.querySelector(".pc-mark-passage");
  for (const node of text.querySelectorAll(".pc-focus")) node.classList.remove("pc-focus");
  for (const node of text.querySelectorAll("[data-marks]")) {
    if (node.dataset.marks.split(" ").includes(String(view.focus))) node.classList.add("pc-focus");
  }
  for (const node of text.querySelectorAll(`[data-box="${view.focus}"]`)) node.classList.add("pc-focus");
  if (target) scrollWithin(text, target, "center");
  else if (view.at) {
    const before = view.outline.filter((each) => each.start <= view.at);
    const there = before.length ? text.querySelector(`[data-section="${before.at(-1).id}"]`) : null;
    if (there) scrollWithin(text, there, "start");
  } else text.scrollTop = 0;
}

function edge(view, before) {
  const at = before ? view.window.start : view.window.end;
  if (before ? at === 0 : at >= view.chars) return null;
  return button("", null, () => trigger("move", { doc: view.doc, at: before ? Math.max(0, at - 50000) : at, marks: view.marks }),
    { text: before ? "Show what comes before" : "Show what follows", class: "pc-link pc-edge" });
}

function draw() {
  const view = props.value;
  const empty = !view || !view.doc;
  element.querySelector(".pc-source").removeAttribute("aria-busy");
  element.querySelector(".pc-source").classList.toggle("pc-empty", empty);
  if (empty) {
    head.replaceChildren();
    side.replaceChildren();
    text.replaceChildren(el("p", { class: "pc-hint" }, "Click a number such as ", el("span", { class: "pc-label pc-mark-1" }, "1"), " in an answer, and the document opens here at the very words."));
    return;
  }
  if (view.doc !== shownDoc) {
    found = null;
    mode = view.kind === "application/pdf" && view.marks.length ? "page" : "text";
    shownDoc = view.doc;
  }
  drawHead(view);
  drawOutline(view);
  const seen = new Set();
  if (mode === "page") text.replaceChildren(...view.pages.map((each) => page(view, each)));
  else text.replaceChildren(...[edge(view, true), ...view.sections.map((each) => section(each, seen)), edge(view, false)].filter(Boolean));
  text.setAttribute("aria-label", plain(view.title));
  applyFilter();
  scrollToFocus(view);
}

// On a narrow window the source lies over the conversation.
let opener = null;
function over(open) {
  const was = document.body.classList.toggle("pc-source-open", open);
  if (was) opener = document.activeElement;
  else opener?.focus();
}
Pincite.on("opening", () => {
  over(true);
  element.querySelector(".pc-source").setAttribute("aria-busy", "true");
});
Pincite.on("close-source", () => over(false));
element.addEventListener("keydown", (event) => event.key === "Escape" && over(false));

watch("value", draw);
draw();
