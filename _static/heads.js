// What a reader has ticked off at the foot of a page stays ticked, in this browser.
document.addEventListener("DOMContentLoaded", () => {
  for (const box of document.querySelectorAll("ul.can-do input")) {
    const key = `${location.pathname} ${box.getAttribute("aria-labelledby")}`;
    try {
      box.checked = localStorage.getItem(key) !== null;
      box.addEventListener("change", () => (box.checked ? localStorage.setItem(key, "1") : localStorage.removeItem(key)));
    } catch {
      // No storage here: the boxes forget, and work.
    }
  }
});
