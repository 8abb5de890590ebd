// Landmarks and roles that the theme leaves out or that are no longer allowed; axe checks the result on every page.
document.addEventListener("DOMContentLoaded", () => {
  for (const sidebar of document.querySelectorAll(".bd-sidebar-primary")) {
    sidebar.setAttribute("role", "complementary");
    sidebar.setAttribute("aria-label", "Site");
  }
  for (const entry of document.querySelectorAll("[role=doc-biblioentry], .citation-list[role=list]")) {
    entry.removeAttribute("role");
  }
});
