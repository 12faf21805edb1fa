const place = element.querySelector(".pc-report");

function draw() {
  if (!props.value) {
    place.replaceChildren();
    return;
  }
  const frame = document.createElement("iframe");
  frame.setAttribute("sandbox", "");
  frame.setAttribute("title", "Evaluation report");
  frame.srcdoc = props.value;
  place.replaceChildren(frame);
}

watch("value", draw);
draw();
