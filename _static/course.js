// Landmarks and roles that the theme leaves out or that are no longer allowed; axe checks the result on every page.
document.addEventListener("DOMContentLoaded", () => {
  for (const sidebar of document.querySelectorAll(".bd-sidebar-primary")) {
    sidebar.setAttribute("role", "complementary");
    sidebar.setAttribute("aria-label", "Site");
  }
  for (const entry of document.querySelectorAll("[role=doc-biblioentry], .citation-list[role=list]")) {
    entry.removeAttribute("role");
  }
  for (const words of document.querySelectorAll("figure ol.frames")) {
    slide(words);
  }
});

// A strip of frames, one below the other, and the list of what they show: one frame at a time, chosen by a slider.
function slide(words) {
  const image = words.closest("figure").querySelector("img.frames");
  const sentences = Array.from(words.children, (item) => item.textContent.trim());
  const slider = document.createElement("input");
  const label = document.createElement("label");
  const said = document.createElement("output");
  Object.assign(slider, { type: "range", min: 1, max: sentences.length, value: 1 });
  said.setAttribute("aria-live", "polite");
  label.append("Frame ", slider);
  const show = () => {
    const k = slider.valueAsNumber;
    image.style.objectPosition = `0 ${((k - 1) / (sentences.length - 1)) * 100}%`;
    said.textContent = `${k} of ${sentences.length}. ${sentences[k - 1]}`;
    slider.setAttribute("aria-valuetext", said.textContent);
  };
  const cut = () => {
    image.style.aspectRatio = `${image.naturalWidth} / ${image.naturalHeight / sentences.length}`;
    image.classList.add("cut");
  };
  slider.addEventListener("input", show);
  image.complete && image.naturalWidth ? cut() : image.addEventListener("load", cut);
  words.replaceWith(label, said);
  show();
}
