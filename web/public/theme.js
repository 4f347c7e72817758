// Before the first paint, so that nobody who chose a theme sees the other one flash. The policy forbids inline scripts.
try {
  const theme = localStorage.getItem("slipway-theme");
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
} catch {
  // No storage: the system's theme it is.
}
