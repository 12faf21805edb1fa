const { el, button, plain, shown, announce, scrollWithin } = Pincite;
const list = element.querySelector(".pc-turns");
const drawn = new Map(); // turn id -> [node, what it was drawn from]
let tip = null;

function percent(share) {
  return `${Math.round(share * 100)} %`;
}

function where(place) {
  const page = place.page ? ` · page ${place.page}` : "";
  const path = place.section.slice(1).map(plain).join(" › ") || plain(place.section[0] ?? "");
  return { title: plain(place.title), path, page };
}

function hideTip() {
  tip?.remove();
  tip = null;
}

function showTip(chip, citation) {
  hideTip();
  const { title, path, page } = where(citation);
  tip = el(
    "div",
    { class: "pc-tip", role: "tooltip", id: "pc-tip" },
    el("div", { class: "pc-tip-place" }, el("b", {}, path), ` — ${title}${page}`),
    el("q", {}, shown(citation.text)),
  );
  document.body.append(tip);
  const box = chip.getBoundingClientRect();
  const width = Math.min(420, window.innerWidth - 16);
  tip.style.width = `${width}px`;
  tip.style.left = `${Math.max(8, Math.min(box.left, window.innerWidth - width - 8))}px`;
  const above = box.top - tip.offsetHeight - 8;
  tip.style.top = `${above > 8 ? above : box.bottom + 8}px`;
  chip.setAttribute("aria-describedby", "pc-tip");
}

function chip(turn, citation) {
  const { path } = where(citation);
  const node = el(
    "button",
    {
      type: "button",
      class: `pc-chip pc-mark-${((citation.n - 1) % 6) + 1}`,
      "data-cite": citation.n,
      "aria-label": `Citation ${citation.n}: ${path}. Open the source`,
    },
    String(citation.n),
  );
  node.addEventListener("mouseenter", () => showTip(node, citation));
  node.addEventListener("focus", () => showTip(node, citation));
  node.addEventListener("mouseleave", hideTip);
  node.addEventListener("blur", hideTip);
  node.addEventListener("click", () => {
    hideTip();
    trigger("cite", { conversation: props.value.id, turn: turn.id, n: citation.n });
    Pincite.tell("opening");
  });
  return node;
}

function answerText(turn) {
  const cited = new Map(turn.citations.map((citation) => [citation.n, citation]));
  const said = el("p", { class: "pc-said" });
  turn.pieces.forEach((piece, i) => {
    if (piece.cite) return;
    if (piece.unsupported) return said.append(el("span", { class: "pc-unsupported", title: "No passage supports this sentence" }, "not in the documents"));
    const next = turn.pieces[i + 1];
    if (!next?.cite) return said.append(...shown(piece.text));
    // The last word and the number behind it stay on one line.
    const [, before, word] = /^(.*?)(\S{0,30}\s*)$/s.exec(piece.text);
    said.append(...shown(before), el("span", { class: "pc-kept" }, shown(word), chip(turn, cited.get(next.cite))));
  });
  return said;
}

// A document is named once, above the sections that are cited from it.
function sources(turn) {
  let named = null;
  return el(
    "ul",
    { class: "pc-sources", "aria-label": "Sources" },
    turn.citations.map((citation) => {
      const { title, path, page } = where(citation);
      const fresh = citation.doc !== named;
      named = citation.doc;
      return [
        fresh ? el("li", { class: "pc-from" }, title) : null,
        el("li", {}, chip(turn, citation), el("span", {}, el("b", {}, path), page)),
      ];
    }),
  );
}

function passages(turn) {
  if (!turn.passages.length) return null;
  const label = turn.abstained ? "Nearest passages" : "Passages considered";
  return el(
    "details",
    { class: "pc-passages", open: turn.abstained },
    el("summary", {}, `${label} (${turn.passages.length})`),
    el(
      "ol",
      {},
      turn.passages.map((passage) => {
        const { title, path, page } = where(passage);
        return el(
          "li",
          {},
          el(
            "div",
            { class: "pc-passage-head" },
            el("span", {}, el("b", {}, path), ` — ${title}${page}`),
            el("span", { class: "pc-score", title: "Estimated probability that this passage answers" }, percent(passage.score)),
          ),
          el("blockquote", {}, shown(passage.text)),
          button(`Open passage ${passage.rank} in its source`, null, () => {
            trigger("passage", { conversation: props.value.id, turn: turn.id, rank: passage.rank });
            Pincite.tell("opening");
          }, { text: "Open in source", class: "pc-link", "aria-label": `Open passage ${passage.rank} in its source` }),
        );
      }),
    ),
  );
}

function copied(turn) {
  if (turn.abstained) return plain(turn.reason);
  const said = turn.pieces.map((piece) => (piece.cite ? `[${piece.cite}]` : piece.text)).join("");
  const notes = turn.citations.map((c) => `[${c.n}] ${c.title}, ${c.section.join(" › ")}${c.page ? `, page ${c.page}` : ""}: “${c.text}”`);
  return [said, "", ...notes].join("\n");
}

function thumbs(turn, value) {
  const chosen = turn.feedback === value;
  return button(value === "up" ? "Good answer" : "Bad answer", value, () => {
    trigger("feedback", { conversation: props.value.id, turn: turn.id, value: chosen ? null : value });
  }, { "aria-pressed": chosen ? "true" : "false", class: "pc-tool" });
}

function tools(turn) {
  const copy = button("Copy the answer with its citations", "copy", async () => {
    await navigator.clipboard.writeText(copied(turn)).catch(() => null);
    announce("Copied");
    copy.classList.add("pc-done");
    setTimeout(() => copy.classList.remove("pc-done"), 1200);
  }, { class: "pc-tool" });
  return el(
    "div",
    { class: "pc-tools" },
    copy,
    button("Ask again", "retry", () => again(turn), { class: "pc-tool" }),
    thumbs(turn, "up"),
    thumbs(turn, "down"),
    el("span", { class: "pc-fine" }, `${percent(turn.confidence)} sure · ${turn.seconds < 1 ? `${Math.round(turn.seconds * 1000)} ms` : `${turn.seconds.toFixed(1)} s`}`),
    turn.by ? el("span", { class: "pc-fine" }, "written by ", shown(turn.by)) : null,
  );
}

// The question goes along: one that could not be kept is known to this page only.
const again = (turn) => trigger("retry", { conversation: props.value.id, turn: turn.id, question: turn.question });

function reply(turn) {
  if (turn.state === "pending") return el("div", { class: "pc-answer pc-waiting" }, el("span", { class: "pc-dots", "aria-label": "Looking" }, "Looking"));
  if (turn.error) {
    return el(
      "div",
      { class: "pc-answer pc-error", role: "alert" },
      el("p", {}, shown(turn.error)),
      button("Try again", "retry", () => again(turn), { text: "Try again", class: "pc-link" }),
    );
  }
  if (turn.abstained) {
    const [first, ...others] = plain(turn.reason || "The documents do not answer this.").split(/(?<=\.)\s+/);
    return el(
      "div",
      { class: "pc-answer pc-abstained" },
      el("p", { class: "pc-none" }, first),
      others.length ? el("p", {}, others.join(" ")) : null,
      turn.notice ? el("p", { class: "pc-notice" }, shown(turn.notice)) : null,
      passages(turn),
      turn.state === "streaming" ? null : tools(turn),
    );
  }
  return el(
    "div",
    { class: "pc-answer" },
    turn.notice ? el("p", { class: "pc-notice" }, shown(turn.notice)) : null,
    answerText(turn),
    turn.citations.length ? sources(turn) : null,
    turn.state === "streaming" ? null : passages(turn),
    turn.state === "streaming" ? null : tools(turn),
  );
}

function asked(turn) {
  const box = el("div", { class: "pc-question" }, el("h2", {}, shown(turn.question)));
  const edit = button("Edit the question", "edit", () => {
    const area = el("textarea", { "aria-label": "Edit the question", rows: 2 });
    area.value = turn.question;
    const close = () => box.replaceChildren(...before);
    const before = [...box.childNodes];
    const send = () => {
      if (area.value.trim()) trigger("edit", { conversation: props.value.id, turn: turn.id, question: area.value.trim() });
    };
    area.addEventListener("keydown", (event) => {
      if (event.key === "Escape") close();
      if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
        event.preventDefault();
        send();
      }
    });
    box.replaceChildren(
      area,
      el("div", { class: "pc-row" },
        button("Ask this instead", null, send, { text: "Ask this instead", class: "pc-primary" }),
        button("Cancel", null, close, { text: "Cancel", class: "pc-link" })),
    );
    area.focus();
  }, { class: "pc-tool" });
  box.append(edit);
  return box;
}

function drawTurn(turn) {
  return el("article", { class: "pc-turn", "data-turn": turn.id, "data-state": turn.state, "aria-label": "Question and answer" }, asked(turn), reply(turn));
}

function welcome(examples) {
  return el(
    "div",
    { class: "pc-welcome" },
    el("h2", {}, "Ask your documents"),
    el("p", {}, "Every answer is made of the documents’ own words, each pinned to the characters it came from. Where they do not say, you are told so."),
    examples.length ? el("p", { class: "pc-fine" }, "Try one of these:") : null,
    el("div", { class: "pc-examples" }, examples.map((question) =>
      button(question, null, () => trigger("example", { question }), { text: question, class: "pc-example" }))),
  );
}

function draw() {
  const view = props.value;
  hideTip();
  if (!view) return;
  element.dataset.conversation = view.id;
  if (!view.turns.length) {
    drawn.clear();
    list.replaceChildren(welcome(view.examples));
    return;
  }
  if (!drawn.size) list.replaceChildren();
  const kept = new Set(view.turns.map((turn) => turn.id));
  for (const [id, [node]] of drawn) {
    if (!kept.has(id)) {
      node.remove();
      drawn.delete(id);
    }
  }
  let grew = false;
  for (const turn of view.turns) {
    const from = JSON.stringify(turn);
    const before = drawn.get(turn.id);
    if (before && before[1] === from) continue;
    const node = drawTurn(turn);
    if (before) {
      const open = before[0].querySelector("details")?.open;
      const focused = before[0].contains(document.activeElement) ? document.activeElement.getAttribute("aria-label") : null;
      if (open !== undefined && node.querySelector("details")) node.querySelector("details").open ||= open;
      before[0].replaceWith(node);
      if (focused) [...node.querySelectorAll("button")].find((each) => each.getAttribute("aria-label") === focused)?.focus();
      grew ||= turn.state !== "pending" && JSON.parse(before[1]).state !== turn.state;
    } else {
      list.append(node);
      grew = true;
    }
    drawn.set(turn.id, [node, from]);
    if (turn.state === "done") {
      const was = before ? JSON.parse(before[1]).state : null;
      if (was && was !== "done") announce(turn.abstained ? turn.reason : `Answer: ${turn.pieces.map((p) => p.text ?? "").join("")}`);
    }
  }
  if (grew) {
    const last = list.lastElementChild;
    scrollWithin(list, last, last.offsetHeight > list.clientHeight ? "start" : "end");
  }
}

window.addEventListener("scroll", hideTip, true);
document.addEventListener("keydown", (event) => event.key === "Escape" && hideTip());
watch("value", draw);
draw();
